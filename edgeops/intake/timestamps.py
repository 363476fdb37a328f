"""Time stamps: what they look like, and what time they mean.

A stamp that leaves out its year, date or zone is completed by the source's `Clock`, which says that it inferred; it says
so too of a zone's name that means different zones in different countries (CST, IST, BST).
Shapes read: ISO and its cousins (`2024-05-01T10:00:00.123Z`, `2024/05/01 10:00:00,123`, `20240501 10:00:00`), syslog
(`May  1 10:00:00`, with or without a year), ctime, common log (`01/May/2024:10:00:00 +0200`), `05/01/2024 10:00:00 PM`,
`24/05/01 10:00:00`, `240501 100000`, `05-01 10:00:00.123`, klog (`0501 10:00:00.123456`), epoch seconds to nanoseconds,
and a bare time of day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache

_MONTHS = {name: i for i, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
# Minutes ahead of UTC.
_ZONES = {
    **dict.fromkeys((b"Z", b"UTC", b"GMT", b"WET"), 0),
    **{
        name: 60 * hours
        for name, hours in {
            **{b"AKST": -9, b"AKDT": -8, b"PST": -8, b"PDT": -7, b"MST": -7, b"MDT": -6, b"CST": -6, b"CDT": -5},
            **{b"EST": -5, b"EDT": -4, b"BST": 1, b"WEST": 1, b"CET": 1, b"CEST": 2, b"SAST": 2, b"EET": 2, b"EEST": 3},
            **{b"MSK": 3, b"HKT": 8, b"SGT": 8, b"AWST": 8, b"JST": 9, b"KST": 9, b"AEST": 10, b"AEDT": 11},
            **{b"NZST": 12, b"NZDT": 13},
        }.items()
    },
    **{b"IST": 330, b"ACST": 570, b"ACDT": 630},
}
# Central and China, India and Israel and Ireland, Britain and Bangladesh: stated, and yet a guess.
_AMBIGUOUS = frozenset((b"CST", b"IST", b"BST"))

_MON = rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_WEEKDAY = rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?"
_TIME = rb"([ \d]?\d):(\d\d):(\d\d)(?:[.,:](\d{1,9}))?(?: ?([AP]M)\b)?"
_ZONE = rb"(?: ?(Z\b|[+-]\d\d:?\d\d\b|" + rb"\b|".join(_ZONES) + rb"\b))?"

# Each family's groups, in the order of its text; `_READERS` says what they mean.
_FAMILIES: dict[str, bytes] = {
    "iso": rb"((?:19|20)\d\d)[-/.](\d\d)[-/.](\d\d)[T _-]([ \d]?\d)[:.](\d\d)[:.](\d\d)(?:[.,:](\d{1,9}))?" + _ZONE,
    "basic": rb"((?:19|20)\d\d)(\d\d)(\d\d)[T _-]?(\d\d|\d(?=:)):?(\d\d|\d(?=:)):?(\d{1,2})(?:[.,:](\d{1,9}))?" + _ZONE,
    "month": _WEEKDAY + _MON + rb"[ -]([ \d]?\d),? (?:(\d{4}) )?" + _TIME + _ZONE + rb"(?: ((?:19|20)\d\d)\b)?",
    "day": _WEEKDAY + rb"(\d{1,2})[ /-]" + _MON + rb"(?:[ /-]((?:\d\d){1,2}))?[ :T]" + _TIME + _ZONE,
    "slash": rb"(\d{1,2})/(\d{1,2})/((?:\d\d){1,2}),? " + _TIME + _ZONE,
    "compact": rb"(\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01]) ([ \d]\d):?(\d\d):?(\d\d)(?:[.,](\d{1,9}))?",
    "dated": rb"(0[1-9]|1[0-2])[-.]([0-2]\d|3[01])[ T](\d\d):(\d\d):(\d\d)(?:[.,:](\d{1,9}))?",
    "klog": rb"(0[1-9]|1[0-2])([0-2]\d|3[01]) (\d\d):(\d\d):(\d\d)\.(\d{1,9})",
    "epoch": rb"(1\d{9})(\d{9}|\d{6}|\d{3})?(?:\.(\d{1,9}))?",
    "clock": rb"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:[.,](\d{1,9}))?",
}
# Too like other numbers to be looked for in a line.
_RELATIVE = {"boot": rb"\[ *(\d{1,9})\.(\d{2,9})\]"}
_GROUP = re.compile(rb"(?<!\\)\((?!\?)")
STAMP = b"(?:" + b"|".join(_GROUP.sub(b"(?:", pattern) for pattern in _FAMILIES.values()) + b")"
"""Any stamp, as an expression over bytes without groups."""


@cache
def _whole(family: str) -> re.Pattern[bytes]:
    """The family's expression for a whole stamp, compiled on first use."""
    return re.compile((_FAMILIES | _RELATIVE)[family] + rb"\Z")


