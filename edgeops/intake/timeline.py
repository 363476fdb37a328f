"""The course of time through a source: which time it was at which line, so that a doubtful stamp is known for one.

A few lines of each block are marks. Between two of them lie the stamps without a year or a day. A stamp that contradicts the
lines around it (a wrong year, a clock that was not set yet, a time that is yet to come) does not count: its line has the time
of the line above it, and that is said to be inferred. So has, where stamps state no zone, what was written in the hour
after the clocks went back; a zone that knows the change tells the two hours apart.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from edgeops.hooks import Format
from edgeops.intake.blocks import Block
from edgeops.intake.boots import Boots
from edgeops.intake.falls import Fall, fall
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.timestamps import Clock
from edgeops.records import Event, Line

Anchor = tuple[int, datetime]
"""At this byte it was that time."""

_DAY = timedelta(days=1)
_SOUND_YEAR = 2001
_MARKS, _MARKS_INFERRED = 1, 16
_BARREN, _AGAIN, _FIRST = 2, 16, 8
_FEW = 32
_MOST_MARKS = 4096
_HELD = 2
_LOOK = 20
_MOST_NOTES = 3


class Reading(NamedTuple):
    """What a line's stamp means; inferred when something of it is a guess."""

    number: int
    time: datetime
    inferred: bool


class _Held(NamedTuple):
    block: Block
    format: Format


