"""When the trouble of a window really began: its alarms come thick, what went wrong by itself before them stands alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log2

from edgeops.detect.recovery import has_recovered
from edgeops.detect.routine import is_mistake, is_stranger
from edgeops.records import Signal

PAUSE = timedelta(seconds=120)
BEFORE = timedelta(minutes=3)
_AT_ONCE = timedelta(seconds=30)
SKEW = timedelta(seconds=4)
_LOUD = 0.5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Onset:
    """The alarms that came thick, in order."""

    alarms: tuple[Signal, ...]
    ids: frozenset[int]

    @property
    def start(self) -> datetime | None:
        """When the first of them came."""
        return self.alarms[0].event.time if self.alarms else None

    def has(self, signal: Signal) -> bool:
        """Whether the signal is one of them."""
        return id(signal) in self.ids

    def nearness(self, signal: Signal) -> float:
        """How shortly the signal came before most of the alarms: 1 just before all of them, 0 long before or after many."""
        time = signal.event.time
        if not time:
            return 0.0
        later = [one.event.time for one in self.alarms if one.event.time and one.event.time >= time - SKEW]
        if not later:
            return 0.0
        pause = min(later) - time
        near = 1.0 if pause <= _AT_ONCE else 0.8 - 0.6 * ((pause - _AT_ONCE) / (BEFORE - _AT_ONCE))
        return near * (len(later) / len(self.alarms)) ** 2 if pause <= BEFORE else 0.0

    def haste(self, signal: Signal) -> float:
        """0 where the next alarm follows within half a minute, up to 1 where it takes longer: what is to blame is soon felt."""
        time = signal.event.time
        pauses = [
            s.event.time - time
            for s in self.alarms
            if time and s.event.time and s is not signal and s.event.time >= time
        ]
        return min(1.0, max(0.0, (min(pauses) - _AT_ONCE) / (PAUSE - _AT_ONCE))) if pauses else 0.0

    def without(self, some: set[int]) -> Onset:
        """The onset without the signals of these ids."""
        return Onset(tuple(s for s in self.alarms if id(s) not in some), self.ids - some)


def onset_of(signals: Sequence[Signal], cascade: set[str], familiar: frozenset[int]) -> Onset:
    """The thickest stretch of alarms among signals in time order. cascade: faults here that lead to each other, which weigh more."""
    loud = [s for s in signals if s.score >= _LOUD and not _harmless(s)]
    usual = Counter(s.event.line.source for s in loud)
    stretches: list[list[Signal]] = []
    end = _EPOCH
    for signal in loud:
        time = signal.event.time or _EPOCH
        if not stretches or time > end + PAUSE:
            stretches.append([])
        stretches[-1].append(signal)
        end = max(end, time)

    def weight(signal: Signal) -> float:
        value = signal.score * min(1 + log2(signal.count) / 2, 4)
        if signal.rule and signal.rule.fault in cascade:
            value *= 2
        alone = signal.count == 1 and usual[signal.event.line.source] == 1 and not signal.rule
        return value * (0.3 if id(signal) in familiar else 0.5 if alone else 1.0)

    best = max(stretches, key=lambda some: sum(map(weight, some)), default=[])
    return Onset(tuple(best), frozenset(map(id, best)))


def _harmless(signal: Signal) -> bool:
    message = signal.event.message
    return is_stranger(message) or is_mistake(message) or has_recovered(signal)