_DAY, _SEASON = timedelta(days=1), timedelta(days=100)
# A year beside either end of the calendar: a time in it could be neither compared across zones nor added to.
_SOUND = (datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC))

Groups = tuple[bytes | None, ...]


class Clock:
    """Reads the stamps of one source.

    mtime is when the source was last written, end the time of its last line where that is known: a stamp without a
    year is the latest such date that is not after the end. Without an end, it is the nearest to the stamp read before.
    zone is that of stamps that state none.

    Who knows more sets near, the times between which the next stamp lies in all likelihood, and boot, when the machine
    that wrote it was started. lacks says what the last stamp left out: `year`, `day` (all but the time of day) or nothing.
    """

    def __init__(self, mtime: datetime, end: datetime | None = None, zone: tzinfo = UTC) -> None:
        self._mtime, self._end, self.zone = mtime.astimezone(zone), end, zone
        self.near: tuple[datetime, datetime] | None = None
        self.boot: tuple[datetime, bool] | None = None
        self.lacks = ""
        self._before: datetime | None = None
        self._family = "iso"

    def read(self, stamp: bytes) -> tuple[datetime | None, bool]:
        """The time, and whether year, date or zone was inferred; (None, False) when it is no time. Never raises."""
        for family in (self._family, *_READERS):
            if (found := _whole(family).match(stamp)) is not None:
                self.lacks = ""
                try:
                    time, inferred = _READERS[family](self, found.groups())
                except (ValueError, OverflowError):
                    return None, False
                if not _SOUND[0] <= time <= _SOUND[1]:
                    return None, False
                self._family, self._before = family, time
                return time, inferred
        return None, False

    def _iso(self, groups: Groups) -> tuple[datetime, bool]:
        year, month, day, *clock, zone = groups
        return self._moment(_int(year), _int(month), _int(day), clock, zone)

    def _month_first(self, groups: Groups) -> tuple[datetime, bool]:
        month, day, early, *clock, zone, late = groups
        return self._named(month, day, early or late, clock, zone)

    def _day_first(self, groups: Groups) -> tuple[datetime, bool]:
        day, month, year, *clock, zone = groups
        return self._named(month, day, year, clock, zone)

    def _named(
        self, month: bytes | None, day: bytes | None, year: bytes | None, clock: list[bytes | None], zone: bytes | None
    ) -> tuple[datetime, bool]:
        number, clock = _MONTHS[(month or b"").lower()], _of_24_hours(clock)
        if year is None:
            return self._yearless(number, _int(day), clock, zone)
        return self._moment(_year(year), number, _int(day), clock, zone)

    def _slash(self, groups: Groups) -> tuple[datetime, bool]:
        """Which of `a/b/c` is the year, month and day: the order that is a date and ends nearest before the end.

        Who writes the hour with AM or PM writes the month first.
        """
        a, b, c, *of_day, zone = groups
        clock = _of_24_hours(of_day)
        orders = ((c, a, b), (c, b, a)) if len(c or b"") == 4 else ((a, b, c), (c, a, b), (c, b, a))
        if of_day[-1] and (american := self._try(_year(c), _int(a), _int(b), clock, zone)):
            return american
        limit = (self._end or self._mtime) + _DAY
        readings = [
            r for r in (self._try(_year(y), _int(m), _int(d), clock, zone) for y, m, d in orders) if r is not None
        ]
        if not readings:
            raise ValueError
        return min(readings, key=lambda reading: (reading[0] > limit, abs(limit - reading[0])))

    def _compact(self, groups: Groups) -> tuple[datetime, bool]:
        year, month, day, *clock = groups
        return self._moment(_year(year), _int(month), _int(day), clock, None)

    def _dated(self, groups: Groups) -> tuple[datetime, bool]:
        month, day, *clock = groups
        return self._yearless(_int(month), _int(day), clock, None)

    def _epoch(self, groups: Groups) -> tuple[datetime, bool]:
        seconds, rest, fraction = groups
        spare = timedelta(microseconds=_microseconds((rest or b"") + (fraction or b"")))
        return datetime.fromtimestamp(_int(seconds), UTC) + spare, False

    def _of_day(self, groups: Groups) -> tuple[datetime, bool]:
        self.lacks = "day"
        if self.near is None:
            day = self._before or self._end or self._mtime
            return self._moment(day.year, day.month, day.day, list(groups), None)[0], True
        days = {day + step for day, step in zip(self.near, (-_DAY, _DAY), strict=True)} | {*self.near}
        found = [self._moment(day.year, day.month, day.day, list(groups), None)[0] for day in days]
        return self._nearest(found), True

    def _since_boot(self, groups: Groups) -> tuple[datetime, bool]:
        if self.boot is None:
            raise ValueError
        seconds, fraction = groups
        started, stated = self.boot
        return started + timedelta(seconds=_int(seconds), microseconds=_microseconds(fraction)), not stated

    def _yearless(self, month: int, day: int, clock: list[bytes | None], zone: bytes | None) -> tuple[datetime, bool]:
        self.lacks = "year"
        near = self._end or self._before or self._mtime
        if self.near is not None or (self._end is None and self._before is not None):
            low, high = self.near or (near, near)
            first = self._try(low.year, month, day, clock, zone)
            if first is not None and high - low <= _SEASON and low - _SEASON <= first[0] <= high + _SEASON:
                return first[0], True  # no other year's is as near
            # A 29th of February is years from the next.
            around = 4 if (month, day) == (2, 29) else 1
            years = range(low.year - around, high.year + around + 1)
            found = [time for year in years if (time := self._try(year, month, day, clock, zone)) is not None]
            return self._nearest([time for time, _ in found], (low, high)), True
        for year in range(near.year + 1, near.year - 9, -1):
            reading = self._try(year, month, day, clock, zone)
            if reading is not None and reading[0] <= near + _DAY:
                return reading[0], True
        raise ValueError

    def _nearest(self, times: Sequence[datetime], near: tuple[datetime, datetime] | None = None) -> datetime:
        """The time that is least far from where it should lie. Raises ValueError when there is none."""
        low, high = near or self.near or (self._mtime, self._mtime)
        return min(times, key=lambda time: max(low - time, time - high, timedelta()))

    def _moment(
        self, year: int, month: int, day: int, clock: list[bytes | None], zone: bytes | None
    ) -> tuple[datetime, bool]:
        """The time of clock = (hour, minute, second, fraction); inferred when no sure zone is given. Raises ValueError."""
        hour, minute, second, fraction = clock
        leap, named = _int(second) == 60, self.zone if zone is None else _zone(zone)
        time = datetime(
            year, month, day, _int(hour), _int(minute), 59 if leap else _int(second), _microseconds(fraction), named
        )
        sure = zone is not None
        if zone is None and self.zone is not UTC:
            # With its offset alone: times of one zone are compared by what clocks show, which is wrong across a change.
            time = time.replace(tzinfo=_fixed(time.utcoffset()))
        if zone in _AMBIGUOUS:
            here = time.replace(tzinfo=self.zone)
            # The configured zone knows what people there mean by the name.
            sure = here.tzname() == (zone or b"").decode()
            time = here.replace(tzinfo=_fixed(here.utcoffset())) if sure else time
        return (time + timedelta(seconds=1) if leap else time), not sure

    def _try(
        self, year: int, month: int, day: int, clock: list[bytes | None], zone: bytes | None
    ) -> tuple[datetime, bool] | None:
        try:
            return self._moment(year, month, day, clock, zone)
        except ValueError:
            return None


