"""The first stamp of a line, read without parsing the line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from edgeops.intake.glance import Glance
from edgeops.intake.timestamps import Clock

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        b"2026-05-01T12:00:00Z host app[7]: 2020-01-01T00:00:00Z is when it began",
        b"May  1 12:00:00 host app[7]: all is well",
        b'10.0.0.1 - - [01/May/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 1',
        b"- 1777636800 node7 all is well",
    ],
)
def test_the_first_stamp_is_the_time(raw: bytes) -> None:
    assert Glance(Clock(NOON, end=NOON)).time(raw) == NOON


@pytest.mark.parametrize(
    "raw", [b"", b"all is well", b"12:00:00.123 all is well", b"\x00\xff" * 500, b"x" * 300 + b" 2026-05-01T12:00:00Z"]
)
def test_a_line_whose_beginning_tells_no_date_has_no_time(raw: bytes) -> None:
    look = Glance(Clock(NOON))
    assert (look.time(raw), look.minute(raw)) == (None, -1)


def test_lines_of_one_minute_share_its_number_whatever_their_seconds() -> None:
    look = Glance(Clock(NOON))
    noon = int(NOON.timestamp()) // 60
    stamps = ("2026-05-01T12:00:07Z", "2026-05-01T12:00:59.123Z", "2026-05-01T14:00:30+02:00", "2026-05-01T12:01:00Z")
    assert [look.minute(f"{stamp} all is well".encode()) - noon for stamp in stamps] == [0, 0, 0, 1]


def test_the_minutes_remembered_are_bounded() -> None:
    look = Glance(Clock(NOON))
    for second in range(10_000):
        assert look.minute(b"%d all is well" % (1_777_636_800 + 61 * second)) > 0
    assert len(look._minutes) <= 4096


def test_a_stamp_without_a_year_is_read_anew_among_other_lines() -> None:
    clock = Clock(NOON)
    look, raw = Glance(clock), b"May  1 12:00:07 host app[7]: all is well"
    before = look.minute(raw)
    clock.near = (NOON.replace(year=2021), NOON.replace(year=2021))
    assert look.minute(raw) == before
    look.forget()
    assert look.minute(raw) == int(NOON.replace(year=2021).timestamp()) // 60


@pytest.mark.parametrize(
    "form",
    [
        "%s",
        "%y%m%d %H%M%S",
        "%Y%m%dT%H%M%SZ",
        "%m-%d %H:%M:%S.25",
        "%d/%b/%Y:%H:%M:%S +0000",
        "%d/%b/%Y:%I:%M:%S %p",
        "%b %e %H:%M:%S",
    ],
)
def test_minutes_are_those_of_the_parsed_stamps_hour_after_hour(form: str) -> None:
    look = Glance(Clock(NOON, end=NOON + timedelta(days=1)))
    for minute in (0, 1, 2, 59, 60, 61, 119, 120, 150, 3, 700):
        for head in ("", "- ", "x", "a b "):
            raw = f"{head}{NOON + timedelta(minutes=minute, seconds=7):{form}} all is well".encode()
            time = look.time(raw)
            assert look.minute(raw) == (int(time.timestamp()) // 60 if time else -1)


def test_an_hour_in_which_clocks_are_put_forward_is_read_minute_by_minute() -> None:
    island = ZoneInfo("Australia/Lord_Howe")
    look = Glance(Clock(NOON, zone=island))
    for hour, minute in ((1, 58), (1, 59), (2, 30), (2, 31), (2, 5), (2, 59), (3, 0)):
        time = datetime(2025, 10, 5, hour, minute, tzinfo=island)
        assert look.minute(f"2025-10-05 {hour:02}:{minute:02}:00 a".encode()) == int(time.timestamp()) // 60


def test_an_hour_of_minutes_is_read_by_its_ends() -> None:
    class Counting(Clock):
        asked = 0

        def read(self, stamp: bytes) -> tuple[datetime | None, bool]:
            self.asked += 1
            return super().read(stamp)

    clock = Counting(NOON)
    look = Glance(clock)
    assert (
        len({look.minute(f"{NOON + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%S} a".encode()) for minute in range(60)})
        == 60
    )
    assert clock.asked == 3


@pytest.mark.parametrize("tail", ["Z a", " a", ".5 a", "+02:00 a", "] a", ",123Z a"])
def test_a_minute_read_by_its_place_is_that_of_the_parsed_stamp(tail: str) -> None:
    look = Glance(Clock(NOON))
    for head in ("", "[", "node7 ", "", "[", ""):
        for second in range(0, 400, 7):
            raw = f"{head}{NOON + timedelta(seconds=second):%Y-%m-%dT%H:%M:%S}{tail}".encode()
            time = look.time(raw)
            assert time is not None
            assert look.minute(raw) == int(time.timestamp()) // 60


def test_lines_of_two_zones_are_told_apart() -> None:
    look = Glance(Clock(NOON))
    utc, east = b"2026-05-01T12:00:07Z a", b"2026-05-01T12:00:07+02:00 a"
    assert {look.minute(utc) - look.minute(east) for _ in range(5)} == {120}
