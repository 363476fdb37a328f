"""Incidents as the app lists them: found now, remembered from before, or both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from edgeops.mask import mask
from edgeops.records import Explanation, Incident, Severity, State, Tier

if TYPE_CHECKING:
    from edgeops.knowledge.store import Kept

_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = ".:-=+*##"


@dataclass(frozen=True, slots=True)
class Case:
    """One incident. incident is None where its logs were not read now; answer where nothing explains it yet."""

    id: str
    incident: Incident | None = None
    kept: Kept | None = None
    answer: Explanation | None = None

    @property
    def explanation(self) -> Explanation | None:
        """The best answer there is: the latest one, or else the one remembered."""
        if self.answer and (self.answer.tier is not Tier.INSUFFICIENT or not self.kept):
            return self.answer
        return self.kept.explanation if self.kept else self.answer

    @property
    def state(self) -> State:
        """Open until something explains it."""
        if self.kept:
            return self.kept.state
        explained = self.answer is not None and self.answer.tier is not Tier.INSUFFICIENT
        return State.EXPLAINED if explained else State.OPEN

    @property
    def severity(self) -> Severity:
        """That of its worst line."""
        if self.incident:
            return max((signal.event.severity for signal in self.incident.signals), default=Severity.NONE)
        answer = self.explanation
        return max((one.severity for one in answer.evidence), default=Severity.NONE) if answer else Severity.NONE

    @property
    def start(self) -> datetime | None:
        """When it began."""
        return self.incident.start if self.incident else self.kept.start if self.kept else None

    @property
    def count(self) -> int:
        """How many lines speak of it."""
        if self.incident:
            return sum(signal.count for signal in self.incident.signals)
        return sum(one.count for one in self.explanation.evidence) if self.explanation else 0

    @property
    def host(self) -> str:
        """The first of its hosts."""
        hosts = self.incident.hosts if self.incident else self.kept.hosts if self.kept else ()
        return hosts[0] if hosts else ""

    @property
    def title(self) -> str:
        """What it is, in a sentence: the conclusion, or else the line that it seems to begin with."""
        answer = self.explanation
        if answer and answer.tier is not Tier.INSUFFICIENT and answer.summary:
            return answer.summary
        if self.incident:
            return mask(self.incident.signals[self.incident.root].event.message)
        return (answer.summary or answer.reason) if answer else ""

    def course(self, columns: int, ascii_only: bool) -> str:
        """Its lines over its time, as a row of bars."""
        signals = self.incident.signals if self.incident else ()
        timed = [(one.event.time, one.count) for one in signals if one.event.time]
        if len(timed) < 2:
            return ""
        begin, end = min(time for time, _ in timed), max(time for time, _ in timed)
        counts = [0] * columns
        for time, count in timed:
            counts[min(int((time - begin) / ((end - begin) or (end - begin).resolution) * columns), columns - 1)] += (
                count
            )
        bars = _ASCII_BARS if ascii_only else _BARS
        most = max(counts)
        return "".join(bars[max(round(count / most * (len(bars) - 1)), 0)] if count else " " for count in counts)


def joined(
    cases: Sequence[Case], now: Iterable[tuple[Incident, Explanation | None]] = (), kept: Iterable[Kept] = ()
) -> list[Case]:
    """The cases with what was found now, in that order, before those that are only remembered; what is new of these comes first.

    The others keep their order, so that a list that somebody reads stays as it is.
    """
    before = {case.id: case for case in cases}
    remembered = {one.id: replace(before.get(one.id, Case(one.id)), kept=one) for one in kept}
    known = {name: case for name, case in remembered.items() if name not in before} | before | remembered
    for incident, answer in now:
        old = known.pop(incident.id, Case(incident.id))
        known[incident.id] = replace(old, incident=incident, answer=answer or old.answer)
    here = [case for case in known.values() if case.incident]
    return [*here, *(case for case in known.values() if not case.incident)]


def holding(cases: Sequence[Case], source: str, at: int, time: datetime | None) -> Case | None:
    """The incident that a line belongs to: one of its signals stands there, or else it was written in that file meanwhile."""
    near = None
    for case in cases:
        incident = case.incident
        own = [one.event.line.offset for one in incident.signals if one.event.line.source == source] if incident else []
        if at in own:
            return case
        if own and time and incident and incident.start and incident.end and incident.start <= time <= incident.end:
            near = near or case
    return near


def when(time: datetime | None, zone: tzinfo) -> str:
    """A time in a list."""
    return f"{time.astimezone(zone):%m-%d %H:%M:%S}" if time else ""
