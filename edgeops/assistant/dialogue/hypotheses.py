"""Which known faults may be behind a question: what the logs match, what the words are like, less what was ruled out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edgeops.assistant.casebook import Casebook
from edgeops.knowledge.search import words
from edgeops.records import Fault, Incident, Knowledge

MOST = 4
IN_LOGS, IN_WORDS = 1.0, 0.6
_SUSPECTS = 6


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A fault and how much speaks for it, 0..1. incident is the one whose lines match it, None when only words do."""

    fault: Fault
    weight: float
    incident: Incident | None = None


def hypotheses(
    found: Sequence[Knowledge], incidents: Sequence[Incident], book: Casebook, ruled_out: Iterable[str]
) -> list[Hypothesis]:
    """The likeliest faults first. A fault that both the logs and the words point to gains from both."""
    out = set(ruled_out)
    weights: dict[str, float] = {}
    seen_in: dict[str, Incident] = {}
    for rank, incident in enumerate(incidents):
        for suspect in incident.suspects[:_SUSPECTS]:
            weight = IN_LOGS * suspect.score / (1 + rank)
            if weight > weights.get(suspect.fault, 0.0):
                weights[suspect.fault], seen_in[suspect.fault] = weight, incident
    best = max((passage.score for passage in found if passage.id in book.faults), default=0.0)
    for passage in found:
        if passage.id in book.faults and best > 0:
            said = IN_WORDS * passage.score / best
            weights[passage.id] = 1 - (1 - weights.get(passage.id, 0.0)) * (1 - said)
    ranked = sorted((fault for fault in weights if fault not in out), key=lambda fault: -weights[fault])
    return [Hypothesis(book.faults[f], round(weights[f], 3), seen_in.get(f)) for f in ranked[:MOST]]


def denied(text: str, standing: Sequence[str], book: Casebook) -> list[str]:
    """Which of the standing faults a denial speaks of; the first one when it names none of them.

    `no, the disk is fine` rules out every fault about a disk, not only the one proposed last.
    """
    said = set(words(text)) - _DENYING
    spoken = [fault for fault in standing if said & _subject(book.faults[fault])]
    return spoken or list(standing[:1])


_DENYING = frozenset(
    words(
        "no not fine ok okay good normal still nothing is are that it was did work help 不是 正常 没有 没问题 还是 空间 问题"
    )
)


def _subject(fault: Fault) -> set[str]:
    """What a fault is about: the words of its name and titles."""
    return set(words(f"{fault.id.replace('-', ' ')} {fault.family} {fault.en.title} {fault.zh.title}")) - _DENYING
