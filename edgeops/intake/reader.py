"""One log, opened safely and read once: `open_reader` finds its compression, encoding and format from its first bytes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from io import FileIO
from itertools import chain
from typing import IO

from edgeops.hooks import Format
from edgeops.intake import binary, extents, packed, streams, tar, zip
from edgeops.intake.anchors import Peek, anchors
from edgeops.intake.blocks import Block, Piece, Splitter, Tally, utf16_size
from edgeops.intake.changes import Changes, regime_of
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.log import LogReader
from edgeops.intake.sampling import SAMPLE_BYTES, SAMPLE_LINES
from edgeops.intake.sources import open_log
from edgeops.intake.timeline import Timeline
from edgeops.intake.timestamps import Clock
from edgeops.records import Line, Skipped

_UTF8_MARK = b"\xef\xbb\xbf"
_MIB = 1 << 20
_MOST_KEPT_BLOCKS = 256
_ENDING = 8192
_ENDING_LINES = 40
_LATEST = 2**35


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a source is read; sizes in bytes.

    max_bytes: of a larger file the end is read. max_stream: of a pipe or of unpacked text the beginning is read.
    max_line: of a longer line the head is kept. last: only so many lines, at the end. max_count: how much of what is
    passed over is searched for newlines, so that line numbers are those of the whole file. max_archive: how much text
    all the members of an archive may hold.
    """

    max_bytes: int = 256 * _MIB
    max_stream: int = 1024 * _MIB
    max_line: int = 65536
    last: int | None = None
    max_count: int = 2048 * _MIB
    max_archive: int = 16 * 1024 * _MIB


@dataclass
class _Span:
    """Which part of a source its pieces are: the number of its first line, and whether it begins inside a line.

    Of a file that can be read anywhere, ending, wanted and peek are its end, what is read of it, and how.
    """

    number: int = 1
    midway: bool = False
    last: int | None = None
    ending: bytes = b""
    wanted: extents.Extents = field(default_factory=list)
    peek: Peek | None = None


Heard = Callable[[int, int], None]
"""Hears of so many bytes more that were read from the disk or a pipe, and of so many lines more."""


