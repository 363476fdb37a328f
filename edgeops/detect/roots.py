"""Which signal of an incident is the first plausible cause, and which known faults are suspected."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from edgeops.detect.consequence import is_consequence
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Role, Signal, Suspect

SKEW = timedelta(seconds=1.5)
LATE = timedelta(minutes=3)
LOUD = 0.5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def order_key(event: Event) -> tuple[datetime, str, int]:
    """Sorts events by time, then by place; an event without a time stands by its place alone."""
    return (event.time or _EPOCH, event.line.source, event.line.offset)


def root_of(signals: Sequence[Signal], rules: RuleBook) -> int:
    """The position of the first plausible cause among signals in time order.

    A line that states a known fault outranks one that is merely an error; a fault that another one in the window brings
    about, a fault that has nothing to do with the cascade around it, and a line that only reports a failure come after;
    among equals the earlier wins.
    """
    before = _surely_before(signals)
    stated = {s.rule.fault for s in signals if s.rule and s.rule.role is Role.CAUSE}
    brings = _cascade(signals, rules)
    causes, effects = set(brings), set().union(*brings.values())
    sure = set().union(*(led for cause, led in brings.items() if cause in stated))

    def plausibility(position: int) -> float:
        signal = signals[position]
        value = signal.score * (1 + 0.35 / (1 + before[position]))
        if signal.rule:
            fault = signal.rule.fault
            value += 0.5 if signal.rule.role is Role.CAUSE else 0.1
            value += 0.3 if fault in causes else 0.0
            value -= 0.6 if fault in sure else 0.3 if fault in effects else 0.0
            value -= 0.35 if causes and fault not in causes | effects else 0.0
        if is_consequence(signal.event.message):
            value -= 0.4
        if signal.event.more:
            # A trace mostly repeats what its program was told by somebody else, who says it too.
            value -= 0.1
        return value

    return max(range(len(signals)), key=plausibility)


def _surely_before(signals: Sequence[Signal]) -> list[int]:
    """How many signals, mere warnings aside, came before each one beyond doubt: two sources' clocks may differ by a second."""
    times = [s.event.time or _EPOCH for s in signals]
    loud = [s.score >= LOUD for s in signals]
    ahead = list(accumulate(loud, initial=0))
    counts = []
    for position, signal in enumerate(signals):
        near = range(bisect_left(times, times[position] - SKEW), position)
        doubtful = sum(loud[i] and signals[i].event.line.source != signal.event.line.source for i in near)
        counts.append(ahead[position] - doubtful)
    return counts


def _cascade(signals: Sequence[Signal], rules: RuleBook) -> dict[str, set[str]]:
    """The faults here that bring about others here, each with those that it brings about one-sidedly.

    What is first seen long after is no cause, whatever the pack says; two that lead to each other are left to their order.
    """
    first: dict[str, datetime] = {}
    for signal in signals:
        if signal.rule:
            first.setdefault(signal.rule.fault, signal.event.time or _EPOCH)
    brings: dict[str, set[str]] = {}
    for cause, seen in first.items():
        for effect, felt in first.items():
            if cause != effect and seen <= felt + LATE and rules.leads_to(cause, effect):
                led = brings.setdefault(cause, set())
                led |= set() if rules.leads_to(effect, cause) else {effect}
    return brings


def suspects_of(signals: Sequence[Signal], root: int, rules: RuleBook) -> tuple[Suspect, ...]:
    """The known faults among the signals, the root's own first, then those that lead to others, then by strength."""
    lines: dict[str, list[int]] = defaultdict(list)
    for position, signal in enumerate(signals):
        if signal.rule:
            lines[signal.rule.fault].append(position)
    first = signals[root].rule
    suspects = []
    for fault, positions in lines.items():
        score = max(signals[i].score for i in positions)
        caused = any(rules.leads_to(other, fault) for other in lines if other != fault)
        score = 1.0 if first and fault == first.fault else score * (0.6 if caused else 0.9)
        suspects.append(Suspect(fault, round(score, 3), tuple(positions)))
    return tuple(sorted(suspects, key=lambda s: (-s.score, s.signals)))
