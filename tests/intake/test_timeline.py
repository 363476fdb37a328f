"""Times that stamps leave out, or get wrong, are made out from the lines around; and what was made out is said to be."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edgeops.detect.roots import order_key
from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.records import Event

from .opened import FORMATS, events_of, written

START = datetime(2023, 12, 30, 12, tzinfo=UTC)


def read(path: Path, mtime: datetime | None = None, zone: str = "UTC") -> tuple[list[Event], list[str]]:
    if mtime:
        os.utime(path, (mtime.timestamp(), mtime.timestamp()))
    reader = open_reader(str(path), formats=FORMATS, zone=ZoneInfo(zone) if zone != "UTC" else UTC)
    assert isinstance(reader, LogReader), reader
    return events_of(reader), reader.notes


def piped(text: bytes, now: datetime) -> list[Event]:
    reader = open_reader("-", formats=FORMATS, stdin=BytesIO(text), now=now)
    assert isinstance(reader, LogReader)
    return events_of(reader)


def syslog(times: list[datetime]) -> bytes:
    return b"".join(f"{time:%b %e %H:%M:%S} web1 app[7]: step\n".encode() for time in times)


def iso(times: list[datetime], zone: str = "") -> bytes:
    return b"".join(f"{time:%Y-%m-%d %H:%M:%S}{zone} INFO shop.cart: step\n".encode() for time in times)


def steps(start: datetime, step: timedelta, count: int) -> list[datetime]:
    return [start + n * step for n in range(count)]


# ---------------------------------------------------------------- years and days


@pytest.mark.parametrize("order", [1, -1], ids=["oldest first", "newest first"])
@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=200)], ids=["fresh", "copied later"])
@pytest.mark.parametrize(
    ("start", "step", "count"),
    [
        (START, timedelta(minutes=1), 5000),
        (START, timedelta(hours=9), 1500),
        (START, timedelta(days=1), 1200),
        (datetime(2024, 2, 28, tzinfo=UTC), timedelta(hours=1), 60),
        (datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC), timedelta(seconds=1), 3),
    ],
    ids=["days", "a year and a half", "three years", "leap day", "three lines"],
)
def test_years_follow_from_the_end_and_the_order(
    tmp_path: Path, start: datetime, step: timedelta, count: int, later: timedelta, order: int
) -> None:
    times = steps(start, step, count)
    events, _ = read(written(tmp_path / "a.log", syslog(times[::order])), times[-1] + later)
    assert [event.time for event in events] == times[::order]
    assert all(event.time_inferred for event in events)


@pytest.mark.parametrize("packed", [False, True])
def test_years_of_a_stream_follow_from_its_order(packed: bool) -> None:
    times = steps(START - timedelta(days=20), timedelta(hours=5), 1500)
    text = syslog(times)
    events = piped(gzip.compress(text) if packed else text, times[-1])
    assert [event.time for event in events] == times


def test_lines_out_of_order_around_new_year_keep_their_year(tmp_path: Path) -> None:
    times = steps(START, timedelta(minutes=30), 200)
    times[72:76] = reversed(times[72:76])
    events, _ = read(written(tmp_path / "a.log", syslog(times)), times[-1])
    assert [event.time for event in events] == times


@pytest.mark.parametrize("order", [1, -1])
def test_days_follow_from_the_end_and_the_order(tmp_path: Path, order: int) -> None:
    times = steps(START, timedelta(minutes=7), 700)
    text = b"".join(f"{time:%H:%M:%S}.123 INFO shop.cart: step\n".encode() for time in times[::order])
    events, _ = read(written(tmp_path / "a.log", text), times[-1] + timedelta(seconds=30))
    assert [event.time and event.time.replace(microsecond=0) for event in events] == times[::order]
    assert all(event.time_inferred for event in events)


# ---------------------------------------------------------------- doubtful stamps


@pytest.mark.parametrize(
    "wrong", ["2042-05-01 10:00:00", "2023-12-01 10:00:00", "1970-01-01 00:00:07", "2024-03-01 10:00:00"]
)
def test_a_stamp_that_contradicts_the_lines_around_it_does_not_count(tmp_path: Path, wrong: str) -> None:
    times = steps(datetime(2024, 1, 5, tzinfo=UTC), timedelta(minutes=1), 900)
    lines = iso(times, " UTC").splitlines(keepends=True)
    lines.insert(500, f"{wrong} UTC ERROR shop.cart: lost\n".encode())
    events, _ = read(written(tmp_path / "a.log", b"".join(lines)), times[-1])
    doubtful = events[500]
    assert (doubtful.time, doubtful.time_inferred) == (times[499], True)
    assert [event.time for event in events[:500] + events[501:]] == times
    assert not any(event.time_inferred for event in events[:500] + events[501:])
    assert sorted(events, key=order_key) == events


def test_a_clock_that_was_not_set_yet_is_placed_by_the_lines_around_it(tmp_path: Path) -> None:
    times = steps(datetime(2024, 1, 5, tzinfo=UTC), timedelta(minutes=1), 900)
    unset = steps(datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1), 15)
    for at in (0, 450):
        events, _ = read(written(tmp_path / "a.log", iso(times[:at] + unset + times[at:], " UTC")), times[-1])
        assert {event.time for event in events[at : at + 15]} == {times[max(0, at - 1)]}
        assert sorted(events, key=order_key) == events


def test_files_put_together_keep_their_times(tmp_path: Path) -> None:
    times = [
        *steps(datetime(2024, 3, 5, tzinfo=UTC), timedelta(minutes=1), 300),
        *steps(datetime(2024, 1, 5, tzinfo=UTC), timedelta(minutes=1), 300),
        *steps(datetime(2024, 2, 5, tzinfo=UTC), timedelta(minutes=1), 300),
    ]
    events, notes = read(written(tmp_path / "a.log", iso(times, " UTC")), times[299])
    assert [event.time for event in events] == times
    assert not any(event.time_inferred for event in events)
    assert notes == []


def test_a_whole_file_from_the_future_keeps_its_times(tmp_path: Path) -> None:
    times = steps(datetime(2030, 3, 5, tzinfo=UTC), timedelta(minutes=1), 300)
    events, _ = read(written(tmp_path / "a.log", iso(times, " UTC")), datetime(2024, 1, 1, tzinfo=UTC))
    assert [event.time for event in events] == times


def test_rare_lines_are_not_doubted_for_being_far_apart(tmp_path: Path) -> None:
    times = steps(datetime(2020, 3, 5, tzinfo=UTC), timedelta(days=40), 30)
    events, _ = read(written(tmp_path / "a.log", iso(times, " UTC")), times[-1])
    assert [event.time for event in events] == times


# ---------------------------------------------------------------- clocks put back

BERLIN = ZoneInfo("Europe/Berlin")
# At 3:00 of the 27th, summer time, it was 2:00.
NIGHT = datetime(2024, 10, 26, 22, tzinfo=UTC)


@pytest.mark.parametrize("step", [1, 10, 60, 600])
@pytest.mark.parametrize("written_as", [syslog, iso])
def test_in_a_zone_that_knows_the_change_both_hours_are_right(tmp_path: Path, step: int, written_as: object) -> None:
    times = steps(NIGHT, timedelta(seconds=step), 6 * 3600 // step)
    text = (syslog if written_as is syslog else iso)([time.astimezone(BERLIN) for time in times])
    events, notes = read(written(tmp_path / "a.log", text), times[-1], "Europe/Berlin")
    assert [event.time for event in events] == times
    assert notes == []


@pytest.mark.parametrize(("step", "days"), [(1, 0), (60, 0), (600, 3), (900, 200)])
def test_in_a_zone_that_does_not_lines_of_the_second_hour_keep_their_order(
    tmp_path: Path, step: int, days: int
) -> None:
    times = steps(NIGHT - timedelta(days=days), timedelta(seconds=step), (2 * days * 86400 + 6 * 3600) // step)
    text = iso([time.astimezone(BERLIN) for time in times])
    events, notes = read(written(tmp_path / "a.log", text), times[-1] + timedelta(hours=1))
    assert sorted(events, key=order_key) == events
    number = 1 + next(n for n, time in enumerate(times) if time >= NIGHT + timedelta(hours=3))
    assert notes == [
        f"at line {number} the clocks go back: the lines of the next hour stand in their order, without times of their "
        "own; set intake.zone to the log's time zone"
    ]
    assert all(event.time_inferred for event in events)


def test_lines_that_are_late_one_by_one_are_no_change_of_clocks(tmp_path: Path) -> None:
    times = steps(NIGHT, timedelta(seconds=10), 3000)
    late = [time - timedelta(hours=1) * (n % 7 == 0) for n, time in enumerate(times)]
    events, notes = read(written(tmp_path / "a.log", iso(late)), times[-1])
    assert [event.time for event in events] == late
    assert notes == []
