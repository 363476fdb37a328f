"""What opens a window, and what only joins one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from edgeops.detect.incidents import group
from edgeops.detect.rulebook import RuleBook
from edgeops.detect.windows import is_lone, strongest, windows_of
from edgeops.records import Event, Fault, Line, Role, Rule, Severity, Signal, SignalKind, Wording

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
GAP = timedelta(minutes=5)
TEXT = Wording("t", "s", "c", "k")
RULES = RuleBook(
    [Fault("probe", "probe", "t", (), (Rule("probe", Role.CAUSE, "probe failed"),), (), TEXT, TEXT, (), ())]
)


def signal(minute: float, message: str, severity: Severity = Severity.ERROR, count: int = 1) -> Signal:
    line = Line("a.log", int(minute * 100), int(minute * 10) + 1, message.encode())
    event = Event(line, "t", message, START + timedelta(minutes=minute), severity=severity)
    found = RULES.match(message)
    kind, score = (SignalKind.RULE, 0.95) if found else (SignalKind.SEVERITY, 0.6)
    return Signal(kind, score, "", event, message, count, event, found[0].rule if found else None)


def windows(*signals: Signal) -> int:
    return len(windows_of(signals, RULES, GAP))


def test_a_known_fault_that_its_program_calls_information_opens_a_window_only_when_it_insists() -> None:
    assert windows(signal(0, "probe failed", Severity.INFO)) == 0
    assert windows(signal(0, "probe failed", Severity.INFO, count=3)) == 1
    assert windows(signal(0, "probe failed", Severity.NONE)) == 1


def test_what_recovers_in_the_next_lines_opens_no_window() -> None:
    back = Line("a.log", 60, 7, b"app: connection to partner restored after 3 s")
    lost = signal(0, "connection to partner lost")
    assert windows(lost) == 1
    assert windows(replace(lost, after=(back,))) == 0
    assert windows(replace(lost, after=(back,), count=2)) == 1


def test_lost_packets_are_an_incident_only_when_there_are_many() -> None:
    few = [signal(n, "Timed out waiting for reply from 10.0.0.1:123") for n in range(9)]
    assert windows(*few) == 0
    assert windows(*few, signal(9, "Timed out waiting for reply from 10.0.0.1:123")) == 1


def test_errors_scattered_one_by_one_are_no_incidents_and_one_alone_is() -> None:
    scattered = [signal(60 * n, f"{word} went wrong") for n, word in enumerate("alpha beta gamma delta".split())]
    assert len(group(scattered[:1], [], RULES, GAP)) == 1
    assert group(scattered, [], RULES, GAP) == ()


def test_scattered_errors_hide_no_incident() -> None:
    scattered = [signal(60 * n, f"{word} went wrong") for n, word in enumerate("alpha beta gamma delta".split())]
    (incident,) = group([*scattered, signal(400, "pump stopped"), signal(401, "tank empty")], [], RULES, GAP)
    assert [s.event.message for s in incident.signals] == ["pump stopped", "tank empty"]


def test_an_error_is_lone_when_nothing_else_is_wrong_near_it() -> None:
    assert is_lone([signal(0, "x went wrong"), signal(1, "warm", Severity.WARNING)])
    assert not is_lone([signal(0, "x went wrong"), signal(1, "y went wrong")])
    assert not is_lone([signal(0, "x went wrong", count=3)])
    assert not is_lone([signal(0, "x went wrong", Severity.CRITICAL)])
    assert not is_lone([signal(0, "probe failed")])


def test_the_strongest_signals_stay_in_order() -> None:
    weak, strong = [replace(signal(n, f"m{n}"), score=s) for n, s in ((0, 0.3), (1, 0.9))]
    assert list(strongest([weak, strong])) == [weak, strong]
    many = [replace(signal(n, f"m{n}"), score=0.5) for n in range(300)]
    kept = strongest([*many, strong])
    assert len(kept) == 200 and kept[-1] is strong


def test_what_is_merely_unusual_opens_a_window_only_when_it_is_strong() -> None:
    weak = replace(signal(0, "page sent", Severity.INFO), kind=SignalKind.BURST, score=0.3)
    assert windows(weak) == 0
    assert windows(replace(weak, score=0.5)) == 1
    assert windows(replace(weak, kind=SignalKind.SILENCE, score=0.4)) == 0
    (together,) = windows_of([weak, signal(1, "x went wrong")], RULES, GAP)
    assert [s.kind for s in together] == [SignalKind.BURST, SignalKind.SEVERITY]
