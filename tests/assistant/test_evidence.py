"""The evidence picker keeps what decides, says what it drops and never exceeds its budget."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from edgeops.assistant.evidence import abridge, select, select_quiet
from edgeops.records import Line, Severity
from tests.assistant.cases import incident, signal

FULL = "/srv/x: No space left on device"


def test_lines_stand_in_order_of_time_with_their_refs() -> None:
    selection = select(incident(signal(3, "c failed"), signal(0, FULL), signal(1, "b failed")), 4000)
    assert [(e.ref, e.message) for e in selection.evidence] == [("L1", FULL), ("L2", "b failed"), ("L3", "c failed")]


def test_the_root_comes_first_among_the_candidates_and_survives_any_budget() -> None:
    case = incident(signal(0, FULL), signal(1, "noise one failed"), signal(2, "noise two failed"))
    selection = select(case, 1)
    assert [e.message for e in selection.evidence] == [FULL]
    assert selection.roots == ("L1",)


def test_what_is_left_out_is_counted() -> None:
    case = incident(signal(0, FULL), *(signal(n, f"part {chr(96 + n)} failed", count=10) for n in range(1, 9)))
    selection = select(case, 80)
    shown = sum(e.count for e in selection.evidence)
    assert selection.dropped_templates == 9 - len(selection.evidence)
    assert selection.dropped_lines + shown == 81


def test_lines_of_one_template_are_shown_once_with_their_count() -> None:
    case = incident(signal(0, FULL), signal(1, "peer 10.0.0.1 failed"), signal(2, "peer 10.0.0.2 failed", count=4))
    selection = select(case, 4000)
    assert [(e.message, e.count) for e in selection.evidence] == [(FULL, 1), ("peer 10.0.0.1 failed", 5)]


def test_neighbours_of_the_root_are_shown_when_there_is_room() -> None:
    near = replace(signal(0, FULL), before=(Line("app.log", 50, 9, b"web1 about to write"),))
    assert any("about to write" in e.text for e in select(incident(near), 4000).evidence)


def test_the_whole_line_is_shown_and_secrets_are_not() -> None:
    selection = select(incident(signal(0, "login failed password=hunter2secret for db")), 4000)
    (evidence,) = selection.evidence
    assert evidence.text.startswith("web1 login failed")
    assert "hunter2secret" not in evidence.text + evidence.message


def test_a_long_trace_loses_its_middle_and_says_so() -> None:
    text = abridge([f"line {n}" for n in range(100)])
    assert text.startswith("line 0\n")
    assert text.endswith("line 99")
    assert "[... 88 lines left out ...]" in text


def test_a_very_long_line_loses_its_middle_and_says_so() -> None:
    text = abridge(["x" * 5000])
    assert "[... 3000 characters left out ...]" in text
    assert len(text) < 2100


messages = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300).map(lambda text: f"{text} failed")


@settings(max_examples=60)
@given(st.lists(messages, min_size=1, max_size=20), st.integers(1, 3000))
def test_the_budget_holds_for_any_lines(texts: list[str], budget: int) -> None:
    case = incident(signal(0, FULL, Severity.ERROR), *(signal(n + 1, text) for n, text in enumerate(texts)))
    selection = select(case, budget)
    size = sum(len(e.text) for e in selection.evidence)
    assert size <= budget or len(selection.evidence) == 1
    assert any(e.message == FULL for e in selection.evidence)


def test_the_last_occurrence_of_what_recurs_stands_beside_the_first() -> None:
    first = signal(0, FULL)
    last = replace(signal(900, FULL).event, line=Line("app.log", 90_000, 700, b"web1 /srv/x: No space left on device"))
    recurring = replace(first, count=40, last=last)
    selection = select(incident(recurring), 4000)
    assert [(e.line, e.count, e.signal is None) for e in selection.evidence] == [(1, 40, False), (700, 1, True)]
    assert selection.dropped_lines == 0


def test_where_nothing_is_wrong_the_most_telling_lines_are_shown_without_a_root() -> None:
    rest = [signal(1, "disk is warm", Severity.WARNING), signal(2, "page 4 sent", Severity.INFO)]
    ends = [signal(9, "goodbye", Severity.INFO).event]
    selection = select_quiet(rest, ends, 4000)
    assert [e.message for e in selection.evidence] == ["disk is warm", "page 4 sent", "goodbye"]
    assert selection.roots == ()
    assert all(e.signal is None for e in selection.evidence)


def test_where_nothing_is_wrong_the_budget_holds_and_what_is_dropped_is_counted() -> None:
    rest = [signal(n, f"part {chr(97 + n)} is warm", Severity.WARNING, count=3) for n in range(8)]
    selection = select_quiet(rest, [], 60)
    assert sum(len(e.text) for e in selection.evidence) <= 60
    assert selection.dropped_templates == 8 - len(selection.evidence)
    assert selection.dropped_lines == 3 * selection.dropped_templates


def test_an_empty_log_gives_an_empty_selection() -> None:
    assert select_quiet([], [], 100).evidence == ()
