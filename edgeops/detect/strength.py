"""Shapes to signals: how much a line says by itself, and the sentence that explains it."""

from __future__ import annotations

from edgeops.detect.consequence import is_consequence
from edgeops.detect.routine import is_mistake, is_stranger
from edgeops.detect.rulebook import Bindings
from edgeops.detect.shapes import Run, Shape, Standing
from edgeops.detect.templates import id_of, pattern_of
from edgeops.records import Event, Role, Rule, Severity, Signal, SignalKind

_BY_SEVERITY = {
    Severity.FATAL: 0.8,
    Severity.CRITICAL: 0.75,
    Severity.ERROR: 0.6,
    Severity.WARNING: 0.3,
}


def strength_of(shape: Shape) -> float:
    """How much a shape says before it is looked at closely."""
    return by_itself(shape.match.rule if shape.match else None, shape.severity)


def by_itself(rule: Rule | None, severity: Severity) -> float:
    """How much a line says that fits a rule, or only states how bad it is."""
    if rule:
        return 0.95 if rule.role is Role.CAUSE else 0.7
    return _BY_SEVERITY.get(severity, 0.2)


def signal_of(shape: Shape, run: Run, event: Event, last: Event, bindings: Bindings) -> Signal:
    """The signal that a run is, by the rule that its lines fit or the severity that they state."""
    times = "once" if run.count == 1 else f"{run.count} times"
    score = strength_of(shape)
    if shape.match:
        rule = shape.match.rule
        reason = f"fits the known fault {rule.fault} ({rule.role}), seen {times}"
        kind = SignalKind.RULE
    else:
        rule, kind = None, SignalKind.SEVERITY
        reason = f"says {shape.severity.name.lower()}, seen {times}"
    if shape.standing is None:
        shape.standing = _standing(event.message)
    if shape.standing.is_consequence:
        score *= 0.5
        reason += "; it reports a failure without its cause"
    if shape.standing.is_ordinary:
        score *= 0.5
        reason += "; ordinary when there are few"
    template = shape.standing.template
    return Signal(kind, score, reason, event, template, run.count, last, rule, bindings, run.before, run.after)


def _standing(message: str) -> Standing:
    return Standing(id_of(pattern_of(message)), is_consequence(message), is_stranger(message) or is_mistake(message))
