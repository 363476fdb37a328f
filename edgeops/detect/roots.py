"""Which signal of an incident is the first plausible cause, and which known faults are suspected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from edgeops.detect.cascade import EPOCH
from edgeops.detect.marks import LOUD, marks_of
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Signal, Suspect

__all__ = ["LOUD", "order_key", "root_of", "suspects_of"]

# What each mark of `edgeops.detect.marks` is worth: a conditional logit over the signals of a window, fitted on staged faults
# (bench.faults, seeds 11 to 15; as many known as held out as unknown to the pack), the sample incidents and the rules of
# tests/detect/test_roots.py, and rounded. To fit it anew, judge on seeds that it was not fitted on.
_WORTH = {
    "preceded": -6.5,
    "own file preceded": -2.6,
    "waiting": -1.5,
    "apart": -2.8,
    "alone": -0.7,
    "akin": 0.8,
    "familiar": -6.0,
    "harmless": -2.9,
    "well again": -3.0,
    "consequence": -1.5,
    "often": -0.8,
    "trace": -0.3,
    "lack": 0.5,
    "change": 0.6,
    "resource": 1.2,
    "quiet and empty": -1.2,
    "stated": -2.3,
    "stated, and first of its kind": 4.7,
    "symptom": -3.4,
    "brings others": 2.3,
    "brought": -1.2,
    "foretold": -2.0,
}


def order_key(event: Event) -> tuple[datetime, str, int]:
    """Sorts events by time, then by place; an event without a time stands by its place alone."""
    return (event.time or EPOCH, event.line.source, event.line.offset)


def root_of(signals: Sequence[Signal], rules: RuleBook, familiar: frozenset[int] = frozenset()) -> int:
    """The position of the first plausible cause among signals in time order: of equally plausible ones the earlier.

    The first trouble outranks what it precedes, soonest before most of it; a stated fault outranks an error, the more the
    fewer other faults bring it about; a quiet line counts where it says why. familiar: ids of signals whose like came
    before, without harm.
    """
    worth = [sum(_WORTH[name] * value for name, value in marks.items()) for marks in marks_of(signals, rules, familiar)]
    return max(range(len(signals)), key=worth.__getitem__)


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
