"""What goes on all the time is told from what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from edgeops.detect.ordinary import parted, told
from edgeops.records import Event, Line, Role, Rule, Severity, Signal, SignalKind

START = datetime(2026, 3, 1, tzinfo=UTC)


def run(line: int, count: int = 1, last: int = 0, template: str = "t", severity: Severity = Severity.ERROR) -> Signal:
    event = Event(
        Line("a.log", line * 50, line, b"x"), "t", "card declined", START + timedelta(seconds=line), severity=severity
    )
    end = replace(event, line=Line("a.log", (last or line) * 50, last or line, b"x"))
    return Signal(SignalKind.SEVERITY, 0.6, "", event, template, count, end)


EVENLY = [run(line) for line in range(50, 5_000, 500)]


def test_an_error_that_comes_evenly_from_the_beginning_is_ordinary() -> None:
    news, ordinary = parted(EVENLY)
    assert (news, len(ordinary)) == ([], 10)


def test_an_error_that_begins_late_is_news() -> None:
    assert parted([run(line) for line in range(4_000, 5_000, 100)])[1] == []


def test_few_occurrences_are_news() -> None:
    assert parted(EVENLY[:4])[1] == []


def test_what_is_a_large_part_of_the_log_is_news() -> None:
    assert parted([run(line) for line in range(1, 100, 5)])[1] == []


def test_a_dense_run_among_seldom_ones_is_news() -> None:
    burst = run(3_010, count=40, last=3_100)
    news, ordinary = parted([*EVENLY, burst])
    assert news == [burst]
    assert ordinary == EVENLY


@pytest.mark.parametrize("severity", [Severity.CRITICAL, Severity.FATAL])
def test_what_is_grave_is_never_ordinary(severity: Severity) -> None:
    assert parted([replace(s, event=replace(s.event, severity=severity)) for s in EVENLY])[1] == []


def test_the_cause_of_a_known_fault_is_never_ordinary() -> None:
    rule = Rule("oom", Role.CAUSE, "card declined")
    assert parted([replace(s, rule=rule) for s in EVENLY])[1] == []


def test_one_template_does_not_make_another_ordinary() -> None:
    other = run(2_000, template="u")
    assert parted([*EVENLY, other])[0] == [other]


def test_what_was_taken_for_ordinary_is_said_with_its_count() -> None:
    (sentence,) = told(EVENLY)
    assert "10 times" in sentence and "card declined" in sentence
    assert told([]) == []
