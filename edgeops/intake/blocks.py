"""From a stream of bytes to blocks of lines, with true offsets and numbers whatever the bytes are.

A stream is an iterator of (offset, bytes); where an offset is not the end of the piece before, a hole lies between.
Over-long lines keep their head, and holes (sparse, or runs of NUL left by a crash or a truncation) are skipped:
both end a block, so that a block's lines lie next to each other and `Block.line` can count offsets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from edgeops.records import Line

Piece = tuple[int, bytes]
Measure = Callable[[bytes], int]

# Shorter runs stay in their line: only a hole in the file leaves this many.
_HOLE = 64
_NULS = re.compile(rb"\0{%d,}" % _HOLE)


def utf16_size(text: bytes) -> int:
    """How many bytes UTF-16 takes for this text, given as UTF-8."""
    return 2 * len(text.decode("utf-8", "surrogatepass")) + 2 * sum(byte >= 0xF0 for byte in text)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that lie next to each other; the first has this number and begins at this offset.

    lines have no newline but may end in a carriage return. cut bytes of the last line were not kept.
    """

    number: int
    offset: int
    lines: list[bytes]
    cut: int = 0
    measure: Measure = len
    _starts: list[int] = field(default_factory=list, repr=False, compare=False)

    def line(self, source: str, index: int) -> Line:
        """One line as a record. The first call on a block costs a pass over its lines."""
        raw = self.lines[index]
        last = index == len(self.lines) - 1
        return Line(source, self._start(index), self.number + index, raw.removesuffix(b"\r"), self.cut if last else 0)

    def part(self, start: int, end: int) -> Block:
        """Some of its lines as a block of their own."""
        cut = self.cut if end >= len(self.lines) else 0
        return Block(self.number + start, self._start(start), self.lines[start:end], cut, self.measure)

    def rest(self, skipped: int) -> Block:
        """The block without its first lines."""
        return self.part(skipped, len(self.lines))

    def _start(self, index: int) -> int:
        """At which offset a line begins."""
        if not self._starts:
            self._starts.extend(accumulate(map(self.measure, self.lines[:-1]), initial=self.offset))
        return self._starts[index] + index * (1 if self.measure is len else 2)


@dataclass
class Tally:
    """What the splitting left out: bytes of holes and of cut lines, and how many of each."""

    holes: int = 0
    hole_bytes: int = 0
    cuts: int = 0
    cut_bytes: int = 0


