"""Signals to incidents: what happened close together belongs together, and the first plausible cause is its root."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from hashlib import blake2s

from edgeops.detect.roots import LOUD, order_key, root_of, suspects_of
from edgeops.detect.rulebook import RuleBook
from edgeops.detect.windows import windows_of
from edgeops.records import Event, Incident, Signal, SignalKind

MOST_SIGNALS = 200
MOST_NOVEL = 6


def group(signals: Iterable[Signal], rare: Iterable[Event], rules: RuleBook, gap: timedelta) -> tuple[Incident, ...]:
    """The incidents among the signals, worst first.

    An alarming signal joins the incident that began or went on at most `gap` before it; what is not alarming by itself
    (a warning, a mistyped password) joins an incident near it and makes none. A source without times is one incident.
    A fault that is still going on takes in what it brings about later; a host whose faults have nothing to do with those
    of the other hosts has an incident of its own.
    """
    windows = windows_of(sorted(signals, key=lambda s: order_key(s.event)), rules, gap)
    strangers = sorted(rare, key=order_key)
    incidents = [_incident(window, strangers, rules, gap) for window in windows]
    return tuple(sorted(incidents, key=_rank, reverse=True))


def _rank(incident: Incident) -> tuple[float, int, int]:
    """By its strongest signal, then by how much is affected: one fault that shows in a hundred ways is still one fault."""
    loud = [s for s in incident.signals if s.score >= LOUD]
    affected = {s.rule.fault if s.rule else f"{s.event.host} {s.event.unit}" for s in loud}
    return (max(s.score for s in incident.signals), len(affected), len(incident.signals))


def _incident(window: list[Signal], strangers: Sequence[Event], rules: RuleBook, gap: timedelta) -> Incident:
    kept = _strongest(window)
    root = root_of(kept, rules)
    first = kept[root]
    novel = _novel(strangers, first.event, gap)
    signals = tuple(sorted([*kept, *novel], key=lambda s: order_key(s.event)))
    root = signals.index(first)
    times = [e.time for s in signals for e in (s.event, s.last or s.event) if e.time]
    return Incident(
        id=_name(first),
        start=min(times, default=None),
        end=max(times, default=None),
        hosts=_distinct(s.event.host for s in signals),
        units=_distinct(s.event.unit for s in signals),
        signals=signals,
        root=root,
        suspects=suspects_of(signals, root, rules),
    )


def _strongest(window: list[Signal]) -> list[Signal]:
    """At most MOST_SIGNALS, the strongest, still in order."""
    if len(window) <= MOST_SIGNALS:
        return window
    chosen = sorted(range(len(window)), key=lambda i: (-window[i].score, i))[:MOST_SIGNALS]
    return [window[i] for i in sorted(chosen)]


def _novel(strangers: Sequence[Event], root: Event, gap: timedelta) -> list[Signal]:
    """Lines never seen before that came shortly before the root: perhaps what set it off."""
    if not root.time:
        return []
    since = root.time - gap
    near = [e for e in strangers if e.time and since <= e.time <= root.time and e.line != root.line]
    return [
        Signal(SignalKind.NOVEL, 0.25, "never seen before in this source, shortly before the root", e, "", 1)
        for e in near[-MOST_NOVEL:]
    ]


def _name(root: Signal) -> str:
    text = f"{root.event.line.source}\0{root.event.time}\0{root.event.line.offset}\0{root.template}"
    return blake2s(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
