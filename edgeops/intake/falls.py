"""Where the clocks of a source went back by an hour, found between two lines whose times are known.

Only in nights in which clocks are put back somewhere: in others, times go back where files were put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

_LEAST, _MOST = timedelta(minutes=20), timedelta(hours=2)
_STEADY = timedelta(minutes=10)
_MONTHS = (3, 4, 9, 10, 11)
_DAYS = (4, 5, 6)
_NIGHT = timedelta(hours=4)
_SAMPLES = 32
_LOOK = 20

Read = Callable[[int], datetime | None]
"""The time of the line of this number, as it is written."""
Reading = tuple[int, datetime]


@dataclass(frozen=True, slots=True)
class Fall:
    """From the line of this number on, times from low up to high have been there before."""

    number: int
    low: datetime
    high: datetime

    def known(self, zone: tzinfo) -> bool:
        """Whether the zone knows of the change."""
        return _second(self.low + _STEADY, zone) is not None

    def told_apart(self, time: datetime, zone: tzinfo) -> datetime:
        """A time after the fall as it was: by its zone if that knows; else what was there before is put at its end."""
        if self.low <= time <= self.low + _MOST and (second := _second(time, zone)) is not None:
            return second
        return self.high if self.low <= time <= self.high else time


def _second(time: datetime, zone: tzinfo) -> datetime | None:
    """The later time at which clocks in the zone show the same, if there is one."""
    offset = time.replace(tzinfo=zone, fold=1).utcoffset()
    return None if offset == time.utcoffset() else time.replace(tzinfo=timezone(offset or timedelta()))


def fall(read: Read, before: Reading, after: Reading) -> Fall | None:
    """The place between two lines, given by number and time, where the clocks went back; None where they did not."""
    if _fell(before[1], after[1]):
        return _steady(read, *_narrowed(read, before, after))
    if not _perhaps(before[1], after[1]):
        return None
    earlier = before
    for later in _samples(read, before, after):
        if _fell(earlier[1], later[1]):
            return _steady(read, *_narrowed(read, earlier, later))
        earlier = later
    return None


def _fell(before: datetime, after: datetime) -> bool:
    return _LEAST <= before - after <= _MOST


def _may(time: datetime) -> bool:
    """Whether clocks may be put back at this time: before dawn at a week's end, in spring or autumn."""
    return time.weekday() in _DAYS and time.month in _MONTHS and _since_midnight(time) <= _NIGHT


def _since_midnight(time: datetime) -> timedelta:
    return timedelta(hours=time.hour, minutes=time.minute, seconds=time.second)


def _perhaps(before: datetime, after: datetime) -> bool:
    """Whether such a time lies between."""
    if after < before - _MOST:
        return False
    before, after = min(before, after), max(before, after)
    if after - before > timedelta(days=60):
        return True
    midnight = before - _since_midnight(before)
    nights = (midnight + timedelta(days=day) for day in range((after - midnight).days + 1))
    return any(_may(night) and night + _NIGHT > before for night in nights)


def _samples(read: Read, before: Reading, after: Reading) -> Iterator[Reading]:
    """Lines between the two, evenly spread, ever denser where clocks may have been put back; and the last."""
    step = max(1, (after[0] - before[0]) // _SAMPLES)
    earlier = before
    for number in range(before[0] + step, after[0] + 1, step):
        if number >= after[0] - step:
            time, number = after[1], after[0]
        elif (found := read(number)) is not None:
            time = found
        else:
            continue
        if number - earlier[0] > 1 and step > 1 and time - earlier[1] >= _LEAST and _perhaps(earlier[1], time):
            yield from _samples(read, earlier, (number, time))
        else:
            yield number, time
        earlier = number, time
        if number == after[0]:
            return


def _narrowed(read: Read, before: Reading, after: Reading) -> tuple[Reading, Reading]:
    """The two neighbours between which the clocks went back."""
    while after[0] - before[0] > 1:
        middle = (before[0] + after[0]) // 2
        found = next(((n, t) for n in range(middle, after[0]) if (t := read(n)) is not None), None)
        if found is None:
            after = middle, after[1]
        elif found[1] < before[1] - _STEADY:
            after = found
        else:
            before = found
    return before, after


def _steady(read: Read, before: Reading, after: Reading) -> Fall | None:
    """The fall, unless the lines after it are late only one by one."""
    number, time = after
    for later in range(number + 1, number + 1 + _LOOK):
        try:
            next_time = read(later)
        except IndexError:
            break
        if next_time is not None:
            if next_time > before[1] - _STEADY:
                return None
            break
    if not _may(before[1]):
        return None
    return Fall(number, time - _STEADY, before[1])
