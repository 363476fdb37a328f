"""The time of a line at a glance: its first stamp, without parsing the line.

Whether that is the line's own time depends on its shape; whoever reads by glance compares once for each shape.
"""

from __future__ import annotations

import re
from datetime import datetime

from edgeops.hooks import Clock
from edgeops.intake.timestamps import STAMP

_FAR = 200
_MOST_KEPT = 4096
_EPOCH, _LEADS = 10, (b"1", b" 1")
_DATED = 8
_STAMP = re.compile(rb"(?<![\w.])(?>" + STAMP + rb")")
# Which day a mere time of day is of depends on what was read before it, and glances jump about.
_OF_DAY = re.compile(rb"[\d:.,]{0,18}+\Z")
_SECONDS = re.compile(rb"(?:(?<=[ T_:-][ \d]\d[:.]\d\d)[:.]|(?<=\d[ T_-]\d\d\d\d))[0-6]\d(?:[.,:]\d{1,9})?(?!\d)")
_ONCE, _UNEVEN = -2, -1


class Glance:
    """Reads the stamps of one source; it remembers which minutes stamps mean and where the last one stood, as lines nearby share both."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minutes: dict[bytes, int] = {}
        self._hours: dict[bytes, int] = {}
        self._known: dict[bytes, int] = {}
        self._place = (0, 0, 0, 0)
        self._tail = b""
        self._epoch = (0, 0, 0)

    def time(self, raw: bytes) -> datetime | None:
        """The time that the first stamp in the line means; None where there is none near its beginning, or it tells no date."""
        found = _STAMP.search(raw, 0, _FAR)
        return self._read(found[0]) if found else None

    def minute(self, raw: bytes) -> int:
        """The same in whole minutes since 1970; -1 for none."""
        begin, seconds, after, end = self._place
        known = self._known.get(raw[begin:seconds])
        if known is not None and raw[after:end] == self._tail:
            return known
        lead, begin, end = self._epoch
        if end and raw[end : end + 1] == b" " and raw[lead : begin + 1] in _LEADS and raw[begin:end].isdigit():
            return int(raw[begin:end]) // 60
        found = _STAMP.search(raw, 0, _FAR)
        if found is None:
            return -1
        stamp, begin = found[0], found.start()
        if len(stamp) == _EPOCH and stamp.isdigit():
            self._epoch = max(0, begin - 1), begin, found.end()
            return int(stamp) // 60
        split = _SECONDS.search(stamp)
        if split is None:
            return self._minute(stamp, stamp)
        minute = self._in_hour(stamp, *split.span())
        if split.start() > _DATED and minute >= 0:
            self._stood((begin, begin + split.start(), begin + split.end(), found.end() + 1), raw, minute)
        return minute

    def _stood(self, place: tuple[int, int, int, int], raw: bytes, minute: int) -> None:
        """Where the stamp of this minute stood: from where to its seconds, and from behind them to the character after it."""
        begin, seconds, after, end = place
        tail = raw[after:end]
        if (place, tail) != (self._place, self._tail):
            self._known.clear()
            self._place, self._tail = place, tail
        self._known[raw[begin:seconds]] = minute

    def _in_hour(self, stamp: bytes, seconds: int, after: int) -> int:
        """The minute of a stamp with seconds from here to there; where its hour is even, it is counted from the hour's first."""
        key, hour, within = (
            stamp[:seconds] + stamp[after:],
            stamp[: seconds - 2] + stamp[after:],
            stamp[seconds - 2 : seconds],
        )
        first = self._hours.get(hour)
        if first is None:
            self._hours[hour] = _ONCE
        elif first == _ONCE:
            first = self._hours[hour] = self._first(stamp, seconds)
        return first + int(within) if first is not None and first >= 0 else self._minute(key, stamp)

    def _first(self, stamp: bytes, seconds: int) -> int:
        """The first minute of the stamp's hour, unless clocks are put forward or back in it."""
        ends = [self._read(stamp[: seconds - 2] + minute + stamp[seconds:]) for minute in (b"00", b"59")]
        first, last = (int(time.timestamp() // 60) if time else _UNEVEN for time in ends)
        return first if first >= 0 and last - first == 59 else _UNEVEN

    def _minute(self, key: bytes, stamp: bytes) -> int:
        """The minute of a stamp; key is the stamp without its seconds."""
        minute = self._minutes.get(key)
        if minute is None:
            if len(self._minutes) >= _MOST_KEPT:
                self.forget()
            time = self._read(stamp)
            minute = self._minutes[key] = int(time.timestamp() // 60) if time else -1
        return minute

    def forget(self) -> None:
        """Other lines come: what a stamp without a year means hangs on the lines around it."""
        self._minutes.clear()
        self._hours.clear()
        self._known.clear()

    def _read(self, stamp: bytes) -> datetime | None:
        if b":" in stamp and _OF_DAY.match(stamp):
            return None
        return self._clock.read(stamp)[0]
