"""Lines made to be slow: no format, and nothing that joins lines, takes more than a moment for any of 64 KiB."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.hooks import Format
from edgeops.intake.formats.details import details
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.messages import Joiner
from edgeops.intake.timestamps import Clock
from edgeops.records import Line

from . import test_containers, test_devices, test_hosts, test_windows
from .opened import FORMATS, events_of, opened, written

SIZE = 65536
# Loose: machines are busy. What goes through a line in squares takes seconds.
MOST_SECONDS = 0.5
HEADS = [
    b"",
    b"    ",
    b"type=X msg=audit(1.1:1): ",
    b"CEF:0|a|b|c|d|e|5|",
    b"LEEF:2.0|a|b|c|d|^|",
    b"May  1 10:00:00 web1 ",
    b"[    1.000000] ",
    b"05-01 10:00:00.123  12 13 I ",
    b"I/",
    b"2024-05-01T10:00:00Z cpu1:1)",
    b"2024-05-01T10:00:00Z x[1] [Originator@6876 ",
    b"   1 | 05/01/2024 | 10:00:00 | ",
    b'{"log":"',
    b"web_1 | ",
    b"2024-05-01T10:00:00Z stdout F ",
    b"%ASA-4-1: ",
    b"01-May-2024 10:00:00.123 ",
    b"[2024/05/01 10:00:00,  0] a.c:1(",
    b"5/1/2024 10:00:00 ",
    b"2m Warning ",
    b"00[IKE] <",
    b"2024-05-01 10:00:00 status ",
]
FILLS = [
    b" ",
    b"[",
    b"(",
    b"1",
    b"a",
    b"|",
    b'"',
    b"=",
    b".",
    b"a=",
    b"a b=",
    b"a: ",
    b"a.",
    b"\\",
    b"10:00:00 ",
    b"-",
    b"--> ",
]
CLOCK = Clock(datetime(2024, 6, 1, tzinfo=UTC))


def hostile(head: bytes) -> list[bytes]:
    return [(head + fill * (SIZE // len(fill)))[:SIZE] for fill in FILLS]


def tried(format: Format, raw: bytes) -> float:
    began = time.process_time()
    if format.starts(raw):
        format.parse(Line("a.log", 0, 1, raw), (), CLOCK)
    format.shape(raw)
    return time.process_time() - began


@pytest.mark.parametrize("head", HEADS)
def test_no_format_is_slow_on_any_line(head: bytes) -> None:
    for raw in hostile(head):
        slowest = max(FORMATS, key=lambda format: tried(format, raw))
        assert min(tried(slowest, raw), tried(slowest, raw)) < MOST_SECONDS, (slowest.name, raw[:60])


@pytest.mark.parametrize("head", [b"", b"    ", b"\tat ", b"#1 ", b"a.b.", b"thread '", b"Caused by: "])
def test_joining_is_not_slow_on_any_line(head: bytes) -> None:
    for raw in hostile(head):
        began = time.process_time()
        Joiner(PLAIN, headed=False, loose=True).kind(raw)
        assert time.process_time() - began < MOST_SECONDS


@pytest.mark.parametrize("unit", ["sshd", "sudo", "cron", "postfix/smtpd", "named", "charon"])
def test_looking_for_names_is_not_slow_on_any_message(unit: str) -> None:
    for raw in [*hostile(b""), *hostile(b"a : "), *hostile(b"(x) A ")]:
        began = time.process_time()
        details(unit, raw.decode())
        assert time.process_time() - began < MOST_SECONDS


# ---------------------------------------------------------------- damage

LOGS = [
    *(test_hosts.BIND, test_hosts.SAMBA, test_hosts.AUDIT, test_hosts.APT, test_hosts.TERMINAL),
    *("\n".join(line for line, *_ in cases.values()) for cases in (test_devices.CISCO, test_devices.SECURITY)),
    *(test_devices.HOSTD, test_devices.SEL, test_devices.THREADTIME, test_containers.COMPOSE, test_containers.EVENTS),
    *(
        "".join(behind(line, 1) for line in test_containers.LINES)
        for behind in (test_containers.cri, test_containers.docker)
    ),
    *(test_windows.TEXT, test_windows.LOG_TABLE, test_windows.EVENT_TABLE, test_windows.EXPORTED, test_windows.VIEWER),
]


@given(st.sampled_from(LOGS), st.binary(max_size=40), st.integers(0, 900), st.integers(0, 60))
def test_no_damage_to_a_log_raises_or_loses_a_line(log: str, noise: bytes, at: int, lost: int) -> None:
    data = log.encode()
    damaged = data[:at] + noise + data[at + lost :]
    for raw in damaged.split(b"\n"):
        for format in FORMATS:
            fitted = format.fit([raw]) or format
            assert fitted.parse(Line("a.log", 0, 1, raw), (), CLOCK).line.raw == raw
            assert isinstance(fitted.shape(raw), bytes)


@pytest.mark.parametrize("log", LOGS, ids=[log.strip()[:20] for log in LOGS])
@pytest.mark.parametrize("cut", [0, 7, 33])
def test_every_line_of_a_log_that_begins_anywhere_is_in_one_event(tmp_path: Path, log: str, cut: int) -> None:
    data = log.encode()[cut:]
    events = events_of(opened(written(tmp_path / "a.log", data)))
    lines = [line.raw for event in events for line in (event.line, *event.more)]
    assert b"\n".join(lines) == data.removesuffix(b"\n")