def open_reader(
    path: str,
    *,
    formats: Sequence[Format],
    limits: Limits | None = None,
    stdin: IO[bytes] | None = None,
    now: datetime | None = None,
    zone: tzinfo = UTC,
) -> LogReader | Skipped:
    """A reader of one log, a file or stdin for `-`; or why there is none.

    now stands in for the time a pipe was written; zone is that of times that state none.
    """
    opening = Opening(path, formats, limits or Limits(), now or datetime.now(UTC), zone)
    found = opening.opened(stdin)
    if isinstance(found, Archive):
        return Skipped(path, f"It is a {found.kind} archive; name one of its members: {path}!/NAME.")
    return found


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive, open at its beginning. notes get what is wrong with what it is packed in."""

    kind: str
    pieces: Iterator[Piece]
    notes: list[str]


@dataclass
class Opening:
    """A source on its way to a reader. written is when it was; heard hears of what is read, taken is how much that was."""

    path: str
    formats: Sequence[Format]
    limits: Limits
    written: datetime
    zone: tzinfo = UTC
    heard: Heard = lambda taken, lines: None
    notes: list[str] = field(default_factory=list)
    taken: int = 0
    gauge: Callable[[Iterator[Piece], list[str]], Iterator[Piece]] = lambda pieces, notes: pieces

    def opened(self, stdin: IO[bytes] | None) -> LogReader | Archive | Skipped:
        """The file or pipe that path names."""
        if self.path == "-":
            if stdin is None:
                return Skipped(self.path, "There is no standard input; name a file.")
            return self.stream(self._metered(streams.pipe_pieces(stdin, self.limits.max_stream, self.notes)))
        file = open_log(self.path)
        if isinstance(file, Skipped):
            return file
        status = os.fstat(file.fileno())
        self.written = datetime.fromtimestamp(min(max(status.st_mtime, 0), _LATEST), UTC)
        try:
            found = self.file(file, status.st_size)
        except OSError as error:
            found = Skipped(self.path, f"It cannot be read ({error.strerror or error}); check the disk and its mount.")
        if isinstance(found, Skipped):
            file.close()
        return found

    def _metered(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            self.taken += len(piece[1])
            self.heard(len(piece[1]), 0)
            yield piece

    def stream(self, pieces: Iterator[Piece]) -> LogReader | Archive | Skipped:
        """A pipe, a compressed file, an archive or one of its members, read from its beginning."""
        head, pieces = _peek(pieces)
        unpacking = None
        if kind := packed.compression(head):
            unpacking = packed.Unpacking(kind, self.limits.max_stream, self.notes)
            head, pieces = _peek(unpacking.pieces(pieces))
            if packed.compression(head):
                return Skipped(self.path, "It was compressed twice; unpack it once and name what comes out.")
        if archive := _archive(head):
            if unpacking:
                unpacking.limit = self.limits.max_archive
            # What of a member is not wanted must be read, too, to get past it.
            return Archive(archive, streams.limited(pieces, self.limits.max_archive, self.notes), self.notes)
        return self._reader(head, self.gauge(pieces, self.notes), _Span(last=self.limits.last))

    def file(self, file: FileIO, size: int) -> LogReader | Archive | Skipped:
        """A regular file, read from where its wanted end begins. Raises OSError."""
        fd = file.fileno()
        head = os.pread(fd, SAMPLE_BYTES, 0)
        codec, _ = streams.utf16(head)
        if size == 0 or packed.compression(head) or _archive(head) or (self.limits.last and codec):
            # Files under /proc have data though their size is 0.
            whole = [(0, size or self.limits.max_stream)]
            return self.stream(self._file_pieces(file, whole, sized=size > 0))
        stretches = extents.extents(fd, size)
        if not stretches:
            return Skipped(self.path, f"It is a hole of {_size(size)} without data; there is nothing to read.")
        wanted = extents.tail(stretches, self.limits.max_bytes)
        if self.limits.last:
            wanted = extents.last_lines(fd, wanted, self.limits.last)
        if codec:
            wanted[0] = (wanted[0][0] + wanted[0][0] % 2, wanted[0][1])
        span = self._span(fd, stretches, wanted, codec)
        # Of its own: a small file has been read to its end, and closed, when its times are made out.
        again = os.dup(fd)
        span.peek = lambda at, size: os.pread(again, size, at)
        try:
            return self._reader(head, self._file_pieces(file, wanted), span)
        finally:
            os.close(again)

    def _file_pieces(self, file: FileIO, wanted: extents.Extents, *, sized: bool = True) -> Iterator[Piece]:
        with file:
            yield from self._metered(streams.file_pieces(file.fileno(), wanted, self.notes, sized=sized))

    def _span(self, fd: int, stretches: extents.Extents, wanted: extents.Extents, codec: str) -> _Span:
        start, end = wanted[0][0], wanted[-1][1]
        ending = os.pread(fd, _ENDING, max(start, end - _ENDING))
        span = _Span(ending=ending, wanted=wanted)
        passed = extents.before(stretches, start)
        if not passed:
            return span
        newline = "\n".encode(codec or "ascii")
        span.midway = os.pread(fd, len(newline), start - len(newline)) != newline
        counted = not codec and extents.held(passed) <= self.limits.max_count
        if counted:
            span.number = 1 + extents.newlines(fd, passed)
        if not self.limits.last or extents.held(wanted) >= self.limits.max_bytes:
            lines = "" if counted else f"; line 1 is the first line read, at byte {start}"
            self.notes.append(
                f"only the last {_size(extents.held(wanted))} of {_size(extents.held(stretches))} were read{lines}"
            )
        return span

    def _reader(self, head: bytes, pieces: Iterator[Piece], span: _Span) -> LogReader | Skipped:
        if not head:
            if not self.notes:
                return Skipped(self.path, "It is empty; there is nothing to read.")
            whose = "Its" if self.notes[0].startswith(tuple(packed.MAGIC)) else "It"
            return Skipped(self.path, f"{whose} {self.notes[0]}.")
        codec, mark = streams.utf16(head)
        if not codec and (words := binary.kind_of(head)):
            return Skipped(self.path, f"It is {words}.".replace("NAME", self.path))
        pieces = streams.after(pieces, mark or 3 * head.startswith(_UTF8_MARK))
        if codec:
            self.notes.append(f"{codec.upper()} was converted to UTF-8")
            pieces = streams.transcoded(pieces, codec, self.notes)
        sample, pieces = _peek(pieces)
        lines = [raw.rstrip(b"\r") for raw in sample.strip(b"\0").split(b"\n")[int(span.midway) : SAMPLE_LINES]]
        changes = Changes(regime_of(lines, self.formats), self.formats, self.notes)
        format = changes.now.format
        ended = _ended(span.ending, [format, *self.formats], Clock(self.written, zone=self.zone))
        clock = Clock(self.written, ended, self.zone)
        known = anchors(span.wanted, span.peek, format, self.written, self.zone) if span.peek and not codec else ()
        timeline = Timeline(clock, self.written, known)
        blocks = timeline.boots.settled(self._blocks(pieces, span, wide=bool(codec)))
        return LogReader(self.path, changes, blocks, clock, timeline, self.formats, self.notes)

    def _blocks(self, pieces: Iterator[Piece], span: _Span, *, wide: bool) -> Iterator[Block]:
        tally = Tally()
        measure = utf16_size if wide else len
        splitter = Splitter(self.limits.max_line, tally, number=span.number, midway=span.midway, measure=measure)
        blocks = splitter.blocks(pieces)
        for block in blocks if span.last is None else _last(blocks, span.last, self.notes):
            self.heard(0, len(block.lines))
            yield block
        if tally.cuts:
            self.notes.append(
                f"{tally.cuts} lines longer than {_size(self.limits.max_line)} were cut; {_size(tally.cut_bytes)} were left out"
            )
        if tally.holes:
            self.notes.append(f"{tally.holes} holes of {_size(tally.hole_bytes)} in all (NUL bytes) were passed over")


def _peek(pieces: Iterator[Piece]) -> tuple[bytes, Iterator[Piece]]:
    """The first bytes, enough for a sample, and the pieces with them."""
    taken: list[Piece] = []
    for piece in pieces:
        taken.append(piece)
        if sum(len(data) for _, data in taken) >= SAMPLE_BYTES:
            break
    return b"".join(data for _, data in taken)[:SAMPLE_BYTES], chain(taken, pieces)


def _archive(head: bytes) -> str:
    """The kind of archive that begins like this; empty when none does."""
    if head.startswith(zip.MAGIC):
        return "zip"
    return "tar" if tar.header(head[: tar.BLOCK]) and head[:1] > b"\0" else ""


def _ended(ending: bytes, formats: Sequence[Format], clock: Clock) -> datetime | None:
    """The time of the last line that has one."""
    stamped = [one for one in formats if one is not PLAIN]
    for raw in reversed(ending.split(b"\n")[-_ENDING_LINES:]):
        format = next((one for one in stamped if one.starts(raw)), PLAIN)
        if format is not PLAIN and (time := format.parse(Line("", 0, 0, raw), (), clock).time):
            return time
    return None


def _last(blocks: Iterator[Block], wanted: int, notes: list[str]) -> Iterator[Block]:
    """The blocks of the last lines of a stream; what is kept meanwhile is bounded."""
    kept: deque[Block] = deque()
    lines = 0
    for block in blocks:
        kept.append(block)
        lines += len(block.lines)
        while lines - len(kept[0].lines) >= wanted or len(kept) > _MOST_KEPT_BLOCKS:
            lines -= len(kept.popleft().lines)
    if lines < wanted and kept and kept[0].number > 1:
        notes.append(f"only the last {lines} lines were kept instead of {wanted}")
    if lines > wanted:
        kept.appendleft(kept.popleft().rest(lines - wanted))
    yield from kept


def _size(count: int) -> str:
    """A number of bytes for people."""
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.4g} {unit}"
        count = count / 1024  # type: ignore[assignment]
    return f"{count:.4g} GiB"
