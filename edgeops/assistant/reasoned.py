"""The *reasoned* tier: the model chooses root, fault and check among ids and writes two short texts; code verifies them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, replace

from edgeops.assistant import prompts
from edgeops.assistant.abstain import abstain
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.choice import best, blend
from edgeops.assistant.cite import checkable, cited, verify
from edgeops.assistant.known import citing, filled, knowledge, wording_of
from edgeops.assistant.steps import bindings_of, concrete
from edgeops.errors import ContextOverflow, EngineLost
from edgeops.hooks import Engine
from edgeops.records import (
    Action,
    Chosen,
    Evidence,
    Explanation,
    Finished,
    Incident,
    Reply,
    Sampling,
    Script,
    Selection,
    Tier,
    Timings,
    Written,
)

PROMPT_CHARACTERS = 2_400
MOST_PROMPT_LINES = 14
MOST_FAULTS = 4
MODEL_WEIGHT = 0.5
LEAST_CERTAINTY = 0.25
MOST_UNPROVED = 0.5
LEAST_SUMMARY = 8
GENERIC_CHECKS = ("unit-status", "unit-journal", "kernel-errors")

Heard = Callable[[Reply], None]
Habits = MutableMapping[str, tuple[float, ...]]
"""What a model prefers when the form is empty; measured once for each form, kept by the caller."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the reasoned tier works with."""

    book: Casebook
    engine: Engine
    habits: Habits
    heard: Heard
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class _Case:
    """What is put to the model, and what it may choose from, with what code believes beforehand."""

    evidence: tuple[Evidence, ...]
    roots: tuple[str, ...]
    root_prior: tuple[float, ...]
    faults: tuple[str, ...]
    fault_prior: tuple[float, ...]
    user: str


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was chosen: the root's ref, the fault's id and its K number (0 when none fits)."""

    root: str
    certainty: float
    fault: str
    number: int
    timings: Timings


@dataclass(frozen=True, slots=True)
class _Filled:
    """The slots of one run."""

    chosen: dict[str, Chosen]
    written: dict[str, str]
    finished: Finished


def explain_reasoned(incident: Incident, selection: Selection, desk: Desk, lang: str) -> Explanation:
    """The model's answer, verified; an abstention when it is too unsure or its words are not borne out.

    Raises EngineError when the model cannot answer at all.
    """
    budget = PROMPT_CHARACTERS
    while True:
        try:
            return _answer(incident, selection, _case(incident, selection, desk.book, lang, budget), desk, lang)
        except ContextOverflow:
            if budget < PROMPT_CHARACTERS // 3:
                raise
            budget //= 2


def _case(incident: Incident, selection: Selection, book: Casebook, lang: str, budget: int) -> _Case:
    evidence = shown_to_model(selection, budget)
    refs = {e.ref for e in evidence}
    roots = tuple(ref for ref in selection.roots if ref in refs)
    strength = {e.ref: incident.signals[e.signal].score for e in evidence if e.signal is not None}
    options = _options(incident, evidence, roots, book, lang)
    titles = [filled(wording_of(book.faults[f], lang).title, bindings_of(incident, f)) for f, _ in options]
    return _Case(
        evidence=evidence,
        roots=roots,
        root_prior=tuple(0.6**rank * strength[ref] for rank, ref in enumerate(roots)),
        faults=tuple(fault for fault, _ in options),
        fault_prior=(*(score for _, score in options), 0.05 if incident.suspects else 0.4),
        user=prompts.user_part([prompts.line_of(e) for e in evidence], titles, lang),
    )


def shown_to_model(selection: Selection, budget: int) -> tuple[Evidence, ...]:
    """The part of the evidence that fits a prompt: root candidates first, then by score; in order of time."""
    rank = {ref: place for place, ref in enumerate(selection.roots)}
    by_worth = sorted(selection.evidence, key=lambda e: (rank.get(e.ref, len(rank)), -e.score))
    chosen: set[str] = set()
    left = budget
    for evidence in by_worth[:MOST_PROMPT_LINES]:
        size = len(prompts.line_of(evidence))
        if size <= left or not chosen:
            chosen.add(evidence.ref)
            left -= size
    return tuple(e for e in selection.evidence if e.ref in chosen)


def _options(
    incident: Incident, evidence: tuple[Evidence, ...], roots: tuple[str, ...], book: Casebook, lang: str
) -> list[tuple[str, float]]:
    """Faults the model may choose, with what code believes of each: those with matching lines, then those with like words."""
    suspects = [(s.fault, s.score) for s in incident.suspects[:MOST_FAULTS]]
    seen = {fault for fault, _ in suspects}
    query = " ".join(e.message for e in evidence if e.ref in roots[:3])
    like = [k.id for k in book.search(query, MOST_FAULTS, lang) if k.id not in seen]
    return [*suspects, *((fault, 0.1) for fault in like)][:MOST_FAULTS]


def _answer(incident: Incident, selection: Selection, case: _Case, desk: Desk, lang: str) -> Explanation:
    choice = _choose(incident, case, desk, lang)
    checks = _checks(incident, choice.fault, desk.book, lang)
    entry = desk.book.faults.get(choice.fault)
    script = prompts.writing(case.user, choice.root, choice.number, not entry, [_title(c) for c in checks], lang)
    last = _run(desk, script)
    evidence = (*selection.evidence, *_entries(incident, case, choice, desk.book, lang))
    summary = last.written["summary"].strip()
    # What the pack knows of a fault is better than what a small model makes of it.
    values = bindings_of(incident, choice.fault)
    cause = (
        f"{filled(wording_of(entry, lang).cause, values)} [K{choice.number}]"
        if entry
        else last.written["cause"].strip()
    )
    unproved = verify("summary", summary, evidence, choice.root)
    unproved += () if entry else verify("cause", cause, evidence, choice.root)
    answer = Explanation(
        incident=incident.id,
        tier=Tier.REASONED,
        lang=lang,
        fault=choice.fault,
        root=choice.root,
        summary=summary if cited(summary) else citing(summary, choice.root),
        cause=cause,
        checks=_chosen_first(checks, last),
        fixes=concrete([desk.book.steps[s] for s in entry.fixes], values, lang) if entry else (),
        cites=_cites(choice.root, summary, cause, evidence),
        unproved=unproved,
        evidence=evidence,
        certainty=round(choice.certainty, 3),
        confirm=filled(wording_of(entry, lang).confirm, values) if entry else "",
        dropped_templates=selection.dropped_templates,
        dropped_lines=selection.dropped_lines,
        model=last.finished.model,
        timings=_sum(choice.timings, last.finished.timings),
    )
    reason = _doubt(answer, summary)
    return _withdrawn(answer, abstain(incident, selection, lang, reason)) if reason else answer


def _choose(incident: Incident, case: _Case, desk: Desk, lang: str) -> _Choice:
    """The root line and the fault. A root line that states a known fault settles the fault without the model."""
    first = _run(desk, prompts.choosing(case.user, case.roots, len(case.faults), lang))
    roots = _weigh(case.root_prior, first.chosen["root"], "root", case, desk, lang)
    root = case.roots[best(roots)]
    (line,) = (e for e in case.evidence if e.ref == root)
    rule = incident.signals[line.signal].rule if line.signal is not None else None
    if rule and rule.fault in case.faults:
        number = case.faults.index(rule.fault)
    else:
        number = best(_weigh(case.fault_prior, first.chosen["fault"], "fault", case, desk, lang))
    known = number < len(case.faults)
    return _Choice(
        root=root,
        certainty=roots[best(roots)],
        fault=case.faults[number] if known else "",
        number=number + 1 if known else 0,
        timings=first.finished.timings,
    )


def _cites(root: str, summary: str, cause: str, evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
    """The refs that the answer rests on, the root first; only ones that exist."""
    known = {e.ref for e in evidence}
    refs = [root, *(ref for text in (summary, cause) for ref in cited(text) if ref in known)]
    return tuple(dict.fromkeys(refs))


def _withdrawn(answer: Explanation, abstention: Explanation) -> Explanation:
    """The abstention that takes the place of an answer, with what is known about how it came about."""
    return replace(
        abstention,
        root=answer.root,
        cites=(answer.root,),
        certainty=answer.certainty,
        model=answer.model,
        timings=answer.timings,
    )


def _run(desk: Desk, script: Script) -> _Filled:
    chosen: dict[str, Chosen] = {}
    written: dict[str, str] = {}
    for reply in desk.engine.run(replace(script, sampling=desk.sampling)):
        desk.heard(reply)
        if isinstance(reply, Chosen):
            chosen[reply.name] = reply
        elif isinstance(reply, Written):
            written[reply.name] = reply.text
        elif isinstance(reply, Finished):
            return _Filled(chosen, written, reply)
    raise EngineLost(
        "The model stopped before it had finished; nothing of its answer is used. Try again, or use --no-model."
    )


def _weigh(prior: tuple[float, ...], said: Chosen, name: str, case: _Case, desk: Desk, lang: str) -> tuple[float, ...]:
    """What code believes, times what the model says beyond its habit."""
    refs = ",".join(case.roots)
    key = f"{lang}/{name}/{len(case.evidence)}/{refs}/{len(case.faults)}"
    if key not in desk.habits:
        script = prompts.neutral(len(case.evidence), case.roots, len(case.faults), lang)
        for other, choice in _run(replace(desk, heard=lambda _: None), script).chosen.items():
            desk.habits[key.replace(f"/{name}/", f"/{other}/", 1)] = choice.probabilities
    return blend(prior, said.probabilities, desk.habits[key], MODEL_WEIGHT)


def _checks(incident: Incident, fault: str, book: Casebook, lang: str) -> tuple[Action, ...]:
    """The fault's checks; where no fault is known, the generic ones that the incident's lines can fill."""
    values = bindings_of(incident, fault)
    if fault:
        return concrete([book.steps[s] for s in book.faults[fault].checks], values, lang)
    generic = concrete([book.steps[s] for s in GENERIC_CHECKS if s in book.steps], values, lang)
    return tuple(action for action in generic if not action.missing)


def _title(action: Action) -> str:
    return f"{action.text} ({' '.join(action.argv)})" if action.argv else action.text


def _chosen_first(checks: tuple[Action, ...], filled_slots: _Filled) -> tuple[Action, ...]:
    choice = filled_slots.chosen.get("check")
    if choice is None:
        return checks
    first = checks[int(choice.option.rstrip("]")) - 1]
    return (first, *(check for check in checks if check is not first))


def _entries(incident: Incident, case: _Case, choice: _Choice, book: Casebook, lang: str) -> Iterator[Evidence]:
    """What the model was shown of the pack and may cite: faults whose lines are in the incident, and the chosen one."""
    scores = {suspect.fault: suspect.score for suspect in incident.suspects}
    for number, fault in enumerate(case.faults, 1):
        if fault in scores or fault == choice.fault:
            yield knowledge(
                f"K{number}", book.faults[fault], bindings_of(incident, fault), lang, scores.get(fault, 0.5)
            )


_DOUBTS = {
    "en": {
        "empty": "the model wrote nothing usable",
        "unsure": "the model is not sure which line came first (certainty {certainty:.2f}) and no known fault fits",
        "unproved": "too much of what the model wrote stands in no line ({tokens})",
    },
    "zh": {
        "empty": "模型没有给出可用的内容",
        "unsure": "模型不能确定哪一行是根因(把握 {certainty:.2f}),也没有合适的已知故障",
        "unproved": "模型所写内容有太多在日志行中找不到依据({tokens})",
    },
}


def _doubt(answer: Explanation, summary: str) -> str:
    """Why the answer should not be given, or ""."""
    words = _DOUBTS[answer.lang]
    if len(summary) < LEAST_SUMMARY:
        return words["empty"]
    certainty = answer.certainty or 0.0
    if certainty < LEAST_CERTAINTY and not answer.fault:
        return words["unsure"].format(certainty=certainty)
    written = (summary,) if answer.fault else (summary, answer.cause)
    claims = sum(len(checkable(text)) + len(cited(text)) for text in written)
    if len(answer.unproved) > 1 and len(answer.unproved) > MOST_UNPROVED * claims:
        return words["unproved"].format(tokens=", ".join(u.token for u in answer.unproved[:4]))
    return ""


def _sum(first: Timings, second: Timings) -> Timings:
    return Timings(
        load_s=first.load_s,
        prompt_tokens=first.prompt_tokens,
        restored=first.restored,
        prompt_s=first.prompt_s + second.prompt_s,
        first_s=first.first_s,
        tokens=first.tokens + second.tokens,
        decode_s=first.decode_s + second.decode_s,
        total_s=first.total_s + second.total_s,
    )
