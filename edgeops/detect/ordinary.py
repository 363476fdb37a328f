"""Alarms that go on all the time at their own slow pace: they are how this system is, not what happened to it.

A template is ordinary in its source when it was there from the beginning, came many times, evenly, and is a small part of
what the source says. A run of it that is much denser than its pace is news all the same, and so is a known fault's cause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import sqrt

from edgeops.detect.routine import is_stranger
from edgeops.mask import mask
from edgeops.records import Role, Severity, Signal, SignalKind

OFTEN = 5
"""So many times at least, or nobody can tell."""
LARGEST_SHARE = 0.15
_FROM_THE_BEGINNING = 5
_SPREAD = 5
_SHOWN = 120
_SOLE_RUN = 12


def parted(signals: Iterable[Signal]) -> tuple[list[Signal], list[Signal]]:
    """The signals that are news, and those that are ordinary; each in the order given."""
    groups: dict[tuple[str, str], list[Signal]] = defaultdict(list)
    kept = list(signals)
    for signal in kept:
        if signal.kind in (SignalKind.SEVERITY, SignalKind.RULE):
            groups[signal.event.line.source, signal.template].append(signal)
    ordinary = {id(signal) for group in groups.values() for signal in _ordinary(group)}
    news = [signal for signal in kept if id(signal) not in ordinary]
    return news, [signal for signal in kept if id(signal) in ordinary]


def _ordinary(group: Sequence[Signal]) -> Iterable[Signal]:
    """The ordinary ones among the runs of one template in one source."""
    total = sum(signal.count for signal in group)
    if total < OFTEN or (len(group) == 1 and total < _SOLE_RUN) or any(map(_grave, group)):
        return ()
    first = min(signal.event.line.number for signal in group)
    last = max((signal.last or signal.event).line.number for signal in group)
    pace = (last - first) / (total - 1)
    if total > LARGEST_SHARE * last or first > _FROM_THE_BEGINNING * pace:
        return ()
    return [signal for signal in group if not _bursts(signal, pace)]


def _bursts(run: Signal, pace: float) -> bool:
    """Whether a run is far denser than the template's own pace (in lines from one to the next) lets expect."""
    expected = ((run.last or run.event).line.number - run.event.line.number) / max(pace, 1.0)
    return run.count - 1 > expected + _SPREAD * sqrt(expected) + _SPREAD


def _grave(signal: Signal) -> bool:
    """Whether it is never ordinary, however often it comes."""
    stated = signal.rule is not None and signal.rule.role is Role.CAUSE
    return signal.event.severity >= Severity.CRITICAL or (stated and signal.event.severity >= Severity.ERROR)


def told(ordinary: Iterable[Signal]) -> list[str]:
    """One sentence about the errors that were taken for ordinary, so that whoever knows better can look; none without any."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    shown: dict[tuple[str, str], Signal] = {}
    for signal in ordinary:
        if signal.event.severity >= Severity.ERROR and not is_stranger(signal.event.message):
            key = (signal.event.line.source, signal.template)
            counts[key] += signal.count
            shown.setdefault(key, signal)
    if not counts:
        return []
    most = max(counts, key=lambda key: counts[key])
    example = mask(shown[most].event.message.split("\n")[0][:_SHOWN])
    kinds = f"{len(counts)} kinds of errors come" if len(counts) > 1 else "One kind of error comes"
    return [f"{kinds} evenly all through these logs and made no incident; most often ({counts[most]} times): {example}"]
