"""An incident that a person made by choosing lines: what they say is taken as it is, whether or not anything alarming is among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2s

from edgeops.detect.roots import order_key, root_of, suspects_of
from edgeops.detect.rulebook import RuleBook
from edgeops.detect.strength import by_itself
from edgeops.detect.templates import id_of, pattern_of
from edgeops.records import Event, Incident, Line, Severity, Signal, SignalKind

MOST_SIGNALS = 500
_FEW = 4
_CHOSEN_AMONG_FEW, _CHOSEN_AMONG_MANY = 0.5, 0.2


def incident_of(events: Sequence[Event], rules: RuleBook, before: Sequence[Line], after: Sequence[Line]) -> Incident:
    """The incident of the chosen messages, of which there is at least one: each template once, with how often it came.

    before and after are the lines around them.
    """
    groups: dict[str, list[Event]] = {}
    for event in sorted(events, key=order_key):
        groups.setdefault(id_of(pattern_of(event.message)), []).append(event)
    floor = _CHOSEN_AMONG_FEW if len(groups) <= _FEW else _CHOSEN_AMONG_MANY
    signals = [_signal(template, group, rules, floor) for template, group in groups.items()]
    strongest = sorted(signals, key=lambda signal: -signal.score)[:MOST_SIGNALS]
    kept = sorted(strongest, key=lambda signal: order_key(signal.event))
    kept[0] = replace(kept[0], before=tuple(before))
    kept[-1] = replace(kept[-1], after=tuple(after))
    root = root_of(kept, rules)
    times = [event.time for event in events if event.time]
    return Incident(
        id=_name(events),
        start=min(times, default=None),
        end=max(times, default=None),
        hosts=tuple(dict.fromkeys(event.host for event in events if event.host)),
        units=tuple(dict.fromkeys(event.unit for event in events if event.unit)),
        signals=tuple(kept),
        root=root,
        suspects=suspects_of(kept, root, rules),
    )


def _signal(template: str, group: Sequence[Event], rules: RuleBook, floor: float) -> Signal:
    event = group[0]
    match = next(iter(rules.match(event.message)), None)
    times = "once" if len(group) == 1 else f"{len(group)} times"
    if match:
        kind, reason = (
            SignalKind.RULE,
            f"chosen; fits the known fault {match.rule.fault} ({match.rule.role}), seen {times}",
        )
    elif event.severity >= Severity.WARNING:
        kind, reason = SignalKind.SEVERITY, f"chosen; says {event.severity.name.lower()}, seen {times}"
    else:
        kind, reason = SignalKind.NOVEL, f"chosen, seen {times}"
    return Signal(
        kind=kind,
        score=max(by_itself(match.rule if match else None, event.severity), floor),
        reason=reason,
        event=event,
        template=template,
        count=len(group),
        last=group[-1],
        rule=match.rule if match else None,
        bindings=match.bindings if match else (),
    )


def _name(events: Sequence[Event]) -> str:
    """Other than that of an incident that was found, whatever its root is: it must not take its place in the store."""
    text = "\0".join(f"{event.line.source}\0{event.line.offset}\0{event.time}" for event in events)
    return blake2s(f"chosen\0{text}".encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
