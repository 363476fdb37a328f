"""Traces and kernel reports whose every line has a header: whose they are, how long they last, what they must not swallow."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.intake.messages import MOST_LINES
from edgeops.intake.relays import LONGEST_PAUSE, near, second
from edgeops.records import Event, Severity

from .opened import events_of, opened, written
from .test_messages import DOTNET, GO, JAVA, NODE, PYTHON, RUBY


def read(tmp_path: Path, text: str) -> list[Event]:
    return events_of(opened(written(tmp_path / "a.log", text.encode())))


def headed(text: str, *, pid: int = 7, second: int = 0, tag: str = "app") -> str:
    return "".join(f"May  1 10:00:{second:02d} web1 {tag}[{pid}]: {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("trace", [PYTHON, JAVA, GO, NODE, DOTNET], ids="python java go node dotnet".split())
def test_a_trace_in_syslog_is_one_event(tmp_path: Path, trace: str) -> None:
    text = headed("up\nloading") + headed(trace) + headed("going on\nand on")
    events = read(tmp_path, text)
    assert [len(event.more) for event in events] == [0, 0, trace.count("\n") - 1, 0, 0]
    assert (events[2].unit, events[2].pid, events[2].host) == ("app", 7, "web1")
    assert events[2].severity >= Severity.ERROR


def test_a_trace_of_ruby_in_syslog_is_one_event(tmp_path: Path) -> None:
    head, frame = RUBY.splitlines()
    assert [len(event.more) for event in read(tmp_path, headed(f"up\n{head}\n{frame}\n{frame}\non"))] == [0, 2, 0]


def test_a_trace_may_follow_the_line_that_announces_it(tmp_path: Path) -> None:
    text = headed("up\nrequest failed: java.io.IOException: no disk\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\non")
    assert [len(event.more) for event in read(tmp_path, text)] == [0, 2, 0]


def test_a_line_of_another_process_is_not_swallowed(tmp_path: Path) -> None:
    frame = "\tat a.B.c(B.java:1)"
    text = headed(f"java.io.IOException: x\n{frame}") + headed(frame, pid=8) + headed(f"{frame}\n{frame}")
    events = read(tmp_path, text)
    assert [(event.pid, len(event.more)) for event in events] == [(7, 1), (8, 0), (7, 1)]


def test_a_frame_after_another_processs_line_stands_alone(tmp_path: Path) -> None:
    text = headed("java.io.IOException: x") + headed("disk is fine", pid=8) + headed("\tat a.B.c(B.java:1)")
    assert [len(event.more) for event in read(tmp_path, text)] == [0, 0, 0]


def test_a_frame_that_comes_later_belongs_to_another_message(tmp_path: Path) -> None:
    frame = "\tat a.B.c(B.java:1)"
    soon, late = LONGEST_PAUSE, LONGEST_PAUSE + 1
    assert [len(e.more) for e in read(tmp_path, headed("a.B.CException: x") + headed(frame, second=soon))] == [1]
    assert [len(e.more) for e in read(tmp_path, headed("a.B.CException: x") + headed(frame, second=late))] == [0, 0]


def test_a_relayed_message_is_bounded_in_lines(tmp_path: Path) -> None:
    events = read(tmp_path, headed("a.B.CException: x\n" + "\tat a.B.c(B.java:1)\n" * 1000))
    assert max(1 + len(event.more) for event in events) == MOST_LINES
    assert sum(1 + len(event.more) for event in events) == 1001


OOPS = """BUG: kernel NULL pointer dereference, address: 0000000000000010
#PF: supervisor read access in kernel mode
Oops: 0000 [#1] PREEMPT SMP NOPTI
CPU: 2 PID: 1201 Comm: app Tainted: G        W          6.1.0 #1
RIP: 0010:foo_bar+0x1a/0x40 [foo]
RAX: 0000000000000000 RBX: ffff888100000000 RCX: 0000000000000000
Call Trace:
 <TASK>
 vfs_read+0x9e/0x200
 ? ksys_read+0x6f/0xf0
 </TASK>
Modules linked in: foo(O) ext4
---[ end trace 0000000000000000 ]---
"""
WARNING = """------------[ cut here ]------------
WARNING: CPU: 1 PID: 7 at net/sched/sch_generic.c:525 dev_watchdog+0x1f9/0x200
Modules linked in: foo(O)
Call Trace:
 dev_watchdog+0x1f9/0x200
---[ end trace 0000000000000000 ]---
"""


def syslogged(text: str) -> str:
    return "".join(f"May  1 10:00:00 n7 kernel: [12345.678901] {line}\n" for line in text.splitlines())


def ringed(text: str) -> str:
    return "".join(f"[12345.6789{at:02d}] {line}\n" for at, line in enumerate(text.splitlines()))


def prefixed(text: str) -> str:
    return "".join(f"kern  :alert : [12345.6789{at:02d}] {line}\n" for at, line in enumerate(text.splitlines()))


@pytest.mark.parametrize("behind", [syslogged, ringed, prefixed, str])
def test_a_kernels_report_is_one_event(tmp_path: Path, behind) -> None:  # type: ignore[no-untyped-def]
    text = (
        behind("eth0: up\neth0: on\n")
        + behind(OOPS)
        + behind("Kernel panic - not syncing: Fatal exception\neth0: down\n")
    )
    events = read(tmp_path, text)
    assert [len(event.more) for event in events] == [0, 0, OOPS.count("\n") - 1, 0, 0]
    assert events[2].message.startswith("BUG: kernel NULL pointer dereference")
    assert events[2].severity >= Severity.ERROR
    assert events[3].severity >= Severity.CRITICAL


def test_a_report_is_named_by_the_line_under_its_ruler(tmp_path: Path) -> None:
    event = read(tmp_path, ringed("eth0: up\n" + WARNING + "eth0: down\n"))[1]
    assert event.message.startswith("WARNING: CPU: 1 PID: 7 at net/sched")
    assert (event.severity, len(event.more)) == (Severity.WARNING, WARNING.count("\n") - 1)


def test_another_daemons_line_in_a_report_is_not_swallowed(tmp_path: Path) -> None:
    head, *rest = OOPS.splitlines()
    other = headed("Started something", tag="systemd", pid=1)
    events = read(tmp_path, syslogged("\n".join([head, *rest[:2]])) + other + syslogged("\n".join(rest[5:])))
    assert [(event.unit, len(event.more)) for event in events] == [
        ("kernel", 2),
        ("systemd", 0),
        ("kernel", len(rest[5:]) - 1),
    ]


def test_two_reports_in_a_row_are_two(tmp_path: Path) -> None:
    assert len(read(tmp_path, ringed("eth0: up\n" + OOPS + OOPS + WARNING + WARNING))) == 5


def test_the_line_that_says_who_was_killed_is_never_part_of_a_report(tmp_path: Path) -> None:
    report = "app invoked oom-killer: gfp_mask=0x1, order=0\nCPU: 0 PID: 7 Comm: app\nCall Trace:\n dump_stack+0x6d/0x8b\nMem-Info:\nOut of memory: Killed process 7 (app)\n"
    events = read(tmp_path, ringed(report))
    assert events[-1].message == "Out of memory: Killed process 7 (app)"


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        (b"May  1 10:00:07 web1 x", 36008),
        (b"2024-05-01T10:00:07.5Z x", 36008),
        (b"[ 1234.567] x", 1235),
        (b"no stamp", 0),
        (b" " * 99 + b"10:00:07", 0),
    ],
)
def test_the_second_of_a_header_is_found(raw: bytes, at: int) -> None:
    assert second(raw) == at


def test_midnight_does_not_part_a_message() -> None:
    assert near(86400, 3)
    assert near(3, 86400)
    assert near(0, 7)
    assert not near(100, 200)
