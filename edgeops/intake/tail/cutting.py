"""From bytes that a file has behind an offset to whole lines, over-long lines, holes and unfinished ends. Nothing here reads."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from zlib import crc32

from edgeops.intake.blocks import Block

HOLE = 64
"""Shorter runs of NUL stay in their line: only a hole in the file leaves this many."""
_RUN = re.compile(rb"\0{%d,}" % HOLE)
_LEADING = re.compile(rb"\0+")
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text the reading is. midway: inside of an over-long line, passed over from since on; open: behind a line given without its end."""

    offset: int = 0
    lines: int = 0
    crc: int = 0
    midway: bool = False
    since: int = 0
    open: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """What can be given now, and the place behind it. left_out: from and to which offset an over-long line was passed over."""

    place: Place
    block: Block | None = None
    continued: bool = False
    left_out: tuple[int, int] | None = None


def hole_in(data: bytes, offset: int) -> tuple[int, int] | None:
    """From where to where the first hole lies in the data; at a file's very beginning any NUL is one."""
    if b"\0" not in data:
        return None
    run = (_LEADING.match(data) if offset == 0 else None) or _RUN.search(data)
    return run.span() if run else None


def cut(data: bytes, place: Place, longest: int, *, ended: bool = False) -> Cut | None:
    """The next of the data, which begin at the place and have no hole; None when their end must be awaited.

    ended: what has no newline is given as it is (a hole follows, or nobody has written for long). longest is in bytes.
    """
    if place.midway:
        return _passed(data, place)
    if place.offset == 0 and data.startswith(_MARK):
        behind = replace(place, offset=len(_MARK))
        return cut(data[len(_MARK) :], behind, longest, ended=ended)
    whole = data.rfind(b"\n") + 1
    long = _overlong(data, longest)
    if long == 0:
        return _beheaded(data, place, longest)
    if long is not None:
        whole = min(whole, long)
    if whole:
        return _whole(data[:whole], place)
    return _unfinished(data, place) if ended and data else None


def _whole(data: bytes, place: Place) -> Cut:
    """Lines that all have their ends."""
    lines = data.split(b"\n")
    lines.pop()
    number, offset, continued = place.lines + 1, place.offset, place.open
    behind = Place(place.offset + len(data), place.lines + len(lines), crc32(data, place.crc))
    if continued and not lines[0]:
        # Only the newline of a line that was given already.
        del lines[0]
        number, offset, continued = number + 1, offset + 1, False
    return Cut(behind, Block(number, offset, lines) if lines else None, continued)


def _unfinished(data: bytes, place: Place) -> Cut:
    """A line that has no end yet."""
    behind = replace(place, offset=place.offset + len(data), crc=crc32(data, place.crc), open=True)
    return Cut(behind, Block(place.lines + 1, place.offset, [data]), place.open)


def _beheaded(data: bytes, place: Place, longest: int) -> Cut:
    """The head of an over-long line; its rest is passed over, up to its newline if that is in the data."""
    head = _characters(data[:longest])
    end = data.find(b"\n")
    whole = len(data) if end < 0 else end
    block = Block(place.lines + 1, place.offset, [head], whole - len(head))
    since = place.offset + len(head)
    if end < 0:
        behind = replace(place, offset=place.offset + whole, crc=crc32(head, place.crc), midway=True, since=since)
        return Cut(replace(behind, open=False), block, place.open)
    behind = Place(place.offset + end + 1, place.lines + 1, crc32(head + b"\n", place.crc))
    return Cut(behind, block, place.open, (since, place.offset + end))


def _passed(data: bytes, place: Place) -> Cut | None:
    """More of an over-long line, of which nothing is given."""
    end = data.find(b"\n")
    if end < 0:
        return Cut(replace(place, offset=place.offset + len(data))) if data else None
    behind = Place(place.offset + end + 1, place.lines + 1, crc32(b"\n", place.crc))
    return Cut(behind, None, False, (place.since, place.offset + end))


def _overlong(data: bytes, longest: int) -> int | None:
    """Where the first line begins that is too long, whether or not its end is here."""
    half = max(1, longest // 2)
    # A line that is too long leaves some aligned half of the limit without a newline.
    if all(data.find(b"\n", at, at + half) >= 0 for at in range(0, len(data) - half, half)):
        return None
    start = 0
    while len(data) - start > longest:
        end = data.find(b"\n", start, start + longest + 1)
        if end < 0:
            return start
        start = end + 1
    return None


def _characters(raw: bytes) -> bytes:
    """The bytes without a UTF-8 character at their end that is only begun."""
    for back in range(1, min(4, len(raw)) + 1):
        lead = raw[-back]
        if lead & 0xC0 != 0x80:
            needed = 2 if lead & 0xE0 == 0xC0 else 3 if lead & 0xF0 == 0xE0 else 4 if lead & 0xF8 == 0xF0 else 1
            return raw[:-back] if needed > back else raw
    return raw
