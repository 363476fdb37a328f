"""The case that is put to the model: the lines it sees, the ids it may choose, and what code believes of each beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgeops.assistant import prompts
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.known import filled, knowledge, stated, wording_of
from edgeops.assistant.steps import bindings_of
from edgeops.records import Evidence, Incident, Selection

MOST_LINES = 10
MOST_FAULTS = 4
LIKE_WORDS = 0.1
NONE_BESIDE_SUSPECTS, NONE_ALONE = 0.05, 0.4
_EACH_FURTHER_ROOT = 0.6


@dataclass(frozen=True, slots=True)
class Case:
    """The priors belong to roots and to faults; fault_prior has one more, for `none of these`.

    settled: the first root states the first fault, so there is nothing for the model to choose.
    """

    evidence: tuple[Evidence, ...]
    roots: tuple[str, ...]
    root_prior: tuple[float, ...]
    faults: tuple[str, ...]
    fault_prior: tuple[float, ...]
    titles: tuple[str, ...]
    settled: bool

    def user(self, lang: str) -> str:
        """What is put to the model."""
        return prompts.user_part([prompts.line_of(e) for e in self.evidence], self.titles, lang)

    def fault_of(self, incident: Incident, root: str) -> str:
        """The fault that the root line states or suffers from, if it may be chosen; else ""."""
        (line,) = (e for e in self.evidence if e.ref == root)
        rule = incident.signals[line.signal].rule if line.signal is not None else None
        return rule.fault if rule and rule.fault in self.faults else ""


def case_of(incident: Incident, selection: Selection, book: Casebook, lang: str, budget: int) -> Case:
    """The case of an incident in at most `budget` characters of lines."""
    evidence = shown(selection, budget)
    refs = {e.ref for e in evidence}
    roots = tuple(ref for ref in selection.roots if ref in refs)
    strength = {e.ref: incident.signals[e.signal].score for e in evidence if e.signal is not None}
    settled = stated(incident)
    options = [(s.fault, s.score) for s in incident.suspects[:MOST_FAULTS]]
    if not settled:
        query = " ".join(e.message for e in evidence if e.ref in roots[:3])
        known = {fault for fault, _ in options}
        like = [k.id for k in book.search(query, MOST_FAULTS, lang) if k.id not in known]
        options = [*options, *((fault, LIKE_WORDS) for fault in like)][:MOST_FAULTS]
    titles = (filled(wording_of(book.faults[f], lang).title, bindings_of(incident, f)) for f, _ in options)
    none = NONE_BESIDE_SUSPECTS if incident.suspects else NONE_ALONE
    return Case(
        evidence=evidence,
        roots=roots,
        root_prior=tuple(_EACH_FURTHER_ROOT**rank * strength[ref] for rank, ref in enumerate(roots)),
        faults=tuple(fault for fault, _ in options),
        fault_prior=(*(score for _, score in options), none),
        titles=tuple(titles),
        settled=settled,
    )


def shown(selection: Selection, budget: int) -> tuple[Evidence, ...]:
    """The part of the evidence that fits a prompt: root candidates first, then by score; in order of time."""
    rank = {ref: place for place, ref in enumerate(selection.roots)}
    by_worth = sorted(selection.evidence, key=lambda e: (rank.get(e.ref, len(rank)), -e.score))
    chosen: set[str] = set()
    left = budget
    for evidence in by_worth[:MOST_LINES]:
        size = len(prompts.line_of(evidence))
        if size <= left or not chosen:
            chosen.add(evidence.ref)
            left -= size
    return tuple(e for e in selection.evidence if e.ref in chosen)


def entries(case: Case, incident: Incident, chosen: str, book: Casebook, lang: str) -> Iterator[Evidence]:
    """What the model saw of the pack and may cite, as K1, K2…: faults whose lines are in the incident, and the chosen one."""
    scores = {suspect.fault: suspect.score for suspect in incident.suspects}
    for number, fault in enumerate(case.faults, 1):
        if fault in scores or fault == chosen:
            values = bindings_of(incident, fault)
            yield knowledge(f"K{number}", book.faults[fault], values, lang, scores.get(fault, LIKE_WORDS))
