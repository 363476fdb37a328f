"""The case that is put to the model: the lines it sees, the ids it may choose, and what code believes of each beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgeops.assistant import prompts
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.known import filled, knowledge, stated, title_of, wording_of
from edgeops.assistant.likeness import MOST_FAULTS, NONE, mixed, offered
from edgeops.assistant.steps import bindings_of, bound
from edgeops.records import Evidence, Fault, Incident, Selection, Signal

MOST_LINES = 8
LIKE_WORDS = 0.1
"""Said of a fault of which only the words are alike, where a single number is wanted."""
_EACH_FURTHER_ROOT = 0.6


@dataclass(frozen=True, slots=True)
class Case:
    """root_prior belongs to the roots. fault_priors has a row for each root, to be used where that root states no fault: a prior of each fault,
    and last of `none of these`.

    A fault that other lines state than the root is then mostly its effect: the rules' word for it counts no more than its words do.
    titles have the names that any line bound; openings, one a root, have them as that line bears them out: its own names, or none.
    matched are the faults whose rules fit a line; settled: the first root states the first fault, so there is nothing for the model to choose.
    """

    evidence: tuple[Evidence, ...]
    roots: tuple[str, ...]
    root_prior: tuple[float, ...]
    faults: tuple[str, ...]
    fault_priors: tuple[tuple[float, ...], ...]
    titles: tuple[str, ...]
    openings: tuple[tuple[str, ...], ...]
    matched: tuple[str, ...]
    settled: bool

    def user(self, lang: str, chosen: str | None = None) -> str:
        """What is put to the model: all faults to choose from, or once one is chosen ("" is none) only what bears on it."""
        numbered = enumerate(zip(self.faults, self.titles, strict=True), 1)
        faults = {n: title for n, (fault, title) in numbered if chosen is None or fault in (chosen, *self.matched)}
        return prompts.user_part([prompts.line_of(e) for e in self.evidence], faults, lang)

    def number_of(self, fault: str) -> int:
        """The number by which a fault is chosen; 0 for none of these ("")."""
        return self.faults.index(fault) + 1 if fault else 0

    def opening(self, root: str, fault: str) -> str:
        """The title of a fault as the line of a root bears it out; "" for no fault."""
        return self.openings[self.roots.index(root)][self.faults.index(fault)] if fault else ""

    def line(self, ref: str) -> Evidence:
        """The line of that ref."""
        return next(e for e in self.evidence if e.ref == ref)

    def fault_of(self, incident: Incident, root: str) -> str:
        """The fault that the root line states or suffers from, if it may be chosen; else ""."""
        signal = signal_of(incident, self.line(root))
        rule = signal.rule if signal else None
        return rule.fault if rule and rule.fault in self.faults else ""

    def states(self, incident: Incident) -> tuple[int, ...]:
        """The number of the fault that the line of each root states or suffers from (0: of none)."""
        return tuple(self.number_of(self.fault_of(incident, root)) for root in self.roots)


def case_of(incident: Incident, selection: Selection, book: Casebook, lang: str, budget: int) -> Case:
    """The case of an incident in at most `budget` characters of lines."""
    evidence = shown(selection, budget)
    by_ref = {e.ref: e for e in evidence}
    roots = tuple(ref for ref in selection.roots if ref in by_ref)
    strength = {e.ref: incident.signals[e.signal].score for e in evidence if e.signal is not None}
    settled = stated(incident)
    messages = [by_ref[ref].message for ref in roots]
    matched = tuple(suspect.fault for suspect in incident.suspects)
    odds = dict.fromkeys(matched[:MOST_FAULTS], (0.0,) * len(roots)) if settled else offered(messages, book, matched)
    faults = list(odds) if settled else mixed(odds, messages)
    return Case(
        evidence=evidence,
        roots=roots,
        root_prior=tuple(_EACH_FURTHER_ROOT**rank * strength[ref] for rank, ref in enumerate(roots)),
        faults=tuple(faults),
        fault_priors=tuple((*(odds[fault][place] for fault in faults), NONE) for place in range(len(roots))),
        titles=tuple(_title(incident, book.faults[f], f in matched, lang) for f in faults),
        openings=tuple(tuple(_borne(incident, by_ref[root], book.faults[f], lang) for f in faults) for root in roots),
        matched=matched,
        settled=settled,
    )


def _title(incident: Incident, fault: Fault, matched: bool, lang: str) -> str:
    """The fault's title with what its lines bound; without lines, the general one."""
    if not matched and lang == "en":
        return fault.title
    return filled(wording_of(fault, lang).title, bindings_of(incident, fault.id))


def signal_of(incident: Incident, line: Evidence) -> Signal | None:
    """The signal of the incident that an evidence line is; None for one that only stands beside them."""
    return incident.signals[line.signal] if line.signal is not None else None


def _borne(incident: Incident, line: Evidence, fault: Fault, lang: str) -> str:
    """The fault's title with what this very line bound; the general one where it does not state the fault."""
    signal = signal_of(incident, line)
    if not signal or not signal.rule or signal.rule.fault != fault.id:
        return title_of(fault, lang)
    return filled(wording_of(fault, lang).title, bound([signal]))


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
