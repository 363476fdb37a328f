"""The same break again is the same incident, told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from edgeops.detect.incidents import group
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Line, Severity, Signal, SignalKind

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
GAP = timedelta(minutes=5)
RULES = RuleBook([])


def signal(minute: float, message: str, host: str = "web1") -> Signal:
    line = Line("a.log", int(minute * 100), int(minute * 10), message.encode())
    event = Event(line, "t", message, START + timedelta(minutes=minute), host=host, severity=Severity.CRITICAL)
    return Signal(SignalKind.SEVERITY, 0.75, "", event, message, 1, event)


def test_the_same_break_hours_apart_is_one_incident_with_its_occurrences() -> None:
    (incident,) = group([signal(60 * hour, "pump stopped") for hour in range(7)], [], RULES, GAP)
    assert (incident.times, incident.since, incident.until) == (7, START, START + timedelta(hours=6))


def test_it_stands_there_as_it_was_at_its_worst() -> None:
    calm, worse = signal(0, "pump stopped"), signal(90, "pump stopped")
    (incident,) = group([calm, worse, signal(91, "tank empty", "web2")], [], RULES, GAP)
    assert (incident.start, incident.times) == (START + timedelta(minutes=90), 2)


def test_another_place_is_another_incident() -> None:
    found = group([signal(0, "pump stopped"), signal(60, "pump stopped", "web2")], [], RULES, GAP)
    assert [i.times for i in found] == [1, 1]


def test_another_break_is_another_incident() -> None:
    assert len(group([signal(0, "pump stopped"), signal(60, "fan stopped")], [], RULES, GAP)) == 2


def test_lines_of_one_template_that_looked_different_are_one_signal() -> None:
    one = signal(0, "pump stopped")
    again = replace(signal(1, "pump stopped"), count=4)
    (incident,) = group([one, again], [], RULES, GAP)
    assert [s.count for s in incident.signals] == [5]
