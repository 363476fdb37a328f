"""A conversation that begins with the explanation of an incident."""

from __future__ import annotations

from dataclasses import replace

from edgeops.assistant.dialogue.asking import ask
from edgeops.assistant.dialogue.material import Bench
from edgeops.assistant.dialogue.opening import opening
from edgeops.assistant.explain import Counsel, explain
from edgeops.records import Explanation, Incident, Talk, Tier
from tests.assistant.cases import BOOK, incident, signal

FULL = incident(signal(0, "/srv/x: No space left on device"), signal(1, "httpd cannot write its log"))


def explained(broken: Incident, lang: str = "en") -> Explanation:
    return explain(broken, Counsel(BOOK, lang))


def test_the_conclusion_is_borne_out_by_the_root_line_and_the_cause_by_what_is_known() -> None:
    answer = opening(explained(FULL), "the disk is full")
    assert answer.question == "What is behind this: /srv/x: No space left on device?"
    assert answer.tier is Tier.KNOWN
    assert answer.fault == "disk-full"
    assert [one.refs for one in answer.sentences] == [("L1", "L2"), ("K1",)]
    assert [one.id for one in answer.knowledge] == ["disk-full"]
    assert {one.ref for one in answer.evidence} >= {"L1", "L2"}
    assert answer.checks
    assert answer.fixes


def test_a_denial_at_once_rules_the_explanation_out_and_a_yes_settles_it() -> None:
    begun = Talk("t", (opening(explained(FULL), "the disk is full"),))
    bench = Bench(BOOK, lambda query, most, lang: BOOK.search(query, most, lang), [FULL])
    denied = ask("no, the disk is fine", begun, bench)
    assert denied.ruled_out == ("disk-full",)
    assert denied.answers[-1].fault == "web-down"
    assert ask("that was it", begun, bench).settled == "disk-full"


def test_what_nothing_explains_says_why_not() -> None:
    answer = opening(explained(incident(signal(0, "flux out of phase")), "zh"), "flux")
    assert answer.question == "这是什么原因：flux out of phase？"
    assert opening(replace(explained(FULL), root=""), "the disk.").question == "What is behind this: the disk?"
    assert answer.tier is Tier.INSUFFICIENT
    assert answer.reason
    assert [one.refs for one in answer.sentences] == [("L1",)]


def test_an_entry_that_it_rests_on_is_named_by_its_id() -> None:
    known = explained(FULL)
    (root, *rest) = known.evidence
    entry = replace(root, ref="K1", kind="knowledge", source="kb:abc123", text="Emptied", message="Empty /srv.")
    answer = opening(replace(known, evidence=(root, *(e for e in rest if e.kind == "log"), entry)), "full")
    assert [(one.id, one.title, one.text) for one in answer.knowledge] == [("abc123", "Emptied", "Empty /srv.")]
