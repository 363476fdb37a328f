"""Which evidence lines carried an answer: each is left out in turn, and the choice asked for again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from edgeops.assistant.case import Case, case_of
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.choice import fitting, weighed
from edgeops.assistant.evidence import select
from edgeops.assistant.reasoned import LEAST_PROMPT, PROMPT_CHARACTERS, Desk, Heard, Mind, said_of
from edgeops.errors import ContextOverflow
from edgeops.records import Evidence, Explanation, Incident, Reply, Sampling, Tier

MOST_RUNS = 8
"""Choices asked for, that with all lines included."""

Shares = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """What one evidence line did for an answer.

    root, fault: by how much the probability of the chosen root or fault (0..1) falls when the line is left out; below 0 it
    rises, None says that it was not asked. rule: the known fault that the line states, which decided without the model.
    """

    ref: str
    root: float | None = None
    fault: float | None = None
    rule: str = ""


def _silent(_: Reply) -> None:
    pass


def carried(
    incident: Incident,
    answer: Explanation,
    book: Casebook,
    mind: Callable[[], Mind],
    budget: int = 6_000,
    heard: Heard = _silent,
) -> tuple[Carried, ...]:
    """The lines that carried the answer, those that did most first; empty where nothing was answered.

    mind is called only where the model chose; it is asked at most MOST_RUNS times. budget: the characters of evidence that
    the answer was given. To cancel raise from heard. Raises EngineError.

    What code believes is kept as it is, so that the fall is the model's doing.
    """
    if answer.tier is Tier.INSUFFICIENT or not answer.root:
        return ()
    if answer.tier is Tier.KNOWN:
        return (Carried(answer.root, rule=answer.fault),)
    characters = PROMPT_CHARACTERS
    while True:
        case = case_of(incident, select(incident, budget), book, answer.lang, characters)
        if answer.root not in case.roots or (answer.fault and answer.fault not in case.faults):
            return ()  # the answer is about other lines than these
        if case.settled:
            return (Carried(answer.root, rule=answer.fault),)
        try:
            return _weighed(incident, answer, case, Desk(book, mind(), heard, Sampling(), answer.lang))
        except ContextOverflow:
            if characters <= LEAST_PROMPT:
                raise
            characters //= 2


@dataclass(frozen=True, slots=True)
class _Weights:
    """The probability of each root by its ref, and of each fault."""

    roots: dict[str, float]
    faults: Shares


def _weighed(incident: Incident, answer: Explanation, case: Case, desk: Desk) -> tuple[Carried, ...]:
    number = case.faults.index(answer.fault) if answer.fault else len(case.faults)
    rule = case.fault_of(incident, answer.root)
    whole = _asked(case, desk, answer.root)
    others = [line for line in case.evidence if line.ref != answer.root]
    least = sorted(others, key=lambda line: line.score)[: max(0, len(others) - (MOST_RUNS - 1))]
    found = [Carried(answer.root, rule=rule)] if rule else []
    # The last lines first: what stands before them need not be read again.
    for line in reversed([line for line in others if line not in least]):
        fewer = _without(case, line)
        now = _asked(fewer, desk, answer.root)
        before = _share(whole.roots, answer.root, fewer.roots)
        fault = None if rule else whole.faults[number] - now.faults[number]
        found.append(Carried(line.ref, before - now.roots[answer.root], fault))
    return tuple(sorted(found, key=_effect, reverse=True))


def _effect(one: Carried) -> float:
    return 2.0 if one.rule else max(one.root or 0.0, one.fault or 0.0)


def _asked(case: Case, desk: Desk, root: str) -> _Weights:
    """The choice by what code believes and what the model says, as the answer was found; that of the fault is for this root."""
    said, _ = said_of(case, desk)
    roots = weighed(case.root_prior, said.get("root", ()), desk.mind.trust.weight)
    prior = case.fault_priors[case.roots.index(root)]
    faults = weighed(prior, fitting(said.get("fault", ())), desk.mind.trust.weight)
    return _Weights(dict(zip(case.roots, roots, strict=True)), faults)


def _share(roots: dict[str, float], root: str, among: Sequence[str]) -> float:
    """The root's part among these candidates: without one of them the others share what it had, which is no effect."""
    return roots[root] / sum(roots[ref] for ref in among)


def _without(case: Case, line: Evidence) -> Case:
    """The case without one of its lines."""
    left = [place for place, ref in enumerate(case.roots) if ref != line.ref]
    return replace(
        case,
        evidence=tuple(e for e in case.evidence if e.ref != line.ref),
        roots=tuple(case.roots[place] for place in left),
        root_prior=tuple(case.root_prior[place] for place in left),
        fault_priors=tuple(case.fault_priors[place] for place in left),
    )
