"""The lines of a file, from any place forwards and backwards. A line's place is the byte at which it begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from edgeops.view.file import File

CHUNK = 1 << 16
LONGEST = 1 << 16
"""So many bytes of a line are kept; how many more it has is said."""
FARTHEST = 1 << 20
"""So far is read at once to find where a line ends or begins."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: from at up to end (with its ending). raw is UTF-8 without the ending; cut bytes of it were not kept."""

    at: int
    end: int
    raw: bytes
    cut: int = 0


def newlines(data: bytes, newline: bytes) -> int:
    """How many line feeds the data hold; they begin at an even place where the text is UTF-16."""
    if len(newline) == 1:
        return data.count(newline)
    return sum(found.start() % 2 == 0 for found in re.finditer(re.escape(newline), data))


def find(data: bytes, newline: bytes, start: int = 0) -> int:
    """Where the next line feed is; -1 for none."""
    at = data.find(newline, start)
    while at % 2 and len(newline) == 2 and at >= 0:
        at = data.find(newline, at + 1)
    return at


def rfind(data: bytes, newline: bytes, end: int) -> int:
    """Where the last line feed before end is; -1 for none."""
    at = data.rfind(newline, 0, end)
    while at % 2 and len(newline) == 2 and at >= 0:
        at = data.rfind(newline, 0, at + 1)
    return at


def begin_of(file: File, at: int) -> int:
    """Where the line begins that holds this byte."""
    high = min(at, file.size)
    step = CHUNK
    while high > file.begin:
        low = max(file.begin, high - step)
        low -= (low - file.begin) % len(file.newline)
        data = file.read(low, high - low)
        found = rfind(data, file.newline, len(data))
        if found >= 0:
            return low + found + len(file.newline)
        if not data:
            break
        high, step = low, min(2 * step, FARTHEST)
    return file.begin


def end_of(file: File, at: int) -> int:
    """Where the line ends that goes on at this byte: behind its line feed, or at the end of the file."""
    step = CHUNK
    while at < file.size:
        data = file.read(at, min(step, file.size - at))
        found = find(data, file.newline)
        if found >= 0:
            return at + found + len(file.newline)
        if not data:
            break
        at, step = at + len(data), min(2 * step, FARTHEST)
    return file.size


def rows(file: File, at: int) -> Iterator[Row]:
    """The lines from this line on."""
    while at < file.size:
        data = file.read(at, min(CHUNK, file.size - at))
        start = 0
        while (found := find(data, file.newline, start)) >= 0:
            end = found + len(file.newline)
            yield row(file, at + start, at + end, data[start:end])
            start = end
        if start == 0:
            end = end_of(file, at + len(data)) if data else file.size
            yield row(file, at, end, data[:LONGEST])
            start = end - at
        elif at + len(data) >= file.size:
            if start < len(data):
                yield row(file, at + start, at + len(data), data[start:])
            return
        at += start


def rows_before(file: File, at: int) -> Iterator[Row]:
    """The lines before this line, the nearest first."""
    while at > file.begin:
        low = max(file.begin, at - CHUNK)
        low -= (low - file.begin) % len(file.newline)
        data = file.read(low, at - low)
        if not data:
            return
        ends = len(data)
        while (found := rfind(data, file.newline, ends - len(file.newline))) >= 0:
            start = found + len(file.newline)
            yield row(file, low + start, low + ends, data[start:ends])
            ends = start
        if low == file.begin or ends == len(data):
            start = begin_of(file, low) if low > file.begin else low
            yield row(file, start, low + ends, file.read(start, min(LONGEST, low + ends - start)))
            at = start
        else:
            at = low + ends


def row(file: File, at: int, end: int, data: bytes) -> Row:
    """The line from at to end, of which data is at least the head."""
    data = data[:LONGEST]
    if file.codec:
        text = data.decode(file.codec, "replace").rstrip("\n").rstrip("\r")
        return Row(at, end, text.encode("utf-8", "replace"), end - at - len(data))
    return Row(at, end, data.rstrip(b"\n").rstrip(b"\r") if end - at == len(data) else data, end - at - len(data))


def row_at(file: File, at: int) -> Row | None:
    """The line that begins there; None at the end of the file."""
    return next(rows(file, at), None)
