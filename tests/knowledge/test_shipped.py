"""The vectors that come with the program are those of the pack as it is, and spare the first search its wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.pack_vectors import passages
from edgeops.knowledge.embedders import Sentences
from edgeops.knowledge.entry import Draft, Kind
from edgeops.knowledge.nearness import told
from edgeops.knowledge.planting import plant
from edgeops.knowledge.shipped import FILE, content_of, key, shipped
from edgeops.knowledge.starter import read_folder
from edgeops.knowledge.store import Store
from edgeops.knowledge.vectors import stored

NOW = datetime(2026, 3, 1, tzinfo=UTC)
AGAIN = "the pack or the embedder changed; run: python -m bench.pack_vectors"


class Counting:
    """The embedder's name and size; it counts what it is asked, and knows no meaning."""

    name, size = Sentences.name, Sentences.size

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Any:
        self.texts += texts
        return np.ones((len(texts), self.size), dtype=np.float32)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    # Without the pack's cache, which lies in a home: no test has one yet.
    pack = read_folder()
    with Store(tmp_path_factory.mktemp("home") / "store.db") as store:
        plant(store, pack.faults, pack.steps, NOW)
        yield store


def test_every_passage_and_fault_of_the_pack_has_its_vector_and_nothing_else_is_shipped(library: Store) -> None:
    ready = shipped(Sentences.name, Sentences.size)
    texts = passages(library) + [told(fault) for fault in read_folder().faults]
    assert {key(text) for text in texts} == ready.keys(), AGAIN


def test_the_vectors_are_those_that_the_embedder_makes(library: Store) -> None:
    ready, texts = shipped(Sentences.name, Sentences.size), passages(library)[::150]
    for text, (_, numbers) in zip(texts, stored(Sentences().embed(texts)), strict=True):
        made, kept = (np.frombuffer(one, dtype=np.int8).astype(int) for one in (numbers, ready[key(text)][1]))
        # Processors round the last bit in different ways.
        assert np.abs(made - kept).max() <= 2, AGAIN


def test_the_first_search_waits_for_no_vector_of_the_pack(library: Store) -> None:
    embedder = Counting()
    library.entries.put(Draft(Kind.NOTE, "Lift squeaks", "Grease it", id="lift"), NOW)
    assert library.search(embedder).fill() == 0
    assert embedder.texts == ["Lift squeaks. Grease it"]
    made, kept = library.database.connection.execute(
        "SELECT (SELECT count(*) FROM sketch), (SELECT count(*) FROM passage)"
    ).fetchone()
    assert made == kept > 700


def test_a_file_of_another_embedder_or_a_cut_one_is_done_without(tmp_path: Path) -> None:
    file = tmp_path / "some.vectors"
    file.write_bytes(content_of("mine", 16, [("a", b"ab", b"0123456789abcdef"), ("a", b"ab", b"0123456789abcdef")]))
    assert shipped("mine", 16, file) == {key("a"): (b"ab", b"0123456789abcdef")}
    assert shipped("yours", 16, file) == shipped("mine", 32, file) == {}
    file.write_bytes(file.read_bytes()[:-1])
    assert shipped("mine", 16, file) == {}
    assert shipped("mine", 16, tmp_path / "missing") == {}


def test_the_file_is_small() -> None:
    assert FILE.stat().st_size < 2_000_000
