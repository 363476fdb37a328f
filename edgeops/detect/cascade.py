"""What the pack knows of faults that bring about others: which are first, which are effects, in one window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from edgeops.detect.routine import is_mistake, is_stranger
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Signal

SKEW = timedelta(seconds=1.5)
LATE = timedelta(minutes=3)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COMMON = 4
"""A fault that so many others bring about is as often an effect as it is what broke first."""


@lru_cache(maxsize=8)
def _brought_about(rules: RuleBook) -> Counter[str]:
    """How many faults bring about each fault."""
    return Counter(effect for fault in rules.faults.values() for effect in fault.leads_to)


def firstness(rules: RuleBook, fault: str) -> float:
    """How likely a stated fault is what broke first, up to 1: less, the more other faults bring it about."""
    return 1 / (1 + _brought_about(rules)[fault] / COMMON)


def cascade_of(signals: Sequence[Signal], rules: RuleBook, stated: set[str]) -> dict[str, set[str]]:
    """The faults here that bring about others here, each with those that it brings about one-sidedly.

    What is first seen long after is no cause, whatever the pack says, nor is what only its symptoms hint at if they come after;
    two that lead to each other are left to their order.
    """
    first: dict[str, datetime] = {}
    for signal in signals:
        if signal.rule and not is_stranger(signal.event.message) and not is_mistake(signal.event.message):
            first.setdefault(signal.rule.fault, signal.event.time or EPOCH)
    brings: dict[str, set[str]] = {}
    for cause, seen in first.items():
        for effect, felt in first.items():
            late = LATE if cause in stated else -SKEW
            if cause != effect and seen <= felt + late and rules.leads_to(cause, effect):
                led = brings.setdefault(cause, set())
                led |= set() if rules.leads_to(effect, cause) else {effect}
    return brings
