"""The case that is put to the model: the lines it sees, the ids it may choose, and what code believes of each beforehand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from edgeops.assistant import prompts
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.known import filled, knowledge, stated, wording_of
from edgeops.assistant.steps import bindings_of
from edgeops.records import Evidence, Fault, Incident, Selection

MOST_LINES = 8
MOST_FAULTS = 4
LIKE_WORDS = 0.1
"""Said of a fault of which only the words are alike, where a single number is wanted."""
# Of 23 shipped incidents the known roots score 8 to 48 (BM25) with their own fault; the root no fault knows scores 6.7.
LEAST_LIKENESS = 8.0
NONE_BESIDE_SUSPECTS, NONE_ALONE = 0.05, 0.4
# How likely a fault is that some message's words are like: of 2,313 such pairs in staged incidents those that were right hold half of
# what the message says, those that were wrong a fifth.
_LIKE_LEAST, _LIKE_MOST, _LIKE_MIDDLE, _LIKE_WIDTH = 0.02, 0.5, 0.38, 0.06
_EACH_FURTHER_ROOT = 0.6


@dataclass(frozen=True, slots=True)
class Case:
    """The priors belong to roots and to faults; fault_prior has one more, for `none of these`.

    matched are the faults whose rules fit a line; settled: the first root states the first fault, so there is nothing for the model to choose.
    """

    evidence: tuple[Evidence, ...]
    roots: tuple[str, ...]
    root_prior: tuple[float, ...]
    faults: tuple[str, ...]
    fault_prior: tuple[float, ...]
    titles: tuple[str, ...]
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
        known = {fault for fault, _ in options}
        messages = [e.message for e in evidence if e.ref in roots[:3]]
        options += [
            (fault, _likely(fault, messages, book)) for fault in _like(messages, book, lang) if fault not in known
        ]
        options = options[:MOST_FAULTS]
    matched = tuple(suspect.fault for suspect in incident.suspects)
    none = NONE_BESIDE_SUSPECTS if incident.suspects else NONE_ALONE
    return Case(
        evidence=evidence,
        roots=roots,
        root_prior=tuple(_EACH_FURTHER_ROOT**rank * strength[ref] for rank, ref in enumerate(roots)),
        faults=tuple(fault for fault, _ in options),
        fault_prior=(*(score for _, score in options), none),
        titles=tuple(_title(incident, book.faults[f], f in matched, lang) for f, _ in options),
        matched=matched,
        settled=settled,
    )


def _like(messages: Iterable[str], book: Casebook, lang: str) -> list[str]:
    """Faults whose words are much like one of the messages, the likest first. A few common words are no likeness."""
    scores: dict[str, float] = {}
    for message in messages:
        for found in book.search(message, MOST_FAULTS, lang):
            if found.score >= LEAST_LIKENESS:
                scores[found.id] = max(found.score, scores.get(found.id, 0.0))
    return sorted(scores, key=lambda fault: -scores[fault])


def _likely(fault: str, messages: Iterable[str], book: Casebook) -> float:
    """What code believes of a fault that no rule saw, by how much of a message its words account for."""
    share = max(book.share(message, fault) for message in messages)
    return _LIKE_LEAST + _LIKE_MOST / (1 + math.exp((_LIKE_MIDDLE - share) / _LIKE_WIDTH))


def _title(incident: Incident, fault: Fault, matched: bool, lang: str) -> str:
    """The fault's title with what its lines bound; without lines, the general one."""
    if not matched and lang == "en":
        return fault.title
    return filled(wording_of(fault, lang).title, bindings_of(incident, fault.id))


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
