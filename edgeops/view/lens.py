"""How the lines of one file are read wherever one begins: its format, each line's severity, time and template.

A log is read from its beginning elsewhere; here any line may be asked for first, so times rest on anchors all over the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice

from edgeops.detect.templates import pattern_of
from edgeops.hooks import Format
from edgeops.intake.anchors import anchors
from edgeops.intake.binary import kind_of
from edgeops.intake.changes import regime_of
from edgeops.intake.formats.base import digitless
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.glance import Glance
from edgeops.intake.log import texts_of
from edgeops.intake.messages import with_exception
from edgeops.intake.sampling import SAMPLE_LINES
from edgeops.intake.timestamps import Clock
from edgeops.records import Event, Line, Severity
from edgeops.view.file import File
from edgeops.view.lines import Row, rows, rows_before

_MOST_SHAPES = 20_000
# A token of letters and digits: a hash, a key, an address in hexadecimal. Its letters vary like its digits do.
_IDENTIFIER = re.compile(rb"(?<![A-Za-z0-9])(?=[A-Za-z]{0,64}\d)(?=\d{0,64}[A-Za-z])[A-Za-z0-9+/=_-]{6,}")
_MOST_OTHERS = 4096
_ENDING = 40
_LOOK_BACK = 200
_LONGEST_PARSED = 4096


@dataclass(frozen=True, slots=True)
class Look:
    """What lines of one shape have in common. kind is 0 for one that begins a message whatever came before.

    dated: such a line has a time of its own; timed: a glance tells it.
    """

    severity: Severity
    kind: int
    pattern: str
    dated: bool = False
    timed: bool = False


_NO_TEXT = Look(Severity.NONE, 0, "<binary>")


class Lens:
    """Reads lines of one file. zone is that of times that state none."""

    def __init__(self, file: File, formats: Sequence[Format], zone: tzinfo = UTC) -> None:
        self._file, self._zone = file, zone
        self._formats = [one for one in formats if one is not PLAIN]
        self._all = list(formats)
        self.learn()

    def learn(self) -> None:
        """Find out the format from the file's first lines, and its times from lines all over it."""
        file = self._file
        sample = [row.raw for row in islice(rows(file, file.begin), SAMPLE_LINES)]
        self._regime = regime_of(sample, self._all)
        self.format = self._regime.format
        self._looks: dict[bytes, Look] = {}
        self._generals: dict[bytes, Look] = {}
        self._others: dict[bytes, Format] = {}
        self._clock = Clock(file.written, self._ended(), self._zone)
        self._glance = Glance(self._clock)
        known = [] if file.codec or not file.size else self._anchors()
        self._anchored, self._anchors_times = [at for at, _ in known], [time for _, time in known]

    def _ended(self) -> datetime | None:
        """The time of the last line that has one."""
        clock = Clock(self._file.written, zone=self._zone)
        for row in islice(rows_before(self._file, self._file.size), _ENDING):
            format = self._format_of(row.raw)
            if format is not PLAIN and (time := format.parse(Line("", 0, 0, row.raw), (), clock).time):
                return time
        return None

    def _anchors(self) -> list[tuple[int, datetime]]:
        def peek(at: int, size: int) -> bytes:
            return self._file.read(at, size)

        whole = [(self._file.begin, self._file.size)]
        return anchors(whole, peek, self.format, self._file.written, self._zone)

    def shapes(self, lines: Sequence[bytes]) -> list[bytes]:
        """A key for each line, equal only for lines of one template and severity."""
        if not lines:
            return []
        if self.format.shape is digitless:
            return digitless(b"\n".join(lines)).split(b"\n")
        return list(map(self.format.shape, lines))

    def looks(self, lines: Sequence[bytes]) -> list[Look]:
        """What is known of each line by its shape; a new shape is parsed once."""
        shapes = self.shapes(lines)
        known = self._looks
        if len(known) > _MOST_SHAPES:
            known.clear()
        for shape, raw in zip(shapes, lines, strict=True):
            if shape not in known:
                known[shape] = self._general(raw) if self.format.shape is digitless else self._learnt(raw)
        return [known[shape] for shape in shapes]

    def _general(self, raw: bytes) -> Look:
        """The look of a line that may be new only by its identifiers."""
        general = digitless(_IDENTIFIER.sub(b"#", raw))
        if general not in self._generals:
            if len(self._generals) > _MOST_SHAPES:
                self._generals.clear()
            self._generals[general] = self._learnt(raw)
        return self._generals[general]

    def _learnt(self, raw: bytes) -> Look:
        if kind_of(raw[:_LONGEST_PARSED]):
            # Nothing can be read from it, and to try would take long.
            return _NO_TEXT
        event = self.event(Row(0, len(raw), raw))
        timed = event.time is not None and self._glance.time(raw) == event.time
        return Look(
            event.severity, self._regime.joiner.kind(raw), pattern_of(event.message), event.time is not None, timed
        )

    def minutes(self, at: int) -> Callable[[bytes], int]:
        """Tells in which minute since 1970 a line about that byte was written, if its look is timed; -1 where it does not tell."""
        near = self._around(at)
        if near != self._clock.near:
            self._clock.near = near
            self._glance.forget()
        return self._glance.minute

    def step(self, state: int, kind: int, raw: bytes) -> int:
        """The state after a line; above 0 when it continues the open message."""
        return self._regime.joiner.step(state, kind, raw)

    def event(self, row: Row, number: int = 0, more: Sequence[Line] = ()) -> Event:
        """The line as an event, with those that continue it where they are given."""
        raw = row.raw[:_LONGEST_PARSED]
        self._clock.near = self._around(row.at)
        line = Line(self._file.path, row.at, number, raw, row.cut + len(row.raw) - len(raw))
        format = self._format_of(raw)
        return with_exception(format.parse(line, more, self._clock), texts_of(format, more))

    def _around(self, at: int) -> tuple[datetime, datetime] | None:
        """Between which times the lines there were written, where stamps leave something out."""
        if not self._anchored:
            return None
        after = bisect_right(self._anchored, at)
        times = self._anchors_times[max(0, after - 1)], self._anchors_times[min(after, len(self._anchored) - 1)]
        return min(times), max(times)

    def time(self, row: Row) -> datetime | None:
        """When the line was written by its own stamp."""
        return self.event(row).time

    def time_near(self, row: Row) -> datetime | None:
        """The same, or the time of the nearest line above that has one."""
        if time := self.time(row):
            return time
        above = (self.time(one) for one in islice(rows_before(self._file, row.at), _LOOK_BACK))
        return next((time for time in above if time), None)

    def _format_of(self, raw: bytes) -> Format:
        """The format of a line; one that is not of the file's format is tried with the others."""
        if self.format is not PLAIN and self.format.starts(raw):
            return self.format
        key = digitless(raw[:256])
        known = self._others.get(key)
        if known is not None and (known is PLAIN or known.starts(raw)):
            return known
        found = next((one for one in (*self._regime.aside, *self._formats) if one.starts(raw)), PLAIN)
        if len(self._others) >= _MOST_OTHERS:
            self._others.clear()
        self._others[key] = found
        return found
