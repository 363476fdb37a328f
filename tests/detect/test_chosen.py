"""An incident that a person makes by choosing lines: one signal a template, the cause among them, and an id of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from edgeops.detect.chosen import MOST_SIGNALS, incident_of
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Fault, Incident, Line, Role, Rule, Severity, SignalKind, Wording

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = Wording("Disk full", "{d} is full", "", "")
FULL = Fault(
    "disk-full",
    "Disk full",
    "disk",
    (),
    (Rule("disk-full", Role.CAUSE, "no space left on {d:path}"),),
    (),
    WORDS,
    WORDS,
    (),
    (),
)
RULES = RuleBook([FULL])


def _events(*messages: str, severity: Severity = Severity.INFO) -> list[Event]:
    return [
        Event(
            Line("a.log", 100 * at, at + 1, message.encode()),
            "bare",
            message,
            NOW + timedelta(seconds=at),
            host="web1",
            severity=severity,
        )
        for at, message in enumerate(messages)
    ]


def _chosen(events: Sequence[Event]) -> Incident:
    return incident_of(events, RULES, [Line("a.log", 0, 1, b"above")], [Line("a.log", 999, 99, b"below")])


def test_lines_that_alarm_nobody_make_an_incident_all_the_same() -> None:
    incident = _chosen(_events("cache warmed in 7 ms", "cache warmed in 9 ms", "lease renewed"))
    assert [(one.count, one.kind) for one in incident.signals] == [(2, SignalKind.NOVEL), (1, SignalKind.NOVEL)]
    assert incident.signals[0].before and incident.signals[-1].after
    assert (incident.start, incident.end, incident.hosts) == (NOW, NOW + timedelta(seconds=2), ("web1",))
    assert incident.suspects == ()


def test_a_line_that_states_a_fault_is_the_cause_wherever_it_stands() -> None:
    incident = _chosen([*_events("a", "b", "c", "d", "e"), *_events("no space left on /var")])
    root = incident.signals[incident.root]
    assert root.rule and root.rule.fault == "disk-full"
    assert root.bindings == (("d", "/var"),)
    assert [suspect.fault for suspect in incident.suspects] == ["disk-full"]


def test_errors_count_more_than_what_is_around_them() -> None:
    quiet = [f"{chr(97 + at)}{chr(97 + at)} happened" for at in range(20)]
    incident = _chosen([*_events(*quiet), *_events("it broke", severity=Severity.ERROR)])
    assert incident.signals[incident.root].event.message == "it broke"


def test_a_choice_has_an_id_of_its_own_and_the_same_one_again() -> None:
    one, again, other = (_chosen(_events(*lines)) for lines in (("a", "b"), ("a", "b"), ("a",)))
    assert one.id == again.id != other.id


def test_of_very_many_templates_the_strongest_are_kept() -> None:
    words = [
        f"{chr(97 + at // 676)}{chr(97 + at // 26 % 26)}{chr(97 + at % 26)} came" for at in range(MOST_SIGNALS + 50)
    ]
    assert len(_chosen(_events(*words)).signals) == MOST_SIGNALS


def test_one_line_without_a_time_is_enough() -> None:
    incident = _chosen([Event(Line("a.log", 0, 1, b"x"), "plain", "x")])
    assert (incident.start, incident.root, len(incident.signals)) == (None, 0, 1)
