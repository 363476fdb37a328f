"""Grouping and root choice on hand-made signals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from edgeops.detect.incidents import group
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


def test_a_warning_near_an_incident_is_part_of_it_but_does_not_stretch_it() -> None:
    near, far = signal(-4, "getting warm", Severity.WARNING), signal(-8, "getting cold", Severity.WARNING)
    (incident,) = group([near, far, signal(0, "a failed")], [], RULES, GAP)
    assert [s.event.message for s in incident.signals] == ["getting warm", "a failed"]


def test_warnings_do_not_tie_two_incidents_together() -> None:
    warnings = [signal(minute, f"warm {minute}", Severity.WARNING) for minute in range(1, 12, 3)]
    assert len(group([signal(0, "a failed"), *warnings, signal(12, "b failed")], [], RULES, GAP)) == 2


def test_one_mistyped_password_is_no_incident_and_many_are_one() -> None:
    slips = [
        signal(n / 10, f"Failed password for anna from 10.0.0.{n} port 4 ssh2", Severity.WARNING) for n in range(10)
    ]
    assert group(slips[:9], [], RULES, GAP) == ()
    assert len(group(slips, [], RULES, GAP)) == 1


@pytest.mark.parametrize(
    "message",
    [
        'open() "/srv/www/favicon.ico" failed (2: No such file or directory), client: 198.51.100.7',
        "client @0x7f1 10.0.0.9#5353 (ns.example.net): query (cache) 'example.com/A/IN' denied",
        "LOG:  could not receive data from client: Connection reset by peer",
        "-- Detecting CXX compiler ABI info - failed",
    ],
)
def test_what_healthy_systems_write_is_no_incident(message: str) -> None:
    assert group([signal(n, message) for n in range(30)], [], RULES, GAP) == ()


def test_what_healthy_systems_write_is_not_shown_beside_what_is_wrong() -> None:
    ordinary = signal(0.5, "kex_exchange_identification: Connection reset by peer")
    (incident,) = group([signal(0, "disk broke"), ordinary], [], RULES, GAP)
    assert [s.event.message for s in incident.signals] == ["disk broke"]


def test_a_fault_that_still_goes_on_takes_in_what_it_brings_about_later() -> None:
    going_on = replace(signal(0, "disk broke"), count=90, last=signal(58, "disk broke").event)
    (incident,) = group([going_on, signal(60, "database broke")], [], RULES, GAP)
    assert [s.event.message for s in incident.signals] == ["disk broke", "database broke"]
    assert incident.root == 0


def on(host: str, one: Signal) -> Signal:
    return replace(one, event=replace(one.event, host=host))


def test_a_host_whose_faults_have_nothing_to_do_with_the_rest_has_its_own_incident() -> None:
    found = group([on("a", signal(0, "disk broke")), on("b", signal(1, "clock broke"))], [], RULES, GAP)
    assert [i.hosts for i in found] in ([("a",), ("b",)], [("b",), ("a",)])


@pytest.mark.parametrize("tie", ["web broke", "something unknown failed", "clock broke (asked a.example.net)"])
def test_hosts_that_may_have_to_do_with_each_other_stay_together(tie: str) -> None:
    assert len(group([on("a", signal(0, "disk broke")), on("b", signal(1, tie))], [], RULES, GAP)) == 1


def test_an_attack_beside_an_outage_is_an_incident_of_its_own_and_comes_last() -> None:
    slips = [
        signal(n / 10, f"Failed password for anna from 10.0.0.{n} port 4 ssh2", Severity.WARNING) for n in range(20)
    ]
    found = group([*slips, signal(1, "disk broke")], [], RULES, GAP)
    assert [len(i.signals) for i in found] == [1, 20]


def test_what_affects_more_is_worse_than_what_shows_in_many_ways() -> None:
    one = [signal(n / 100, f"clock broke {'abcdefgh'[n]}") for n in range(8)]
    many = [signal(60, "disk broke"), signal(61, "database broke"), signal(62, "web broke")]
    found = group([*one, *many], [], RULES, GAP)
    assert [len(i.signals) for i in found] == [3, 8]


def test_a_fault_that_still_goes_on_leaves_strangers_alone() -> None:
    going_on = replace(signal(0, "clock broke"), count=90, last=signal(58, "clock broke").event)
    assert len(group([going_on, signal(60, "database broke")], [], RULES, GAP)) == 2


def test_suspects_name_the_roots_fault_first_and_then_its_effects() -> None:
    (incident,) = group(
        [signal(0, "disk broke"), signal(1, "database broke"), signal(2, "web suffers")], [], RULES, GAP
    )
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
