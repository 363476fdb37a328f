"""The write-ahead log: which pages it changed, up to its last whole commit; and whether it is still all there."""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MAGIC = 0x377F0682
_HEADER, _FRAME = 32, 24
_INDEX_HEADER = 48


@dataclass(frozen=True, slots=True)
class Promise:
    """What the index of the log (`-shm`), which a process that was killed leaves behind, says of the log.

    frames of changed pages had been committed, folded of them are in the file already; salts name the log they are in.
    """

    frames: int
    folded: int
    salts: bytes


def promised(store: Path) -> Promise | None:
    """What is promised of the log beside a store; None without an index of it, or one that contradicts itself."""
    index = b""
    with suppress(OSError), Path(f"{store}-shm").open("rb") as file:
        index = file.read(2 * _INDEX_HEADER + 4)
    first, second, rest = index[:_INDEX_HEADER], index[_INDEX_HEADER : 2 * _INDEX_HEADER], index[2 * _INDEX_HEADER :]
    if len(rest) < 4 or first != second:
        return None
    (frames,), (folded,) = struct.unpack("=I", first[16:20]), struct.unpack("=I", rest)
    return Promise(frames, folded, first[32:40])


def broken(store: Path, before: Promise | None, found: int) -> int:
    """How many committed frames the log has lost. found is how many SQLite sees now that it has opened the store.

    A log that another process began anew meanwhile is another log.
    """
    if before is None or found >= before.frames:
        return 0
    log = b""
    with suppress(OSError), Path(f"{store}-wal").open("rb") as file:
        log = file.read(_HEADER)
    now = promised(store)
    if log[16:24] == before.salts and now and now.salts == before.salts:
        return max(before.frames - max(found, before.folded), 0)
    return 0


def gone(store: Path) -> int:
    """How many committed frames were in a log that is not there any more."""
    log, before = Path(f"{store}-wal"), promised(store)
    if before is None or (log.exists() and log.stat().st_size):
        return 0
    return max(before.frames - before.folded, 0)


def newest(log: bytes, size: int) -> dict[int, bytes]:
    """The pages that the log changed, as its last commit left them; none of a log that is not one, or of other pages.

    SQLite reads nothing behind a damaged frame; here only that frame is left out.
    """
    if len(log) < _HEADER:
        return {}
    magic, _, page_size, _, *salts = struct.unpack(">6I", log[:24])
    if magic & ~1 != _MAGIC or page_size != size:
        return {}
    order = ">" if magic & 1 else "<"
    sums = struct.unpack(">2I", log[24:_HEADER])
    done: dict[int, bytes] = {}
    begun: dict[int, bytes] = {}
    for at in range(_HEADER, len(log) - _FRAME - size + 1, _FRAME + size):
        head, page = log[at : at + _FRAME], log[at + _FRAME : at + _FRAME + size]
        number, commit, first, second, *stated = struct.unpack(">6I", head)
        found = _summed(page, _summed(head[:8], sums, order), order)
        sums = (stated[0], stated[1])
        if [first, second] != salts or found != sums or not number:
            continue  # damaged, or left over from an earlier round
        begun[number] = page
        if commit:
            done |= begun
            begun = {}
    return done


def _summed(data: bytes, sums: tuple[int, ...], order: str) -> tuple[int, int]:
    """SQLite's running checksum over pairs of words."""
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
