"""The *reasoned* tier: the model chooses root, fault and check among ids and writes two short texts; code verifies them."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace

from edgeops.assistant import prompts
from edgeops.assistant.abstain import abstain
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.choice import best, blend
from edgeops.assistant.cite import checkable, cited, verify
from edgeops.assistant.known import filled, knowledge, wording_of
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
    Script,
    Selection,
    Tier,
    Timings,
    Unproved,
    Written,
)

PROMPT_CHARACTERS = 2_400
MOST_PROMPT_LINES = 14
MOST_FAULTS = 4
MODEL_WEIGHT = 0.5
LEAST_CERTAINTY = 0.25
MOST_UNPROVED = 0.5
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
    first = _run(desk, prompts.choosing(case.user, case.roots, len(case.faults), lang))
    roots = _weigh(case.root_prior, first.chosen["root"], "root", case, desk, lang)
    faults = _weigh(case.fault_prior, first.chosen["fault"], "fault", case, desk, lang)
    root, number = case.roots[best(roots)], best(faults)
    fault = case.faults[number] if number < len(case.faults) else ""
    checks = _checks(incident, fault, desk.book, lang)
    number = number + 1 if fault else 0
    script = prompts.writing(case.user, root, number, [_title(check) for check in checks], lang)
    last = _run(desk, script)
    certainty = roots[best(roots)]
    entry = (knowledge("K1", desk.book.faults[fault], lang, round(max(faults), 3)),) if fault else ()
    evidence = (*selection.evidence, *entry)
    summary, cause = (_renumbered(last.written[name].strip(), number) for name in ("summary", "cause"))
    unproved = (*verify("summary", summary, evidence, root), *verify("cause", cause, evidence, root))
    timings = _sum(first.finished.timings, last.finished.timings)
    reason = _doubt(summary, cause, unproved, certainty, fault, lang)
    if reason:
        doubt = abstain(incident, selection, lang, reason)
        return replace(doubt, root=root, cites=(root,), model=last.finished.model, timings=timings, certainty=certainty)
    known = {e.ref for e in evidence}
    return Explanation(
        incident=incident.id,
        tier=Tier.REASONED,
        lang=lang,
        fault=fault,
        root=root,
        summary=summary if cited(summary) else f"{summary} [{root}]",
        cause=cause,
        checks=_chosen_first(checks, last),
        fixes=_fixes(incident, fault, desk.book, lang),
        cites=tuple(dict.fromkeys([root, *(ref for ref in (*cited(summary), *cited(cause)) if ref in known)])),
        unproved=unproved,
        evidence=evidence,
        certainty=round(certainty, 3),
        confirm=filled(wording_of(desk.book.faults[fault], lang).confirm, {}) if fault else "",
        dropped_templates=selection.dropped_templates,
        dropped_lines=selection.dropped_lines,
        model=last.finished.model,
        timings=timings,
    )


def _run(desk: Desk, script: Script) -> _Filled:
    chosen: dict[str, Chosen] = {}
    written: dict[str, str] = {}
    for reply in desk.engine.run(script):
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


def _fixes(incident: Incident, fault: str, book: Casebook, lang: str) -> tuple[Action, ...]:
    if not fault:
        return ()
    return concrete([book.steps[s] for s in book.faults[fault].fixes], bindings_of(incident, fault), lang)


def _title(action: Action) -> str:
    return f"{action.text} ({' '.join(action.argv)})" if action.argv else action.text


def _chosen_first(checks: tuple[Action, ...], filled_slots: _Filled) -> tuple[Action, ...]:
    choice = filled_slots.chosen.get("check")
    if choice is None:
        return checks
    first = checks[int(choice.option.rstrip("]")) - 1]
    return (first, *(check for check in checks if check is not first))


def _renumbered(text: str, number: int) -> str:
    """The model knows the chosen fault as K<number>; in the answer's evidence it is K1. Other K refs cite nothing."""
    return text.replace(f"[K{number}]", "[K1]") if number else text


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


def _doubt(summary: str, cause: str, unproved: tuple[Unproved, ...], certainty: float, fault: str, lang: str) -> str:
    """Why the answer should not be given, or ""."""
    words = _DOUBTS[lang]
    if len(summary) < 12:
        return words["empty"]
    if certainty < LEAST_CERTAINTY and not fault:
        return words["unsure"].format(certainty=certainty)
    claims = sum(len(checkable(text)) + len(cited(text)) for text in (summary, cause))
    if claims and len(unproved) > 1 and len(unproved) / claims > MOST_UNPROVED:
        return words["unproved"].format(tokens=", ".join(u.token for u in unproved[:4]))
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
