"""Replies that steer the diagnosis: what was ruled out, what comes next, and what it was."""

from __future__ import annotations

from dataclasses import replace

from edgeops.assistant.dialogue.hypotheses import denied, hypotheses
from edgeops.assistant.dialogue.material import WORDS, Bench, Material, found_for, insufficient, steps_of
from edgeops.assistant.dialogue.replies import Intent, intent_of
from edgeops.assistant.dialogue.sentences import telling
from edgeops.assistant.known import citing, filled, wording_of
from edgeops.records import Answer, Sentence, Talk, Tier


def proposed_in(talk: Talk) -> str:
    """The fault that the last answer put first."""
    return talk.answers[-1].fault if talk.answers else ""


def in_context(said: str, talk: Talk) -> str:
    """A follow-up in few words is asked together with the question before it."""
    before = next((answer.question for answer in reversed(talk.answers)), "")
    few = len(said.split()) <= 5 and len(said) <= 40
    return f"{before} {said}" if before and few else said


def confirmed(said: str, talk: Talk, bench: Bench) -> Talk:
    fault = bench.book.faults[proposed_in(talk)]
    title = filled(wording_of(fault, bench.lang).title, {})
    before = talk.answers[-1]
    answer = replace(
        before,
        question=said,
        lang=bench.lang,
        tier=Tier.KNOWN,
        sentences=(Sentence(WORDS[bench.lang]["confirmed"].format(title=title)),),
        checks=(),
        unproved=(),
        model="",
    )
    return replace(talk, answers=(*talk.answers, answer), settled=fault.id)


def ruled_out(said: str, talk: Talk, bench: Bench, intent: Intent) -> Talk:
    """What the person ruled out is out, and the next hypothesis is put forward."""
    question = next((a.question for a in talk.answers if intent_of(a.question) is Intent.ASKS), said)
    found = found_for(question, bench)
    standing = [h.fault.id for h in hypotheses(found, bench.incidents, bench.book, talk.ruled_out)]
    proposed = proposed_in(talk)
    out = (
        denied(said, list(dict.fromkeys([proposed, *standing])), bench.book) if intent is Intent.DENIES else [proposed]
    )
    taken_back = intent is Intent.DENIES and talk.settled in out
    talk = replace(
        talk,
        ruled_out=tuple(dict.fromkeys((*talk.ruled_out, *out))),
        settled="" if taken_back else talk.settled,
    )
    left = hypotheses(found, bench.incidents, bench.book, talk.ruled_out)
    material = Material.of([p for p in found if p.id not in talk.ruled_out], left, bench)
    words = WORDS[bench.lang]
    titles = ", ".join(filled(wording_of(bench.book.faults[f], bench.lang).title, {}) for f in out)
    noted = [Sentence(words["denied"].format(titles=titles))] if intent is Intent.DENIES else []
    if not left:
        answer = replace(insufficient(said, bench, "no more", material), sentences=tuple(noted))
        return replace(talk, answers=(*talk.answers, answer))
    ref = material.ref_of(left[0].fault.id)
    title = filled(wording_of(left[0].fault, bench.lang).title, {})
    follows = Sentence(citing(words["next"].format(title=title), ref), (ref,) if ref else ())
    told = telling(question, [(ref, p.text) for p in material.passages if p.id == left[0].fault.id], 2) if ref else []
    answer = Answer(
        question=said,
        lang=bench.lang,
        tier=Tier.KNOWN,
        sentences=(*noted, follows, *told),
        fault=left[0].fault.id,
        knowledge=material.passages,
        evidence=material.lines,
        checks=steps_of(left[0], bench, "checks"),
    )
    return replace(talk, answers=(*talk.answers, answer))
