"""A question to an answer: from the store, the logs at hand and the model; every sentence cited or marked as general knowledge."""

from __future__ import annotations

from dataclasses import replace

from edgeops.assistant.dialogue import prompts
from edgeops.assistant.dialogue.hypotheses import Hypothesis, hypotheses
from edgeops.assistant.dialogue.material import WORDS, Bench, Material, found_for, insufficient, steps_of
from edgeops.assistant.dialogue.replies import Intent, intent_of
from edgeops.assistant.dialogue.sentences import grounded, split, telling
from edgeops.assistant.dialogue.steering import confirmed, in_context, proposed_in, ruled_out
from edgeops.assistant.known import citing, explain_known, filled, wording_of
from edgeops.assistant.prose import tidy
from edgeops.errors import EngineError, EngineLost
from edgeops.records import Answer, Finished, Sentence, Talk, Tier, Written

MOST_TOLD = 3
_NOWHERE = ("The passages do not answer", "现有资料不能回答")


def ask(said: str, talk: Talk, bench: Bench) -> Talk:
    """The conversation with one more answer, the last of `answers`. Never raises EngineError: a failing model leaves a note."""
    # A conversation that is gone on with may have proposed what the pack does not have any more.
    intent = intent_of(said) if proposed_in(talk) in bench.book.faults else Intent.ASKS
    match intent:
        case Intent.CONFIRMS:
            return confirmed(said, talk, bench)
        case Intent.DENIES | Intent.MORE:
            return ruled_out(said, talk, bench, intent)
    question = in_context(said, talk)
    found = found_for(question, bench)
    standing = hypotheses(found, bench.incidents, bench.book, talk.ruled_out)
    material = Material.of(found, standing, bench)
    if not material.evidence:
        answer = insufficient(said, bench, "nothing", material)
    else:
        answer = _answered(said, question, standing, material, bench)
    return replace(talk, answers=(*talk.answers, answer))


def _answered(said: str, question: str, standing: list[Hypothesis], material: Material, bench: Bench) -> Answer:
    first = standing[0] if standing else None
    answer = Answer(
        question=said,
        lang=bench.lang,
        tier=Tier.KNOWN,
        fault=first.fault.id if first else "",
        knowledge=material.passages,
        evidence=material.lines,
        checks=steps_of(first, bench, "checks"),
        fixes=steps_of(first, bench, "fixes") if first and first.incident else (),
    )
    opening = _opening(first, material, bench)
    if bench.mind is None:
        return _extracted(answer, question, opening, material, bench)
    try:
        return _reasoned(answer, question, opening, material, bench)
    except EngineError as error:
        note = WORDS[bench.lang]["model"].format(error=error)
        return replace(_extracted(answer, question, opening, material, bench), notes=(note,))


def _opening(first: Hypothesis | None, material: Material, bench: Bench) -> list[Sentence]:
    """What code knows by itself: the fault that the logs show, else the one most like the question."""
    if first is None:
        return []
    if first.incident:
        known = explain_known(first.incident, material.selection, bench.book.faults, bench.book.steps, bench.lang)
        refs = {e.ref for e in material.lines}
        if known and known.fault == first.fault.id and known.root in refs:
            return [Sentence(known.summary, tuple(ref for ref in known.cites if ref in refs))]
    ref = material.ref_of(first.fault.id)
    if not ref:
        return []
    title = filled(wording_of(first.fault, bench.lang).title, {})
    return [Sentence(citing(WORDS[bench.lang]["suspect"].format(title=title), ref), (ref,))]


def _extracted(answer: Answer, question: str, opening: list[Sentence], material: Material, bench: Bench) -> Answer:
    """Without a model: the sentences of the passages that say most about the question."""
    texts = [(f"K{n}", passage.text) for n, passage in enumerate(material.passages, 1)]
    told = telling(question, texts, MOST_TOLD)
    if not opening and not told:
        return insufficient(answer.question, bench, "unanswered", material)
    return replace(answer, sentences=(*opening, *told))


def _reasoned(answer: Answer, question: str, opening: list[Sentence], material: Material, bench: Bench) -> Answer:
    """The model's sentences, verified; what code knows comes first. Raises EngineError."""
    assert bench.mind is not None
    script = replace(prompts.asking(question, material.passages, material.lines, bench.lang), sampling=bench.sampling)
    text, finished = "", None
    for reply in bench.mind().engine.run(script):
        bench.heard(reply)
        if isinstance(reply, Written):
            text = tidy(reply.text, reply.ended)
        elif isinstance(reply, Finished):
            finished = reply
    if finished is None:
        raise EngineLost("The model stopped before it had finished; nothing of its answer is used.")
    sentences, doubts = grounded(split(text), material.evidence)
    borne_out = [s for s in sentences if s.refs and not any(u.token in s.text for u in doubts)]
    if text.startswith(_NOWHERE) or not borne_out:
        bare = _extracted(answer, question, opening, material, bench)
        return replace(bare, model=finished.model, timings=finished.timings)
    return replace(
        answer,
        tier=Tier.REASONED,
        sentences=(*(s for s in opening if s.text not in text), *sentences),
        unproved=doubts,
        model=finished.model,
        timings=finished.timings,
    )
