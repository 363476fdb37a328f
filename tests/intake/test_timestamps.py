"""Stamps of all shapes become aware times; what they leave out is completed and said to be."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.errors import UsageError
from edgeops.intake.timestamps import STAMP, Clock
from edgeops.intake.zones import zone_of

MTIME = datetime(2024, 6, 1, 12, tzinfo=UTC)
MAY = "2024-05-01T10:00:00"

EXACT = {
    "2024-05-01T10:00:00Z": f"{MAY}+00:00",
    "2024-05-01T10:00:00.123Z": f"{MAY}.123000+00:00",
    "2024-05-01T12:00:00+02:00": f"{MAY}+00:00",
    "2024-05-01T12:00:00.5+0200": f"{MAY}.500000+00:00",
    "2024-05-01 10:00:00 UTC": f"{MAY}+00:00",
    "2024-05-01 12:00:00,123 CEST": f"{MAY}.123000+00:00",
    "2024/05/01 05:00:00 -05:00": f"{MAY}+00:00",
    "20240501T100000Z": f"{MAY}+00:00",
    "Wed May  1 03:00:00 PDT 2024": f"{MAY}+00:00",
    "01/May/2024:12:00:00 +0200": f"{MAY}+00:00",
    "May 1, 2024 10:00:00 AM UTC": f"{MAY}+00:00",
    "1714557600": f"{MAY}+00:00",
    "1714557600123": f"{MAY}.123000+00:00",
    "1714557600123456": f"{MAY}.123456+00:00",
    "1714557600123456789": f"{MAY}.123456+00:00",
    "1714557600.25": f"{MAY}.250000+00:00",
    "1714557600123.456": f"{MAY}.123456+00:00",
}
INFERRED = {
    "2024-05-01 10:00:00": MAY,
    "2024-05-01 10:00:00,123": f"{MAY}.123000",
    "2024-05-01-10.00.00.308319": f"{MAY}.308319",
    "2024.05.01 10:00:00": MAY,
    "20240501 10:00:00.123": f"{MAY}.123000",
    "May  1 10:00:00": MAY,
    "May 01 10:00:00.123456": f"{MAY}.123456",
    "May  1 2024 10:00:00": MAY,
    "Wed May 01 10:00:00.123456 2024": f"{MAY}.123456",
    "1 May 2024 10:00:00.123": f"{MAY}.123000",
    "01-May-2024 10:00:00.123": f"{MAY}.123000",
    "05/01/2024 10:00:00 AM": MAY,
    "25/04/2024 22:00:00": "2024-04-25T22:00:00",
    "24/05/01 10:00:00": MAY,
    "240501 100000": MAY,
    "240501 10:00:00": MAY,
    "05-01 10:00:00.123": f"{MAY}.123000",
    "05.01 10:00:00": MAY,
    "0501 10:00:00.123456": f"{MAY}.123456",
    "20240501 10:00:00.123456": f"{MAY}.123456",
    "10:00:00,123": "2024-06-01T10:00:00.123000",
    "2016-12-31 23:59:60": "2017-01-01T00:00:00",
}


@pytest.mark.parametrize(("stamp", "expected"), EXACT.items())
def test_a_stamp_with_its_zone_is_exact(stamp: str, expected: str) -> None:
    time, inferred = Clock(MTIME).read(stamp.encode())
    assert time is not None
    if expected.endswith(".250000+00:00"):
        assert abs(time - datetime.fromisoformat(expected)) < timedelta(milliseconds=1)
    assert (time.astimezone(UTC).isoformat(), inferred) == (expected, False)


@pytest.mark.parametrize(("stamp", "expected"), INFERRED.items())
def test_a_stamp_that_leaves_something_out_is_inferred(stamp: str, expected: str) -> None:
    time, inferred = Clock(MTIME).read(stamp.encode())
    assert time is not None
    assert (time.isoformat(), inferred) == (f"{expected}+00:00", True)


@pytest.mark.parametrize("stamp", [*EXACT, *INFERRED])
def test_every_stamp_is_found_in_a_line(stamp: str) -> None:
    found = re.compile(b"(?>" + STAMP + rb")(?!\w)").match(stamp.encode() + b" host app: x")
    assert found is not None
    assert found[0] == stamp.encode()


@pytest.mark.parametrize(
    "stamp", ["Feb 30 10:00:00", "2024-02-30 10:00:00", "2024-13-01T10:00:00Z", "2024-05-01 25:00:00", "", "yesterday"]
)
def test_an_impossible_stamp_is_no_time(stamp: str) -> None:
    assert Clock(MTIME).read(stamp.encode()) == (None, False)


@given(st.binary(max_size=40) | st.from_regex(re.compile(STAMP), fullmatch=True))
def test_no_stamp_raises(stamp: bytes) -> None:
    time, _ = Clock(MTIME, end=MTIME).read(stamp)
    assert time is None or time.tzinfo is not None


def years(clock: Clock, *stamps: str) -> list[int]:
    return [time.year for stamp in stamps if (time := clock.read(stamp.encode())[0])]


def test_a_month_that_is_yet_to_come_was_last_year() -> None:
    assert years(Clock(MTIME), "Dec 31 23:59:59", "Jan  1 00:00:01") == [2023, 2024]


def test_a_log_copied_much_later_keeps_its_order_across_new_year() -> None:
    copied = Clock(datetime(2025, 12, 31, tzinfo=UTC), end=datetime(2025, 1, 5, tzinfo=UTC))
    assert years(copied, "Dec 10 10:00:00", "Jan  5 00:00:00") == [2024, 2025]


def test_without_an_end_the_nearest_year_is_taken() -> None:
    assert years(Clock(datetime(2025, 12, 31, tzinfo=UTC)), "Dec 10 10:00:00", "Jan  5 00:00:00") == [2025, 2026]


@pytest.mark.parametrize("apart", [0, 1, 99, 101, 150, 364, 500])
def test_the_year_is_that_which_lies_nearest_to_the_lines_around(apart: int) -> None:
    for day in range(0, 800, 13):
        low = datetime(2023, 5, 1, tzinfo=UTC) + timedelta(days=day)
        clock = Clock(low)
        clock.near = (low, low + timedelta(days=apart))
        for month in range(1, 13):
            time, inferred = clock.read(b"2020-%02d-10 08:00:00" % month)
            assert time is not None
            around = [time.replace(year=year) for year in range(2021, 2029)]
            found, inferred = clock.read(f"{time:%b %e %H:%M:%S}".encode())
            assert inferred
            assert found in around
            distance = [max(low - one, one - clock.near[1], timedelta()) for one in (found, *around)]
            assert distance[0] == min(distance)


def test_the_29th_of_february_lies_in_a_leap_year() -> None:
    assert years(Clock(datetime(2026, 6, 1, tzinfo=UTC)), "Feb 29 10:00:00") == [2024]


def test_a_time_of_day_belongs_to_the_day_before_it() -> None:
    clock = Clock(MTIME)
    clock.read(b"2024-05-01 09:00:00")
    assert clock.read(b"10:00:00")[0] == datetime(2024, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("stamp", [b"Dec 31 9999 23:59:59", b"31/Dec/9999:23:59:59 -0200"])
def test_a_time_at_the_end_of_the_calendar_is_none_since_nothing_could_be_added_to_it(stamp: bytes) -> None:
    assert Clock(MTIME).read(stamp) == (None, False)
    assert Clock(MTIME, MTIME).read(stamp) == (None, False)


# ---------------------------------------------------------------- zones


@pytest.mark.parametrize(
    ("zone", "stamp", "expected", "inferred"),
    [
        ("Europe/Berlin", "2024-05-01 12:00:00", f"{MAY}+00:00", True),
        ("Europe/Berlin", "May  1 12:00:00", f"{MAY}+00:00", True),
        ("Europe/Berlin", "2024-05-01 10:00:00 UTC", f"{MAY}+00:00", False),
        ("+0530", "2024-05-01 15:30:00", f"{MAY}+00:00", True),
        ("UTC", "2024-05-01 04:00:00 CST", f"{MAY}+00:00", True),
        ("Asia/Shanghai", "2024-05-01 18:00:00 CST", f"{MAY}+00:00", False),
        ("UTC", "2024-05-01 15:30:00 IST", f"{MAY}+00:00", True),
        ("Asia/Kolkata", "2024-05-01 15:30:00 IST", f"{MAY}+00:00", False),
        ("UTC", "2024-05-01 06:00:00 EDT", f"{MAY}+00:00", False),
        ("UTC", "2024-05-01 10:00:00 GMT", f"{MAY}+00:00", False),
    ],
)
def test_the_zone_of_a_stamp_is_that_stated_or_the_configured_one(
    zone: str, stamp: str, expected: str, inferred: bool
) -> None:
    time, guessed = Clock(MTIME, zone=zone_of(zone, {})).read(stamp.encode())
    assert time is not None
    assert (time.astimezone(UTC).isoformat(), guessed) == (expected, inferred)


@pytest.mark.parametrize("name", ["Europe/Berlinn", "../etc/passwd", "", "/etc", "America", "+25:00", "a\0b"])
def test_a_zone_that_does_not_exist_is_told(name: str) -> None:
    with pytest.raises(UsageError, match=r"^intake\.zone is .*\.$"):
        zone_of(name, {})


def test_the_zone_of_this_machine_is_that_of_its_clock_or_of_tz(tmp_path: Path) -> None:
    here = tmp_path / "localtime"
    here.symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    assert str(zone_of("local", {}, here)) == "Asia/Tokyo"
    assert str(zone_of("local", {"TZ": ":Europe/Berlin"}, here)) == "Europe/Berlin"
    assert zone_of("local", {}, tmp_path / "absent") is UTC
    here.unlink()
    here.write_bytes(Path("/usr/share/zoneinfo/Asia/Tokyo").read_bytes())
    assert zone_of("local", {}, here).utcoffset(MTIME) == timedelta(hours=9)
