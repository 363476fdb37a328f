"""Grouping and root choice on hand-made signals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edgeops.detect.incidents import group, root_of
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Fault, Line, Role, Rule, Severity, Signal, SignalKind, Wording

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
GAP = timedelta(minutes=5)
TEXT = Wording("t", "s", "c", "k")


def fault(name: str, *leads_to: str) -> Fault:
    rules = (Rule(name, Role.CAUSE, f"{name} broke"), Rule(name, Role.SYMPTOM, f"{name} suffers", 1))
    return Fault(name, name, "test", (), rules, (), TEXT, TEXT, (), (), leads_to)


RULES = RuleBook([fault("disk", "database"), fault("database", "web"), fault("web"), fault("clock")])


def signal(minute: float, message: str, severity: Severity = Severity.ERROR, source: str = "a.log") -> Signal:
    line = Line(source, int(minute * 100), int(minute * 10), message.encode())
    event = Event(line, "test", message, START + timedelta(minutes=minute), severity=severity)
    matches = RULES.match(message)
    if matches:
        rule = matches[0].rule
        return Signal(SignalKind.RULE, 0.95 if rule.role is Role.CAUSE else 0.7, "", event, message, rule=rule)
    score = 0.6 if severity >= Severity.ERROR else 0.3
    return Signal(SignalKind.SEVERITY, score, "", event, message)


def untimed(number: int, message: str, source: str = "build.log") -> Signal:
    line = Line(source, number * 10, number, message.encode())
    return Signal(SignalKind.SEVERITY, 0.6, "", Event(line, "bare", message, severity=Severity.ERROR), message)


def test_signals_close_in_time_are_one_incident() -> None:
    found = group([signal(0, "a failed"), signal(4, "b failed"), signal(8, "c failed")], [], RULES, GAP)
    assert [len(i.signals) for i in found] == [3]


def test_a_long_pause_parts_two_incidents() -> None:
    found = group([signal(0, "a failed"), signal(6, "b failed")], [], RULES, GAP)
    assert sorted(i.start for i in found if i.start) == [START, START + timedelta(minutes=6)]


def test_hosts_and_files_do_not_part_what_time_joins() -> None:
    found = group([signal(0, "disk broke", source="db.log"), signal(1, "web broke", source="web.log")], [], RULES, GAP)
    assert len(found) == 1


def test_warnings_alone_are_no_incident() -> None:
    assert group([signal(0, "getting warm", Severity.WARNING)], [], RULES, GAP) == ()


def test_a_warning_that_a_rule_knows_is_an_incident() -> None:
    assert len(group([signal(0, "clock broke", Severity.WARNING)], [], RULES, GAP)) == 1


def test_a_source_without_times_is_one_incident() -> None:
    found = group([untimed(1, "x failed"), untimed(900, "y failed"), untimed(3, "z failed", "other")], [], RULES, GAP)
    assert sorted(len(i.signals) for i in found) == [1, 2]


def test_the_fault_that_brings_about_the_others_is_the_root_even_when_it_is_logged_later() -> None:
    signals = [signal(0, "web broke"), signal(0.5, "database broke"), signal(1, "disk broke")]
    assert signals[root_of(signals, RULES)].event.message == "disk broke"


def test_a_line_that_only_reports_a_failure_is_not_the_root() -> None:
    signals = [signal(0, "app.service: Failed with result 'exit-code'."), signal(0.1, "cannot open /etc/app.conf")]
    assert root_of(signals, RULES) == 1


def test_among_equals_the_earlier_line_is_the_root() -> None:
    signals = [signal(0, "x failed"), signal(0.1, "y failed")]
    assert root_of(signals, RULES) == 0


def test_a_stated_fault_outranks_an_earlier_plain_error() -> None:
    signals = [signal(0, "something odd failed"), signal(0.1, "disk broke")]
    assert root_of(signals, RULES) == 1


def test_suspects_name_the_roots_fault_first_and_then_its_effects() -> None:
    (incident,) = group([signal(0, "disk broke"), signal(1, "database broke"), signal(2, "web suffers")], [], RULES, GAP)
    assert [s.fault for s in incident.suspects] == ["disk", "database", "web"]
    assert incident.suspects[0].score == 1.0


def test_lines_never_seen_before_the_root_are_shown_with_it() -> None:
    stranger = signal(-1, "operator unplugged cable 7", Severity.INFO).event
    late = signal(3, "later news", Severity.INFO).event
    (incident,) = group([signal(0, "disk broke")], [stranger, late], RULES, GAP)
    assert [s.event.message for s in incident.signals] == ["operator unplugged cable 7", "disk broke"]
    assert incident.root == 1


def test_an_incident_keeps_its_name_when_read_again() -> None:
    signals = [signal(0, "disk broke"), signal(1, "web broke")]
    assert group(signals, [], RULES, GAP)[0].id == group(list(reversed(signals)), [], RULES, GAP)[0].id


@pytest.mark.parametrize("count", [1, 500])
def test_an_incident_holds_a_bounded_number_of_signals(count: int) -> None:
    (incident,) = group([signal(n / 1000, f"part {n} failed") for n in range(count)], [], RULES, GAP)
    assert len(incident.signals) == min(count, 200)
