"""Signals to incidents: what happened close together belongs together, and the first plausible cause is its root."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2s

from edgeops.detect.hints import hint_of
from edgeops.detect.onset import BEFORE, SKEW, onset_of
from edgeops.detect.ordinary import parted
from edgeops.detect.past import Past
from edgeops.detect.recurrence import told_once
from edgeops.detect.roots import LOUD, order_key, root_of, suspects_of
from edgeops.detect.rulebook import RuleBook
from edgeops.detect.templates import id_of, pattern_of
from edgeops.detect.windows import is_lone, strongest, windows_of
from edgeops.records import Event, Incident, Signal, SignalKind

MOST_NOVEL = 10
SCATTERED = 4
"""So many lone errors make none of them an incident."""
MOST_WORTH_READING = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def group(signals: Iterable[Signal], rare: Iterable[Event], rules: RuleBook, gap: timedelta) -> tuple[Incident, ...]:
    """The incidents among the signals, worst first.

    An alarming signal joins the incident that began or went on at most `gap` before it; what is not alarming by itself
    (a warning, a mistyped password) joins an incident near it and makes none. A source without times is one incident.
    A fault that is still going on takes in what it brings about later; a host whose faults have nothing to do with those
    of the other hosts has an incident of its own.
    """
    news, _ = parted(signals)
    news = _joined(sorted(news, key=lambda s: order_key(s.event)), gap)
    past = Past(news, gap)
    strangers = sorted(_strangers(rare), key=order_key)
    times = [event.time or _EPOCH for event in strangers]
    incidents = []
    for window in _without_scattered(windows_of(news, rules, gap)):
        kept = strongest(window)
        begun, height = onset_of(kept, set(), past.familiar(kept)).rise
        near = strangers[bisect_left(times, begun - BEFORE) : bisect_right(times, height + SKEW)]
        incidents.append(_incident([*kept, *_novel(near, kept)], rules, past))
    return tuple(told_once(sorted(incidents, key=_rank, reverse=True)))


def _without_scattered(windows: list[list[Signal]]) -> list[list[Signal]]:
    """Lone plain errors are incidents where there are one or two; many, each for itself, are how this system is."""
    lone = [is_lone(window) for window in windows]
    return [w for w, single in zip(windows, lone, strict=True) if not single] if sum(lone) >= SCATTERED else windows


def worth_reading(signals: Iterable[Signal], rare: Iterable[Event]) -> tuple[Signal, ...]:
    """Where there is no incident: the signals that made none and the lines never seen before, the most telling first."""
    reason = "never seen before in this source"
    strange = [
        Signal(SignalKind.NOVEL, 0.1, reason, event, id_of(pattern_of(event.message))) for event in _strangers(rare)
    ]
    return tuple(sorted([*signals, *strange], key=lambda s: (-s.score, order_key(s.event)))[:MOST_WORTH_READING])


def _joined(signals: Iterable[Signal], gap: timedelta) -> list[Signal]:
    """One signal for what one template said in one source without a long pause, though its lines looked different."""
    kept: list[Signal] = []
    latest: dict[tuple[str, str, str], int] = {}
    for signal in signals:
        key = (signal.event.line.source, signal.template, signal.rule.pattern if signal.rule else "")
        at = latest.get(key)
        if at is not None and _soon(kept[at], signal, gap):
            one = kept[at]
            kept[at] = replace(one, count=one.count + signal.count, last=signal.last or signal.event)
        else:
            latest[key] = len(kept)
            kept.append(signal)
    return kept


def _soon(one: Signal, other: Signal, gap: timedelta) -> bool:
    ended, begun = (one.last or one.event).time, other.event.time
    return ended is not None and begun is not None and begun - ended <= gap


def _rank(incident: Incident) -> tuple[float, int, int]:
    """By its strongest signal, then by how much is affected: one fault that shows in a hundred ways is still one fault."""
    loud = [s for s in incident.signals if s.score >= LOUD]
    affected = {s.rule.fault if s.rule else f"{s.event.host} {s.event.unit}" for s in loud}
    return (max(s.score for s in incident.signals), len(affected), len(incident.signals))


def _incident(window: list[Signal], rules: RuleBook, past: Past) -> Incident:
    signals = tuple(sorted(window, key=lambda s: order_key(s.event)))
    root = root_of(signals, rules, past)
    first = signals[root]
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


def _strangers(rare: Iterable[Event]) -> list[Event]:
    """The rare lines whose template is rare as well: a new name alone makes no news."""
    stamped = [(id_of(pattern_of(event.message)), event) for event in rare if event.time]
    usual = Counter(template for template, _ in stamped)
    return [event for template, event in stamped if usual[template] <= 2]


def _novel(near: Sequence[Event], window: Sequence[Signal]) -> list[Signal]:
    """Of the lines never seen before that came shortly before the trouble, those that perhaps set it off."""
    known = {(signal.event.line.source, signal.event.line.offset) for signal in window}
    fresh = [event for event in near if (event.line.source, event.line.offset) not in known]
    telling = sorted(range(len(fresh)), key=lambda i: (hint_of(fresh[i].message), i))[-MOST_NOVEL:]
    reason = "never seen before in this source, shortly before the trouble"
    return [Signal(SignalKind.NOVEL, 0.25, reason, fresh[i], id_of(pattern_of(fresh[i].message)), 1) for i in telling]


def _name(root: Signal) -> str:
    text = f"{root.event.line.source}\0{root.event.time}\0{root.event.line.offset}\0{root.template}"
    return blake2s(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