class Timeline:
    """Follows one source block by block. anchors, by offset, are what is known beforehand; written is the file's own time."""

    def __init__(self, clock: Clock, written: datetime, anchors: Sequence[Anchor] = ()) -> None:
        self.boots = Boots(clock, written)
        self._clock, self._latest = clock, written + _DAY
        self._anchored, self._anchors = [at for at, _ in anchors], [time for _, time in anchors]
        self._numbers: list[int] = []
        self._times: list[datetime] = []
        self._last: Reading | None = None
        self._held: deque[_Held] = deque(maxlen=_HELD)
        self._barren = self._followed = 0
        self._kept: tuple[int, datetime] | None = None
        self._falls: list[Fall] = []

    def follow(self, block: Block, format: Format) -> None:
        """The next lines of the source, and their format."""
        self._held.append(_Held(block, format))
        self._followed += 1
        count = len(block.lines)
        fresh = self._last is None or block.number + count > self._last.number + _FEW
        # Where lines have no time, to look for one again and again would cost more than reading them.
        if fresh and format is not PLAIN and (self._barren < _BARREN or self._followed % _AGAIN == 0):
            if self._last is None:
                self._below(block, format, 0)  # whereupon the clock knows what stamps leave out
            some = block.lines[:: 1 + count // _FEW]
            size = count * sum(map(len, some)) // len(some) + count
            self._mark(block, format, min(self._steps(block.offset, size), 1 + count // _FEW), size)
        self._clock.near = self._around(block.number + count // 2)

    def _steps(self, offset: int, size: int) -> int:
        """How many marks a block gets: more where years or days have to be made out."""
        if self._anchors:
            within = bisect_right(self._anchored, offset + size) - bisect_right(self._anchored, offset)
            return max(_MARKS, min(within, _MARKS_INFERRED))
        return _MARKS_INFERRED if self._clock.lacks and self._followed <= _FIRST else _MARKS

    def _mark(self, block: Block, format: Format, steps: int, size: int) -> None:
        """Find out when some of the lines were written."""
        found: list[Reading] = []
        count = len(block.lines)
        for step in range(steps + 1):
            self._clock.near = self._expected(block.offset + size * step // steps, found)
            at = count * step // steps
            reading = self._below(block, format, at) if step < steps else self._above(block, format, count)
            if reading is not None and reading not in found:
                found.append(reading)
        self._barren = 0 if found else self._barren + 1
        readings = [self._last, *found] if self._last else found
        for before, after in pairwise(readings):
            if before.inferred and after.inferred and (one := self._fall(block, format, before, after)):
                self._falls.append(one)
        times = [reading.time for reading in readings]
        for index, reading in enumerate(readings):
            if self._sound(reading.time) and not _stray(times, index) and reading.number not in self._numbers[-1:]:
                self._numbers.append(reading.number)
                self._times.append(reading.time)
                self._last = reading
        if len(self._numbers) > _MOST_MARKS:
            del self._numbers[: _MOST_MARKS // 2], self._times[: _MOST_MARKS // 2]

    def _expected(self, offset: int, found: Sequence[Reading]) -> tuple[datetime, datetime] | None:
        """Between which times a line lies, as far as that is known before it is read."""
        if self._anchors:
            at = bisect_right(self._anchored, offset)
            return _ordered(self._anchors[max(0, at - 2)], self._anchors[min(at + 1, len(self._anchors) - 1)])
        last = found[-1] if found else self._last
        return (last.time, last.time) if last else None

    def _fall(self, block: Block, format: Format, before: Reading, after: Reading) -> Fall | None:
        """Where the clocks went back between two readings, if they did."""

        def read(number: int) -> datetime | None:
            reading = self._reading(block, format, (number - block.number,))
            return reading and reading.time

        first = max(before.number, block.number - 1)
        return fall(read, (first, before.time), (after.number, after.time))

    def _sound(self, time: datetime) -> bool:
        return time.year >= _SOUND_YEAR and time <= self._latest

    def _reading(self, block: Block, format: Format, places: Iterable[int], *, sound: bool = False) -> Reading | None:
        """The first of the lines that has a time; if need be one that can be right."""
        for index in places:
            raw = block.lines[index].rstrip(b"\r")
            if format.starts(raw):
                self._clock.boot = self.boots.at(block.number + index)
                event = format.parse(Line("", 0, block.number + index, raw), (), self._clock)
                if event.time is not None and (not sound or self._sound(event.time)):
                    return Reading(block.number + index, event.time, event.time_inferred)
        return None

    def _below(self, block: Block, format: Format, place: int, *, sound: bool = False) -> Reading | None:
        return self._reading(block, format, range(place, min(place + _LOOK, len(block.lines))), sound=sound)

    def _above(self, block: Block, format: Format, place: int, *, sound: bool = False) -> Reading | None:
        return self._reading(block, format, range(place - 1, max(-1, place - 1 - _LOOK), -1), sound=sound)

    def _around(self, number: int) -> tuple[datetime, datetime] | None:
        """The times of the marks before and after a line."""
        if not self._times:
            return None
        at = bisect_right(self._numbers, number)
        return _ordered(self._times[max(0, at - 1)], self._times[min(at, len(self._times) - 1)])

    def at(self, number: int) -> None:
        """The next stamp that the clock reads is that of this line."""
        self._clock.near, self._clock.boot = self._around(number), self.boots.at(number)

    def placed(self, event: Event) -> Event:
        """The event, with a time that fits in with the lines around it."""
        time, number = event.time, event.line.number
        if time is None or self._clock.near is None:
            return event
        if event.time_inferred and self._falls:
            for one in self._falls:
                if number >= one.number and (apart := one.told_apart(time, self._clock.zone)) != time:
                    return replace(event, time=apart)
        low, high = self._clock.near
        if low - _DAY <= time <= high + _DAY and self._sound(time):
            return event
        better = self._better(time, number)
        return replace(event, time=better, time_inferred=True) if better else event

    def _better(self, time: datetime, number: int) -> datetime | None:
        """The time of a line whose stamp contradicts the lines around it; None when it does not."""
        if not self._sound(time):
            return self._instead(number)
        above, below = self._beside(number)
        if above is None or below is None or above > below + _DAY:
            return None
        return None if above - _DAY <= time <= below + _DAY else above

    def _instead(self, number: int) -> datetime | None:
        """The time of the nearest line above that has a sound one, or else below."""
        if self._kept and 0 < number - self._kept[0] <= _LOOK:
            found = self._kept[1]
        else:
            near = [time for time in (*self._beside(number, sound=True), *(self._around(number) or ())) if time]
            if not near or not self._sound(near[0]):
                return None
            found = near[0]
        self._kept = number, found
        return found

    def _beside(self, number: int, *, sound: bool = False) -> tuple[datetime | None, datetime | None]:
        """The times of the nearest lines above and below, if need be of those that can be right."""
        for block, format in self._held:
            index = number - block.number
            if 0 <= index < len(block.lines):
                above = self._above(block, format, index, sound=sound)
                below = self._below(block, format, index + 1, sound=sound)
                return above and above.time, below and below.time
        return None, None

    def notes(self) -> list[str]:
        """What a person should know of how times were made out."""
        told = [one.number for one in self._falls if not one.known(self._clock.zone)][:_MOST_NOTES]
        return [
            f"at line {number} the clocks go back: the lines of the next hour stand in their order, without times of their "
            "own; set intake.zone to the log's time zone"
            for number in told
        ]


def _ordered(one: datetime, other: datetime) -> tuple[datetime, datetime]:
    return (one, other) if one <= other else (other, one)


def _stray(times: Sequence[datetime], index: int) -> bool:
    """Whether a time lies outside of its neighbours', which are in order."""
    before = times[index - 1] if index else None
    after = times[index + 1] if index + 1 < len(times) else None
    if before is None or after is None:
        return False
    return before <= after + _DAY and not before - _DAY <= times[index] <= after + _DAY