class Splitter:
    """Cuts one stream into blocks. number is that of the first line; midway drops what precedes the first newline."""

    def __init__(
        self, max_line: int, tally: Tally, *, number: int = 1, midway: bool = False, measure: Measure = len
    ) -> None:
        self._max, self._tally, self._number, self._measure = max_line, tally, number, measure
        self._newline = 1 if measure is len else 2
        self._midway = midway
        self._open = bytearray()
        self._open_at = 0
        self._size = 0
        self._full = False

    def blocks(self, pieces: Iterable[Piece]) -> Iterator[Block]:
        """The stream's blocks; the last line needs no newline."""
        expected: int | None = None
        hollow = False
        for offset, data in self._runs_kept(pieces):
            size = self._measure(data)
            if expected is not None and offset != expected:
                yield from self._hole(offset - expected, again=hollow)
                hollow = True
            expected = offset + size
            for at, part in self._solid(offset, data, hollow):
                if part:
                    yield from self._split(at, part)
                    hollow = False
                else:
                    yield from self._hole(at, again=hollow)
                    hollow = True
        if self._size:
            yield self._complete()

    def _runs_kept(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces, divided so that a run of NUL which may become a hole is not cut in two."""
        at, held = 0, b""
        for offset, data in pieces:
            if held and offset == at + self._measure(held):
                offset, data = at, held + data
            elif held:
                yield at, held
            held = b""
            if data.endswith(b"\0"):
                solid = data.rstrip(b"\0")
                if len(data) - len(solid) < _HOLE:
                    at, held, data = offset + self._measure(solid), data[len(solid) :], solid
            if data:
                yield offset, data
        if held:
            yield at, held

    def _solid(self, offset: int, data: bytes, hollow: bool) -> Iterator[Piece]:
        """The piece without its runs of NUL; an empty part stands for a run and tells its length instead of an offset."""
        if hollow and data[:1] == b"\0":
            rest = data.lstrip(b"\0")
            gap = self._measure(data[: len(data) - len(rest)])
            yield gap, b""
            offset, data = offset + gap, rest
        if b"\0" in data:
            start = 0
            for run in _NULS.finditer(data):
                if run.start() > start:
                    yield offset, data[start : run.start()]
                offset += self._measure(data[start : run.end()])
                yield self._measure(run[0]), b""
                start = run.end()
            data = data[start:]
        if data:
            yield offset, data

    def _hole(self, size: int, *, again: bool) -> Iterator[Block]:
        """A hole ends the open line and its block; it has no newline, so the number stays."""
        head = bytes(self._open).rstrip(b"\0")
        if not self._full:
            trailing = self._measure(bytes(self._open)) - self._measure(head)
            size, self._size, self._open = size + trailing, self._size - trailing, bytearray(head)
        self._tally.hole_bytes += size
        self._tally.holes += not again
        if self._size:
            yield self._complete()

    def _split(self, offset: int, data: bytes) -> Iterator[Block]:
        lines, end = data.split(b"\n"), offset + self._measure(data)
        if self._midway:
            self._midway = False
            if len(lines) > 1:
                skipped = lines.pop(0)
                offset += self._measure(skipped) + self._newline
                self._number += 1
        if len(lines) > 1 and self._size:
            first = lines.pop(0)
            self._extend(offset, first)
            yield self._complete()
            self._number += 1
            offset += self._measure(first) + self._newline
        last = lines.pop()
        if lines:
            yield from self._whole(offset, lines, data)
        if last:
            self._extend(end - self._measure(last), last)

    def _extend(self, offset: int, data: bytes) -> None:
        """Add to the open line as much as a line may hold; remember how large it was."""
        if not self._size:
            self._open_at = offset
        self._size += self._measure(data)
        room = self._max - len(self._open)
        self._full = self._full or len(data) > room
        self._open += data[:room]

    def _complete(self) -> Block:
        """The open line as a block of its own."""
        raw = _whole_characters(bytes(self._open)) if self._full else bytes(self._open)
        cut = self._size - self._measure(raw)
        if cut:
            self._tally.cuts += 1
            self._tally.cut_bytes += cut
        block = Block(self._number, self._open_at, [raw], cut, self._measure)
        self._open.clear()
        self._size, self._full = 0, False
        return block

    def _whole(self, offset: int, lines: list[bytes], data: bytes) -> Iterator[Block]:
        """Blocks of complete lines; a line that is too long gets a block of its own."""
        if not self._overlong(data):
            yield self._block(offset, lines)
            return
        start = 0
        for index, raw in enumerate(lines):
            if len(raw) > self._max:
                if index > start:
                    yield self._block(offset, lines[start:index])
                    offset += sum(map(self._measure, lines[start:index])) + self._newline * (index - start)
                self._extend(offset, raw)
                yield self._complete()
                self._number += 1
                offset += self._measure(raw) + self._newline
                start = index + 1
        if start < len(lines):
            yield self._block(offset, lines[start:])

    def _block(self, offset: int, lines: list[bytes]) -> Block:
        block = Block(self._number, offset, lines, 0, self._measure)
        self._number += len(lines)
        return block

    def _overlong(self, data: bytes) -> bool:
        """Whether a line may be too long: then some aligned half of the limit holds no newline."""
        half = max(1, self._max // 2)
        return any(data.find(b"\n", at, at + half) < 0 for at in range(0, len(data) - half, half))


def _whole_characters(raw: bytes) -> bytes:
    """The bytes without a UTF-8 character at their end that is only begun."""
    for back in range(1, min(4, len(raw) + 1)):
        lead = raw[-back]
        if lead & 0xC0 != 0x80:
            needed = 2 if lead & 0xE0 == 0xC0 else 3 if lead & 0xF0 == 0xE0 else 4 if lead & 0xF8 == 0xF0 else 1
            return raw[:-back] if needed > back else raw
    return raw
