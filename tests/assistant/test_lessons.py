"""An incident that was mended answers the next one like it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgeops.assistant.explain import Counsel, explain
from edgeops.assistant.settling import judge, report, resolve
from edgeops.errors import StoreError, UsageError
from edgeops.knowledge.entry import Draft, Kind, Origin, Result, Tally, Verdict
from edgeops.knowledge.judged import judgements
from edgeops.knowledge.past import explaining, fared
from edgeops.knowledge.store import Store
from edgeops.records import Explanation, Incident, Tier
from tests.assistant.cases import BOOK, incident, signal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Origin("ann", "web1")
FULL = "/srv/x: No space left on device"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.db") as opened:
        yield opened


def explained(store: Store, case: Incident, lang: str = "en") -> Explanation:
    counsel = Counsel(
        BOOK,
        lang,
        past=lambda template: explaining(store.database, [template]),
        fared=lambda fault: fared(store.database, [fault]).get(fault, Tally()),
    )
    answer = explain(case, counsel)
    store.keep(case, answer, NOON)
    return answer


def valve(second: float = 0) -> Incident:
    return incident(signal(second, "valve 7 stuck"), signal(second + 1, "pump stopped with status 3"))


def test_what_nobody_knew_is_known_the_next_time(store: Store) -> None:
    first = explained(store, valve())
    assert first.tier is Tier.INSUFFICIENT
    settled = resolve(store, first.incident, "oiled the valve", Result.WORKED, ANN, NOON, cause="rust")
    assert (settled.entry.title, settled.again) == ("valve 7 stuck", False)
    again = explained(store, valve(600))
    assert again.tier is Tier.KNOWN
    assert again.summary == "The same as before: valve 7 stuck [L1]."
    assert again.cause == "rust"
    assert [fix.text for fix in again.fixes] == ["oiled the valve"]
    assert again.notes == (f"Fixed before: 1 of 1 times by what {settled.entry.id} says.",)
    assert again.evidence[-1].source == f"kb:{settled.entry.id}"


def test_the_same_fix_counts_for_the_entry_that_is_there(store: Store) -> None:
    for turn, result in enumerate((Result.WORKED, Result.WORKED, Result.FAILED)):
        answer = explained(store, valve(600 * turn))
        settled = resolve(store, answer.incident, " Oiled  the valve", result, ANN, NOON + timedelta(days=turn))
    assert settled.again
    assert (settled.entry.outcomes.worked, settled.entry.outcomes.failed) == (2, 1)
    assert "Fixed before: 2 of 3" in explained(store, valve(5000)).notes[0]


def test_whoever_followed_an_entry_need_not_write_it_again(store: Store) -> None:
    first = resolve(store, explained(store, valve()).incident, "oiled the valve", Result.WORKED, ANN, NOON)
    second = explained(store, valve(600))
    settled = resolve(store, second.incident, "", Result.WORKED, ANN, NOON, entry=first.entry.id[:6])
    assert (settled.entry.id, settled.again, settled.entry.outcomes.worked) == (first.entry.id, True, 2)
    with pytest.raises(StoreError, match="No entry begins"):
        resolve(store, second.incident, "", Result.WORKED, ANN, NOON, entry="nowhere")


def test_the_pack_s_advice_counts_and_stands_in_the_report(store: Store) -> None:
    store.entries.put(Draft(Kind.FAULT, "Disk full", "# Disk full\nlong", id="disk-full"), NOON)
    answer = explained(store, incident(signal(0, FULL)))
    resolve(store, answer.incident, "", Result.WORKED, ANN, NOON, entry="disk-full")
    assert store.entries.get("disk-full").outcomes.worked == 1
    assert "- Disk full\n    - 2026-03-01 12:00 ann: worked\n" in report(store, answer.incident, NOON)


def test_what_works_is_put_before_what_does_not(store: Store) -> None:
    for turn, (did, result) in enumerate((("hit it", Result.FAILED), ("oiled it", Result.WORKED))):
        resolve(store, explained(store, valve(600 * turn)).incident, did, result, ANN, NOON)
    again = explained(store, valve(5000))
    assert [fix.text for fix in again.fixes] == ["oiled it"]
    assert any(note.startswith("Did not help before (1 of 1 times): hit it [") for note in again.notes)


def test_what_was_only_in_vain_is_told_and_not_advised(store: Store) -> None:
    resolve(store, explained(store, valve()).incident, "hit it", Result.FAILED, ANN, NOON)
    again = explained(store, valve(600))
    assert (again.tier, again.fixes) == (Tier.INSUFFICIENT, ())
    assert again.notes[-1].startswith("Did not help before (1 of 1 times): hit it [")


def test_a_note_that_names_the_template_answers(store: Store) -> None:
    template = explained(store, valve()).evidence[0].template
    store.entries.put(Draft(Kind.NOTE, "Valve 7 sticks.", "Call\nAlice.", templates=(template,), id="note"), NOON)
    answer = explained(store, valve(600))
    assert (answer.tier, answer.summary, answer.cause) == (
        Tier.KNOWN,
        "Noted here: Valve 7 sticks [L1].",
        "Call Alice.",
    )
    assert answer.fixes == ()
    assert answer.evidence[-1].source == "kb:note"


def test_a_known_fault_keeps_its_answer_and_gains_what_helped_here(store: Store) -> None:
    first = explained(store, incident(signal(0, FULL)))
    resolve(store, first.incident, "emptied /srv/x/spool", Result.WORKED, ANN, NOON)
    again = explained(store, incident(signal(600, FULL)))
    assert again.summary == first.summary
    assert [fix.text for fix in again.fixes][:1] == ["emptied /srv/x/spool"]
    assert len(again.fixes) == len(first.fixes) + 1
    assert again.evidence[-1].ref == "K2"


def test_what_did_not_help_leaves_the_incident_open(store: Store) -> None:
    answer = explained(store, valve())
    resolve(store, answer.incident, "hit it", Result.FAILED, ANN, NOON)
    assert store.incident(answer.incident).state.value == "explained"
    resolve(store, answer.incident, "oiled it", Result.WORKED, ANN, NOON)
    assert store.incident(answer.incident).state.value == "resolved"


def test_a_retired_lesson_is_not_given(store: Store) -> None:
    settled = resolve(store, explained(store, valve()).incident, "oiled it", Result.WORKED, ANN, NOON)
    store.entries.retire(settled.entry.id, "ann", NOON)
    assert explained(store, valve(600)).tier is Tier.INSUFFICIENT


def test_nothing_done_is_nothing_learnt(store: Store) -> None:
    answer = explained(store, valve())
    with pytest.raises(UsageError, match="Say what was done"):
        resolve(store, answer.incident, "  ", Result.WORKED, ANN, NOON)
    with pytest.raises(StoreError, match="No incident begins"):
        resolve(store, "ffffffff", "x", Result.WORKED, ANN, NOON)


def test_the_past_speaks_chinese(store: Store) -> None:
    resolve(store, explained(store, valve()).incident, "加油", Result.WORKED, ANN, NOON)
    answer = explained(store, valve(600), "zh")
    assert answer.summary == "与以往相同：valve 7 stuck [L1]。"
    assert "1 次中有 1 次有效" in answer.notes[0]


# ---------------------------------------------------------------- feedback


def test_a_wrong_answer_gives_way_to_another_lesson(store: Store) -> None:
    for turn, did in enumerate(("hit it", "oiled it")):
        resolve(store, explained(store, valve(600 * turn)).incident, did, Result.WORKED, ANN, NOON)
    first = explained(store, valve(5000))
    judged = judge(store, first.incident, Verdict.WRONG, ANN, NOON, "it was the pump")
    assert judged.entries == (first.evidence[-2].source.removeprefix("kb:"),)
    again = explained(store, valve(6000))
    assert [fix.text for fix in again.fixes] == [fix.text for fix in reversed(first.fixes)]
    assert any("called answers by" in note for note in again.notes)


def test_a_lesson_that_was_called_wrong_too_often_answers_no_more(store: Store) -> None:
    resolve(store, explained(store, valve()).incident, "hit it", Result.UNKNOWN, ANN, NOON)
    assert explained(store, valve(600)).tier is Tier.KNOWN
    judge(store, explained(store, valve(600)).incident, Verdict.WRONG, ANN, NOON)
    assert explained(store, valve(1200)).tier is Tier.INSUFFICIENT


def test_feedback_on_a_fault_of_the_pack_moves_its_certainty_and_is_told(store: Store) -> None:
    first = explained(store, incident(signal(0, FULL)))
    assert judge(store, first.incident, Verdict.WRONG, ANN, NOON).entries == ("disk-full",)
    again = explained(store, incident(signal(600, FULL)))
    assert again.certainty is not None and first.certainty is not None
    assert again.certainty < first.certainty
    assert again.notes[-1] == "People here called answers by disk-full wrong 1 times and useful 0 times."
    for _ in range(2):
        judge(store, first.incident, Verdict.USEFUL, ANN, NOON)
    assert explained(store, incident(signal(900, FULL))).notes == first.notes


def test_of_two_faults_that_fit_the_one_called_wrong_gives_way(store: Store) -> None:
    case = incident(signal(0, "httpd cannot write its log"), signal(1, FULL))
    first = explained(store, case)
    for _ in range(9):
        store.entries.comment(first.fault, "wrong", ANN, NOON)
        store.entries.comment("web-down" if first.fault == "disk-full" else "disk-full", "useful", ANN, NOON)
    again = explained(store, case)
    assert {first.fault, again.fault} == {"disk-full", "web-down"}
    assert f"would mean {first.fault}, which fits less well" in again.notes[0]


def test_the_answer_is_kept_as_it_was_judged(store: Store) -> None:
    first = explained(store, valve())
    judge(store, first.incident, Verdict.WRONG, ANN, NOON, "too thin, password=hunter2secret")
    resolve(store, first.incident, "oiled it", Result.WORKED, ANN, NOON)
    changed = explained(store, valve())
    judge(store, changed.incident, Verdict.USEFUL, ANN, NOON + timedelta(days=1))
    found = list(judgements(store))
    assert [(one.remark.kind, one.answer) for one in found if one.answer] == [("wrong", first), ("useful", changed)]
    assert "hunter2secret" not in found[0].remark.note
    (on_entry,) = (one.entry for one in found if one.entry)
    assert on_entry.title == "valve 7 stuck"


def test_a_note_needs_words_and_weighs_nothing(store: Store) -> None:
    answer = explained(store, incident(signal(0, FULL)))
    with pytest.raises(UsageError, match="what there is to note"):
        judge(store, answer.incident, Verdict.NOTE, ANN, NOON)
    assert judge(store, answer.incident, Verdict.NOTE, ANN, NOON, "again").entries == ()
    assert store.incident(answer.incident).feedback[0].note == "again"


# ---------------------------------------------------------------- the report


def test_a_report_tells_the_lines_the_cause_the_deed_and_its_outcome(store: Store) -> None:
    answer = explained(store, incident(signal(0, FULL), signal(1, "httpd cannot write its log")))
    resolve(store, answer.incident, "emptied the spool", Result.WORKED, ANN, NOON, note="took 3 minutes")
    store.entries.comment(answer.incident, "note", ANN, NOON, "why was it full?")
    store.entries.comment(answer.incident, "useful", ANN, NOON, "quick")
    text = report(store, answer.incident, NOON)
    for part in (
        f"# Incident {answer.incident}",
        "| State | resolved |",
        "## Time line",
        "      web1 /srv/x: No space left on device",
        "**first cause**",
        "## Cause",
        "- emptied the spool",
        "2026-03-01 12:00 ann: worked: took 3 minutes",
        "why was it full?",
        "## What people said of this answer",
        "- 2026-03-01 12:00 ann: useful: quick",
    ):
        assert part in text, part


def test_what_people_found_goes_before_what_was_answered(store: Store) -> None:
    answer = explained(store, valve())
    before = report(store, answer.incident, NOON)
    assert "The cause is not known" in before
    assert answer.collect[0] in before.replace("\\", "")
    resolve(store, answer.incident, "hit it", Result.FAILED, ANN, NOON, cause="spite")
    resolve(store, answer.incident, "oiled it", Result.WORKED, ANN, NOON, cause="rust on the stem")
    text = report(store, answer.incident, NOON)
    assert "## Cause\n\nrust on the stem\n" in text
    assert "spite" not in text
    assert "people found the cause" in text
    assert "- hit it\n    - 2026-03-01 12:00 ann: did not work\n" in text
    assert answer.collect[0] not in text.replace("\\", "")
    assert text.count(answer.incident) == 1


def test_without_a_deed_the_report_proposes(store: Store) -> None:
    text = report(store, explained(store, incident(signal(0, FULL))).incident, NOON)
    assert "Nothing was recorded yet" in text
    assert "Clean up" in text


def test_a_report_in_chinese(store: Store) -> None:
    answer = explained(store, incident(signal(0, FULL)), "zh")
    text = report(store, answer.incident, NOON)
    assert "## 时间线" in text
    assert "## Time line" not in text


def test_the_page_stands_alone_and_shows_hostile_text_as_text(store: Store) -> None:
    evil = "</pre><script>alert(1)</script> [x](http://evil) `a` \x1b[2J \u202e | ``` \n</code>"
    case = incident(signal(0, "valve 7 stuck " + evil))
    answer = replace(explained(store, case), cause=evil)
    store.keep(case, answer, NOON)
    resolve(store, answer.incident, evil, Result.WORKED, replace(ANN, author=evil), NOON, note=evil)
    html = report(store, answer.incident, NOON, html=True)
    assert html.startswith("<!doctype html>")
    assert "<script" not in html
    assert "href=" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "&lt;script&gt;" in html
    assert "src=" not in html
