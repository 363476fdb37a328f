"""Where a file's data lie, and where to begin when only its end is wanted."""

from __future__ import annotations

import os

CHUNK = 1 << 20
Extents = list[tuple[int, int]]
_MOST_EXTENTS = 4096


def extents(fd: int, size: int) -> Extents:
    """The (start, end) stretches of a file that hold data; sparse holes are left out."""
    found: Extents = []
    at = 0
    while at < size:
        if len(found) >= _MOST_EXTENTS:
            return [*found, (at, size)]
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
            end = os.lseek(fd, start, os.SEEK_HOLE)
        except OSError:
            # ENXIO: only a hole is left; EINVAL: the file system knows no holes.
            return found if found or _knows_holes(fd) else [(0, size)]
        found.append((start, min(end, size)))
        at = end
    return found


def _knows_holes(fd: int) -> bool:
    try:
        os.lseek(fd, 0, os.SEEK_HOLE)
    except OSError:
        return False
    return True


def tail(stretches: Extents, room: int) -> Extents:
    """The last stretches that together hold at most room bytes."""
    kept: Extents = []
    for start, end in reversed(stretches):
        if room <= 0:
            break
        kept.insert(0, (max(start, end - room), end))
        room -= end - start
    return kept


def before(stretches: Extents, at: int) -> Extents:
    """The stretches that lie before an offset."""
    return [(start, min(end, at)) for start, end in stretches if start < at]


def held(stretches: Extents) -> int:
    """How many bytes the stretches hold."""
    return sum(end - start for start, end in stretches)


def newlines(fd: int, stretches: Extents) -> int:
    """How many newlines the stretches hold. Raises OSError."""
    count = 0
    for start, end in stretches:
        at = start
        while at < end and (data := os.pread(fd, min(CHUNK, end - at), at)):
            count += data.count(b"\n")
            at += len(data)
    return count


def last_lines(fd: int, stretches: Extents, wanted: int) -> Extents:
    """The stretches from where the last so many lines begin. Raises OSError."""
    wanted += 1
    for start, end in reversed(stretches):
        at = end
        while at > start:
            low = max(start, at - CHUNK)
            data = os.pread(fd, at - low, low)
            if end == stretches[-1][1] and at == end and not data.endswith(b"\n"):
                wanted -= 1
            found = len(data)
            while wanted and (found := data.rfind(b"\n", 0, found)) >= 0:
                wanted -= 1
            if not wanted:
                begin = low + found + 1
                return [(max(begin, s), e) for s, e in stretches if e > begin]
            at = low
    return stretches