_READERS: dict[str, Callable[[Clock, Groups], tuple[datetime, bool]]] = {
    "iso": Clock._iso,
    "basic": Clock._iso,
    "month": Clock._month_first,
    "day": Clock._day_first,
    "slash": Clock._slash,
    "compact": Clock._compact,
    "dated": Clock._dated,
    "klog": Clock._dated,
    "epoch": Clock._epoch,
    "clock": Clock._of_day,
    "boot": Clock._since_boot,
}


def _int(text: bytes | None) -> int:
    return int(text or b"0")


def _year(text: bytes | None) -> int:
    """A year given in four digits, or in the two that mean 1970 to 2069."""
    year = _int(text)
    return year if len(text or b"") > 2 else year + (1900 if year >= 70 else 2000)


def _microseconds(fraction: bytes | None) -> int:
    return int((fraction or b"0")[:6].ljust(6, b"0"))


def _of_24_hours(clock: list[bytes | None]) -> list[bytes | None]:
    """(hour, minute, second, fraction) without the AM or PM that follows them."""
    hour, *rest, half = clock
    if half is not None:
        hour = b"%d" % (_int(hour) % 12 + (12 if half == b"PM" else 0))
    return [hour, *rest]


@cache
def _fixed(offset: timedelta | None) -> timezone:
    return timezone(offset or timedelta())


@cache
def _zone(zone: bytes) -> timezone:
    if zone in (b"Z", b"UTC", b"GMT"):
        return UTC
    if zone[:1] in b"+-":
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        return timezone(timedelta(minutes=-minutes if zone[:1] == b"-" else minutes))
    return timezone(timedelta(minutes=_ZONES[zone]))
