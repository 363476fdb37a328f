"""What the sources said before: trouble that came before without harm is not what broke now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from edgeops.detect.wording import opening
from edgeops.records import Severity, Signal

LATELY = timedelta(seconds=20)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Past:
    """When each source first said what it says. gap: what came so long before has nothing to do with what comes now."""

    def __init__(self, signals: Iterable[Signal] = (), gap: timedelta = timedelta()) -> None:
        """signals are in order of time."""
        self._gap = gap
        self._same: dict[tuple[str, str], datetime] = {}
        self._alike: dict[tuple[str, tuple[str, ...]], datetime] = {}
        for signal in signals:
            time = signal.event.time or _EPOCH
            self._same.setdefault((signal.event.line.source, signal.template), time)
            self._alike.setdefault(_kind(signal), time)

    def familiar(self, signals: Sequence[Signal]) -> frozenset[int]:
        """The ids of signals whose template was in their source well before, unless they are grave."""
        return frozenset(id(signal) for signal in signals if self._knows(signal))

    def _knows(self, signal: Signal) -> bool:
        time = signal.event.time or _EPOCH
        first = self._same.get((signal.event.line.source, signal.template), time)
        return time > first + self._gap and signal.event.severity < Severity.CRITICAL

    def said_alike(self, signal: Signal) -> bool:
        """Whether its source opened a message with the same words some time before, be it about another thing."""
        time = signal.event.time or _EPOCH
        return time > self._alike.get(_kind(signal), time) + LATELY


def _kind(signal: Signal) -> tuple[str, tuple[str, ...]]:
    return signal.event.line.source, opening(signal.event.message) or (signal.template,)
