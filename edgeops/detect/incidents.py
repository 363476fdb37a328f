"""Signals to incidents: what happened close together belongs together, and the first plausible cause is its root."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2s

from edgeops.detect.consequence import is_consequence
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Incident, Role, Severity, Signal, SignalKind, Suspect

MOST_SIGNALS = 200
MOST_NOVEL = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def order_key(event: Event) -> tuple[datetime, str, int]:
    """Sorts events by time, then by place; an event without a time stands by its place alone."""
    return (event.time or _EPOCH, event.line.source, event.line.offset)


def group(signals: Iterable[Signal], rare: Iterable[Event], rules: RuleBook, gap: timedelta) -> tuple[Incident, ...]:
    """The incidents among the signals, worst first.

    A signal joins the incident that began or went on at most `gap` before it. A source without times is one incident.
    Warnings alone, without a rule, are no incident.
    """
    windows = [window for window in _windows(signals, gap) if any(map(_alarming, window))]
    strangers = sorted(rare, key=order_key)
    incidents = [_incident(window, strangers, rules, gap) for window in windows]
    return tuple(sorted(incidents, key=_rank, reverse=True))


def _alarming(signal: Signal) -> bool:
    return signal.rule is not None or signal.event.severity >= Severity.ERROR


def _rank(incident: Incident) -> tuple[float, int]:
    return (max(s.score for s in incident.signals), len(incident.signals))


def _windows(signals: Iterable[Signal], gap: timedelta) -> list[list[Signal]]:
    untimed: dict[str, list[Signal]] = defaultdict(list)
    timed: list[Signal] = []
    for signal in signals:
        if signal.event.time:
            timed.append(signal)
        else:
            untimed[signal.event.line.source].append(signal)
    windows: list[list[Signal]] = []
    until = _EPOCH
    for signal in sorted(timed, key=lambda s: order_key(s.event)):
        start = signal.event.time or _EPOCH
        if not windows or start > until:
            windows.append([])
        windows[-1].append(signal)
        # A run that goes on for hours must not tie everything after it to its beginning: only its start counts.
        until = max(until, start + gap)
    windows.extend(sorted(group, key=lambda s: order_key(s.event)) for group in untimed.values())
    return windows


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


def root_of(signals: Sequence[Signal], rules: RuleBook) -> int:
    """The position of the first plausible cause among signals in time order.

    A line that states a known fault outranks one that is merely an error; a fault that another one in the window brings
    about, and a line that only reports a failure, come after; among equals the earlier wins.
    """
    faults = {s.rule.fault for s in signals if s.rule}

    def plausibility(position: int) -> float:
        signal = signals[position]
        value = signal.score + 0.35 / (1 + position)
        if signal.rule:
            fault = signal.rule.fault
            value += 0.5 if signal.rule.role is Role.CAUSE else 0.1
            if any(rules.leads_to(other, fault) and not rules.leads_to(fault, other) for other in faults - {fault}):
                value -= 0.6
            if any(rules.leads_to(fault, other) for other in faults - {fault}):
                value += 0.3
        if is_consequence(signal.event.message):
            value -= 0.4
        return value

    return max(range(len(signals)), key=plausibility)


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
