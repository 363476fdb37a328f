"""Lines that count their seconds from a boot get their times from what the kernel says, or from the file's own time."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from edgeops.intake import boots
from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.records import Event

from .opened import FORMATS, events_of, written

BOOT = datetime(2024, 5, 1, 10, tzinfo=UTC)
MTIME = datetime(2024, 5, 3, 12, tzinfo=UTC)
RTC = "rtc_cmos 00:04: setting system clock to 2024-05-01T10:00:01 UTC (1714557601)"


def ring(*messages: tuple[float, str]) -> bytes:
    return "".join(f"[{at:12.6f}] {message}\n" for at, message in messages).encode()


def filler(start: float, count: int, step: float = 0.01) -> list[tuple[float, str]]:
    return [(start + n * step, f"pci 0000:00:{n % 32:02x}.0: probed") for n in range(count)]


def read(path: Path, mtime: datetime = MTIME) -> list[Event]:
    os.utime(path, (mtime.timestamp(), mtime.timestamp()))
    reader = open_reader(str(path), formats=FORMATS)
    assert isinstance(reader, LogReader)
    return events_of(reader)


@pytest.mark.parametrize(
    "said",
    [
        RTC,
        "rtc_cmos 00:04: setting system clock to 2024-05-01 10:00:01 UTC (1714557601)",
        "audit: type=2000 audit(1714557601.000:1): state=initialized audit_enabled=0 res=1",
        "systemd[1]: System time before build time; restored from recorded timestamp: Wed 2024-05-01 10:00:01 UTC",
        "cloud-init[7]: Cloud-init v. 23.4 running 'init' at Wed, 01 May 2024 10:00:11 +0000. Up 11.00 seconds.",
    ],
)
def test_a_line_that_states_both_times_dates_all_lines_of_the_boot(tmp_path: Path, said: str) -> None:
    lines = [*filler(0, 90), (1.0, said), *filler(1.01, 500), (86400.5, "eth0: link is down")]
    events = read(written(tmp_path / "dmesg", ring(*lines)))
    assert [event.time for event in events] == [BOOT + timedelta(seconds=round(at, 6)) for at, _ in lines]
    assert not any(event.time_inferred for event in events)
    assert events[-1].message == "eth0: link is down"


def test_without_one_the_last_line_has_the_files_own_time(tmp_path: Path) -> None:
    lines = [*filler(0, 90), (86400.5, "eth0: link is down")]
    events = read(written(tmp_path / "dmesg", ring(*lines)))
    assert events[-1].time == MTIME
    assert events[0].time == MTIME - timedelta(seconds=86400.5)
    assert all(event.time_inferred for event in events)


@pytest.mark.parametrize("stated", [(True, True), (False, True), (True, False), (False, False)])
def test_two_boots_in_one_file_have_times_of_their_own(tmp_path: Path, stated: tuple[bool, bool]) -> None:
    later = RTC.replace("1714557601", str(1714557601 + 7200))
    first = [
        *filler(0, 100),
        *([(1.0, RTC)] if stated[0] else []),
        *filler(1.01, 300),
        (3000.0, "reboot: Restarting system"),
    ]
    second = [*filler(0, 77), *([(1.0, later)] if stated[1] else []), *filler(1.01, 200)]
    end = BOOT + timedelta(hours=2, seconds=second[-1][0])
    events = read(written(tmp_path / "console.log", ring(*first, *second)), end)
    starts = [
        event.time - timedelta(seconds=at)
        for event, (at, _) in zip(events, [*first, *second], strict=True)
        if event.time
    ]
    assert len(starts) == len(events)
    expected = BOOT if stated[0] else BOOT + timedelta(hours=2, seconds=-3000)
    assert all(abs(start - expected) < timedelta(milliseconds=1) for start in starts[: len(first)])
    assert all(abs(start - BOOT - timedelta(hours=2)) < timedelta(milliseconds=1) for start in starts[len(first) :])
    assert {event.time_inferred for event in events[: len(first)]} == {not stated[0]}
    assert {event.time_inferred for event in events[len(first) :]} == {not stated[1]}


def test_a_pipe_is_held_back_until_the_time_is_known() -> None:
    lines = [*filler(0, 3000, 0.0001), (1.0, RTC), *filler(1.01, 20)]
    reader = open_reader("-", formats=FORMATS, stdin=BytesIO(ring(*lines)), now=MTIME)
    assert isinstance(reader, LogReader)
    assert events_of(reader)[0].time == BOOT


def test_too_much_is_not_held_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boots, "MOST_HELD", 1000)
    text = ring(*filler(0, 15000))
    reader = open_reader("-", formats=FORMATS, stdin=BytesIO(text), now=MTIME)
    assert isinstance(reader, LogReader)
    events = events_of(reader)
    assert events[0].time is None or events[0].time_inferred
    assert len(events) == 15000


def test_a_priority_before_the_seconds_changes_nothing(tmp_path: Path) -> None:
    lines = [*filler(0, 90), (1.0, RTC), *filler(1.01, 50)]
    text = b"".join(b"<6>" + line for line in ring(*lines).splitlines(keepends=True))
    assert read(written(tmp_path / "dmesg", text))[0].time == BOOT
