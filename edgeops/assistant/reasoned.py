"""The *reasoned* tier: the model chooses among ids what code could not settle, and writes a short text that code verifies.

Code writes the skeleton: the summary begins with the root, in words of the pack where it is a known fault and in the
line's own where no fault is known, and the model says what followed from it. Whether an answer is given at all is for code as well:
a model that was taught words for "nobody can tell" wrote them as readily where one can (AUC 0.46 on 74 staged incidents of families that it had
not seen), so that is a choice of its own (K?) beside the faults and `none of these`. Words that are not believed leave what the pack says of a
known fault; without one nothing is left to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from edgeops.assistant import prompts
from edgeops.assistant.abstain import CANNOT_TELL, abstain
from edgeops.assistant.case import Case, case_of, entries
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.choice import decided
from edgeops.assistant.cite import cited, verify
from edgeops.assistant.doubt import doubt
from edgeops.assistant.known import citing, filled, wording_of
from edgeops.assistant.prose import tidy
from edgeops.assistant.steps import bindings_of, concrete
from edgeops.assistant.telling import first
from edgeops.errors import ContextOverflow, EngineLost
from edgeops.hooks import Engine
from edgeops.records import (
    UNFITTED,
    Action,
    Chosen,
    Explanation,
    Finished,
    Incident,
    Reply,
    Sampling,
    Script,
    Selection,
    Tier,
    Timings,
    Trust,
    Written,
)

PROMPT_CHARACTERS = 1_400
LEAST_PROMPT = 500
_UNSAID = {
    "en": "What the model wrote on it is left out: {reason}.",
    "zh": "模型就此所写的内容已略去：{reason}。",
}
GENERIC_CHECKS = ("unit-status", "unit-journal", "kernel-errors")

Heard = Callable[[Reply], None]


@dataclass(frozen=True, slots=True)
class Mind:
    """A model, and how far its choices are trusted."""

    engine: Engine
    trust: Trust = UNFITTED


@dataclass(frozen=True, slots=True)
class Desk:
    """What the reasoned tier works with."""

    book: Casebook
    mind: Mind
    heard: Heard
    sampling: Sampling
    lang: str


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was chosen: the root's ref and the fault's id ("" when none fits). withheld: rather no answer. finished: where a model was asked."""

    root: str
    certainty: float
    fault: str
    withheld: bool = False
    finished: Finished | None = None


@dataclass(frozen=True, slots=True)
class _Filled:
    """The slots of one run."""

    chosen: dict[str, Chosen]
    written: dict[str, str]
    finished: Finished


def explain_reasoned(incident: Incident, selection: Selection, desk: Desk) -> Explanation:
    """The model's answer, verified; an abstention when it is too unsure or its words are not borne out.

    Raises EngineError when the model cannot answer at all. A context that is too small gets fewer lines.
    """
    budget = PROMPT_CHARACTERS
    while True:
        try:
            return _answer(incident, selection, case_of(incident, selection, desk.book, desk.lang, budget), desk)
        except ContextOverflow:
            if budget <= LEAST_PROMPT:
                raise
            budget //= 2


def _answer(incident: Incident, selection: Selection, case: Case, desk: Desk) -> Explanation:
    choice = _settled(incident, case) if case.settled else _chosen(incident, case, desk)
    timings = choice.finished.timings if choice.finished else Timings()
    if choice.finished and choice.withheld:
        found = abstain(incident, selection, desk.lang, CANNOT_TELL[desk.lang], choice.root)
        return replace(found, certainty=round(choice.certainty, 3), model=choice.finished.model, timings=timings)
    checks = checks_of(incident, choice.fault, desk.book, desk.lang)
    opening = opened(case, choice.root, choice.fault, desk.lang)
    last = _run(desk, writing(case, choice.root, choice.fault, checks, desk.lang))
    evidence = (*selection.evidence, *entries(case, incident, choice.fault, desk.book, desk.lang))
    known = _from_pack(incident, choice.fault, case.number_of(choice.fault), desk)
    texts = (last.written["summary"], *([] if choice.fault else [last.written["cause"]]))
    summary = prompts.joined(opening, choice.root, texts[0], desk.lang)
    unproved = verify("summary", summary, evidence, choice.root)
    unproved += () if choice.fault else verify("cause", texts[1], evidence, choice.root)
    reason = doubt(texts, unproved, choice.certainty, choice.fault, desk.lang)
    if reason and choice.fault:
        summary, unproved = f"{opening}{'。' if desk.lang == 'zh' else '.'}", ()
    answer = replace(
        known,
        incident=incident.id,
        root=choice.root,
        summary=summary if cited(summary) else citing(summary, choice.root),
        cause=known.cause or texts[-1],
        checks=_preferred(checks, last.chosen.get("check")),
        unproved=unproved,
        evidence=evidence,
        certainty=round(choice.certainty, 3),
        notes=(_UNSAID[desk.lang].format(reason=reason),) if reason else (),
        dropped_templates=selection.dropped_templates,
        dropped_lines=selection.dropped_lines,
        model=last.finished.model,
        timings=_sum(timings, last.finished.timings),
    )
    if reason and not choice.fault:
        return _withdrawn(answer, abstain(incident, selection, desk.lang, reason, choice.root))
    return replace(answer, cites=_cites(answer))


