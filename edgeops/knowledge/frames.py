"""The write-ahead log: which pages it changed, up to its last whole commit."""

from __future__ import annotations

import struct

_MAGIC = 0x377F0682
_HEADER, _FRAME = 32, 24


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
