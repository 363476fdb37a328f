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

    @property
    def rise(self) -> tuple[datetime, datetime]:
        """When the first of them came, and the most frequent; without any, a time before all others, twice."""
        often = max(self.alarms, key=lambda signal: signal.count, default=None)
        return self.start or _EPOCH, (often.event.time if often else None) or _EPOCH

    def has(self, signal: Signal) -> bool:
        """Whether the signal is one of them."""
        return id(signal) in self.ids


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
