"""What reading a log cannot cost less than in Python: processor time of its bare steps, one after the other.

    python -m bench.floor LOG

Nanoseconds a line, best of three, each step with those before it: the bytes read, cut into lines, made shapes (lines without
digits), one look-up a line; and beside the last two the shapes hashed all at once by numpy, so that Python sees distinct ones only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from edgeops.intake.formats.base import digitless

CHUNK = 1 << 20
TIMES = 3


def main() -> int:
    path = Path(sys.argv[1])
    lines = sum(piece.count(b"\n") for piece in _pieces(path))
    for name, step in _STEPS.items():
        best = min(_seconds(step, path) for _ in range(TIMES))
        print(f"{name:28}{1e9 * best / lines:8.0f} ns a line{lines / best:14,.0f} lines/s")
    return 0


def _seconds(step: Callable[[bytes], object], path: Path) -> float:
    began = time.process_time()
    for piece in _pieces(path):
        step(piece)
    return time.process_time() - began


def _pieces(path: Path) -> Iterator[bytes]:
    """The file in pieces of whole lines; a line cut in two is left out."""
    with path.open("rb", buffering=0) as file:
        while piece := file.read(CHUNK):
            yield piece


def _cut(piece: bytes) -> list[bytes]:
    return piece.split(b"\n")


def _shaped(piece: bytes) -> list[bytes]:
    return digitless(b"\n".join(_cut(piece))).split(b"\n")


_seen: dict[bytes, int] = {}


def _looked_up(piece: bytes) -> None:
    shapes = _shaped(piece)
    found = list(map(_seen.get, shapes))
    for at in [at for at, one in enumerate(found) if one is None]:
        _seen[shapes[at]] = at


_WEIGHTS = np.random.default_rng(1).integers(1, 1 << 63, 256, dtype=np.uint64)


def _hashed(piece: bytes) -> None:
    """A weight for each byte, another for its place in the line, summed for each line."""
    _cut(piece)
    text = np.frombuffer(digitless(piece) + b"\n", np.uint8)
    ends = np.flatnonzero(text == 10)
    starts = np.concatenate(([0], ends[:-1] + 1))
    places = np.arange(len(text), dtype=np.uint64) - np.repeat(starts, ends + 1 - starts).astype(np.uint64)
    weights = _WEIGHTS[text] * (places * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1))
    np.unique(np.add.reduceat(weights, starts), return_inverse=True)


_STEPS: dict[str, Callable[[bytes], object]] = {
    "read": len,
    "and cut into lines": _cut,
    "and made shapes": _shaped,
    "and looked up once": _looked_up,
    "cut, and shapes by numpy": _hashed,
}


if __name__ == "__main__":
    raise SystemExit(main())
