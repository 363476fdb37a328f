"""When a regular file's lines were written, where stamps leave out the year or the day: known from its end and its order.

Some lines all over the file are read. From one to the next time goes on (in a file that is written newest first, back), so
where stamps go back New Year or midnight lies between; and the latest of them is not later than the file's own time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import accumulate, pairwise
from typing import NamedTuple

from edgeops.hooks import Format
from edgeops.intake.extents import Extents, held
from edgeops.intake.timestamps import Clock
from edgeops.records import Line

Peek = Callable[[int, int], bytes]
"""Bytes of the file: as many as wanted (or fewer), from an offset on."""

_SAMPLES = 48
_SIZE = 8192
_APART = 512
_LINES = 20
_DAY = timedelta(days=1)


class _Cycle(NamedTuple):
    """What stamps do not tell apart. jitter: so far may lines be out of order; ahead: the last may be so far in the future."""

    length: timedelta
    jitter: timedelta
    ahead: timedelta


# A leap year, so that each day of a year is in it. A log in local time may seem to be hours ahead of its file's time.
_YEAR = _Cycle(timedelta(days=366), timedelta(days=2), _DAY)
_OF_DAY = _Cycle(_DAY, timedelta(hours=1), timedelta(hours=14))
_REFERENCE = datetime(2000, 7, 1, 12)


def anchors(wanted: Extents, peek: Peek, format: Format, written: datetime, zone: tzinfo) -> list[tuple[int, datetime]]:
    """(offset, time) of some lines of a file; none where stamps are complete. Raises OSError."""
    found: dict[int, datetime] = {}
    lacks, clock = "", Clock(written, zone=zone)
    reference = _REFERENCE.replace(tzinfo=UTC)
    clock.near = reference, reference
    for start in _places(wanted):
        data = peek(start, _SIZE)
        skipped = 0 if start == wanted[0][0] else data.find(b"\n") + 1
        at = start + skipped
        for raw in data[skipped:].split(b"\n")[:_LINES]:
            time = format.parse(Line("", 0, 0, raw), (), clock).time if format.starts(raw) else None
            if time is not None:
                lacks = lacks or clock.lacks
                if not lacks:
                    return []
                found[at] = time
                break
            at += len(raw) + 1
        if not found:
            return []
    offsets = sorted(found)
    times = unrolled([found[at] for at in offsets], _OF_DAY if lacks == "day" else _YEAR, written)
    return list(zip(offsets, times, strict=False))


def _places(wanted: Extents) -> list[int]:
    """Offsets all over the stretches, and one near their end."""
    size = held(wanted)
    steps = min(_SAMPLES, 1 + size // _APART)
    places = []
    for step in range(steps):
        left = size * step // steps
        for start, end in wanted:
            if left < end - start:
                places.append(start + left)
                break
            left -= end - start
    return [*places, max(wanted[-1][0], wanted[-1][1] - _SIZE // 2)]


def unrolled(times: Sequence[datetime], cycle: _Cycle, written: datetime) -> list[datetime]:
    """Times of one reference cycle, in the order of the file, put into the cycles that they were of."""
    if not times:
        return []
    bare = [_in_reference(time, cycle) for time in times]
    steps = [_wrapped(after - before, cycle) for before, after in pairwise(bare)]
    backwards = sum(step < -cycle.jitter for step in steps) > sum(step > cycle.jitter for step in steps)
    turns = [_turn(before, after, cycle, backwards) for before, after in pairwise(bare)]
    numbers = list(accumulate(turns, initial=0))
    latest = max(range(len(bare)), key=lambda index: (numbers[index], bare[index]))
    for back in range(9):
        first = written.year + 1 - back if cycle is _YEAR else 1 - back
        try:
            placed = [
                _placed(time, first + number - numbers[latest], cycle, written)
                for time, number in zip(bare, numbers, strict=True)
            ]
        except ValueError:  # the 29th of February of a year that has none
            continue
        if placed[latest] <= written + cycle.ahead:
            return placed
    return []


def _in_reference(time: datetime, cycle: _Cycle) -> datetime:
    if cycle is _YEAR:
        return time.replace(year=_REFERENCE.year)
    return time.replace(year=_REFERENCE.year, month=_REFERENCE.month, day=_REFERENCE.day)


def _wrapped(step: timedelta, cycle: _Cycle) -> timedelta:
    """The step in the direction that is shorter."""
    half = cycle.length / 2
    return step - cycle.length if step > half else step + cycle.length if step <= -half else step


def _turn(before: datetime, after: datetime, cycle: _Cycle, backwards: bool) -> int:
    """How many cycles lie between two times that follow each other: -1, 0 or 1."""
    step = _wrapped(after - before, cycle)
    if backwards and step > cycle.jitter:
        step -= cycle.length
    elif not backwards and step < -cycle.jitter:
        step += cycle.length
    return round((step - (after - before)) / cycle.length)


def _placed(time: datetime, number: int, cycle: _Cycle, written: datetime) -> datetime:
    """The time in the year of that number, or so many days after the day the file was written. Raises ValueError."""
    if cycle is _YEAR:
        return time.replace(year=number)
    day = written.astimezone(time.tzinfo) + number * _DAY
    return time.replace(year=day.year, month=day.month, day=day.day)