def opened(case: Case, root: str, fault: str, lang: str) -> str:
    """The words that begin the summary."""
    return first(case.opening(root, fault), case.line(root), lang)


def writing(case: Case, root: str, fault: str, checks: Sequence[Action], lang: str) -> Script:
    """The second run, in which root and fault stand fixed."""
    opening, titles = opened(case, root, fault, lang), [_title(check) for check in checks]
    return prompts.writing(case.user(lang, fault), root, case.number_of(fault), opening, titles, lang)


def _settled(incident: Incident, case: Case) -> _Choice:
    """The root line states a known fault: that is not the model's to judge."""
    return _Choice(case.roots[0], incident.suspects[0].score, case.faults[0])


def _chosen(incident: Incident, case: Case, desk: Desk) -> _Choice:
    """Root and fault by what code believes and what the model says; a fault that the root line shows goes before.

    A model whose choices do not count is not asked for them: that is half of the time an answer takes.
    """
    said, finished = said_of(case, desk)
    found = decided(case.root_prior, case.fault_priors, case.states(incident), said, desk.mind.trust)
    fault = case.faults[found.number - 1] if found.number else ""
    return _Choice(case.roots[found.root], found.certainty, fault, found.withheld, finished)


def said_of(case: Case, desk: Desk) -> tuple[dict[str, tuple[float, ...]], Finished | None]:
    """The model's share for each option of `root` and `fault`; nothing where that does not count. Raises EngineError."""
    if not desk.mind.trust.weight:
        return {}, None
    run = _run(desk, prompts.choosing(case.user(desk.lang), case.roots, len(case.faults), desk.lang))
    return {name: chosen.probabilities for name, chosen in run.chosen.items()}, run.finished


def _run(desk: Desk, script: Script) -> _Filled:
    chosen: dict[str, Chosen] = {}
    written: dict[str, str] = {}
    for reply in desk.mind.engine.run(replace(script, sampling=desk.sampling)):
        desk.heard(reply)
        if isinstance(reply, Chosen):
            chosen[reply.name] = reply
        elif isinstance(reply, Written):
            written[reply.name] = tidy(reply.text, reply.ended)
        elif isinstance(reply, Finished):
            return _Filled(chosen, written, reply)
    raise EngineLost(
        "The model stopped before it had finished; nothing of its answer is used. Try again, or use --no-model."
    )


def _from_pack(incident: Incident, fault: str, number: int, desk: Desk) -> Explanation:
    """What the pack knows of the fault: better words than a small model's."""
    bare = Explanation(incident.id, Tier.REASONED, desk.lang, fault)
    if not fault:
        return bare
    entry, values = desk.book.faults[fault], bindings_of(incident, fault)
    wording = wording_of(entry, desk.lang)
    return replace(
        bare,
        cause=citing(filled(wording.cause, values), f"K{number}"),
        fixes=concrete([desk.book.steps[s] for s in entry.fixes], values, desk.lang),
        confirm=filled(wording.confirm, values),
    )


def checks_of(incident: Incident, fault: str, book: Casebook, lang: str) -> tuple[Action, ...]:
    """The fault's checks; where no fault is known, the generic ones that the incident's lines can fill."""
    steps, values = book.steps, bindings_of(incident, fault)
    if fault:
        return concrete([steps[s] for s in book.faults[fault].checks], values, lang)
    generic = concrete([steps[s] for s in GENERIC_CHECKS if s in steps], values, lang)
    return tuple(action for action in generic if not action.missing)


def _title(action: Action) -> str:
    return f"{action.text} ({' '.join(action.argv)})" if action.argv else action.text


def _preferred(checks: tuple[Action, ...], choice: Chosen | None) -> tuple[Action, ...]:
    """The checks, the one that the model chose first."""
    if choice is None:
        return checks
    first = checks[int(choice.option.rstrip("]")) - 1]
    return (first, *(check for check in checks if check is not first))


def _cites(answer: Explanation) -> tuple[str, ...]:
    """The refs that the answer rests on, the root first; only ones that exist."""
    known = {e.ref for e in answer.evidence}
    refs = [answer.root, *(ref for text in (answer.summary, answer.cause) for ref in cited(text) if ref in known)]
    return tuple(dict.fromkeys(refs))


def _withdrawn(answer: Explanation, abstention: Explanation) -> Explanation:
    """The abstention that takes the place of an answer, with what is known about how it came about."""
    return replace(abstention, certainty=answer.certainty, model=answer.model, timings=answer.timings)


def _sum(first: Timings, second: Timings) -> Timings:
    return Timings(
        load_s=first.load_s + second.load_s,
        prompt_tokens=second.prompt_tokens,
        restored=first.restored or second.restored,
        prompt_s=first.prompt_s + second.prompt_s,
        first_s=first.first_s or second.first_s,
        tokens=first.tokens + second.tokens,
        decode_s=first.decode_s + second.decode_s,
        total_s=first.total_s + second.total_s,
    )
