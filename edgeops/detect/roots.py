"""Which signal of an incident is the first plausible cause, and which known faults are suspected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from edgeops.detect.cascade import EPOCH
from edgeops.detect.marks import LOUD, marks_of
from edgeops.detect.past import Past
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Signal, Suspect

__all__ = ["LOUD", "WORTH", "order_key", "root_of", "suspects_of"]

# What each mark of `edgeops.detect.marks` is worth, fitted by bench.faults.fitting on 812 staged faults of seeds 11 to 14 (known,
# held out, unknown to the pack) and the shipped samples, and rounded. To fit it anew, judge on seeds that it was not fitted on.
WORTH = {
    "akin": 1.4,
    "brings others": 4.0,
    "by itself": -1.2,
    "change": 0.9,
    "consequence": -1.0,
    "echoed": 3.2,
    "familiar": -2.5,
    "harmless": -2.5,
    "known and preceded": -5.0,
    "lack": 0.7,
    "new": 2.2,
    "new and empty": -2.1,
    "often": -0.4,
    "other news": -1.7,
    "own file preceded": -2.5,
    "preceded": -6.4,
    "quiet": 1.0,
    "quiet and empty": -0.4,
    "quiet, and long before": -3.5,
    "resource": 1.3,
    "said alike": -3.4,
    "setting": 0.7,
    "stated": -3.5,
    "stated, and first of its kind": 5.5,
    "symptom": -3.2,
    "trace": -0.3,
    "waiting": -1.3,
    "well again": -5.0,
}


def order_key(event: Event) -> tuple[datetime, str, int]:
    """Sorts events by time, then by place; an event without a time stands by its place alone."""
    return (event.time or EPOCH, event.line.source, event.line.offset)


def root_of(signals: Sequence[Signal], rules: RuleBook, past: Past | None = None) -> int:
    """The position of the first plausible cause among signals in time order: of equally plausible ones the earlier.

    The first trouble outranks what it precedes, soonest before most of it; a stated fault outranks an error, the more the
    fewer other faults bring it about; what the later alarms speak of counts, as does a quiet line that says why. past: what
    came before, without harm.
    """
    found = marks_of(signals, rules, past or Past())
    worth = [sum(WORTH[name] * value for name, value in marks.items()) for marks in found]
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
