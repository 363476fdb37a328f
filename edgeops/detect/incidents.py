"""Signals to incidents: what happened close together belongs together, and the first plausible cause is its root."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2s

from edgeops.detect.roots import order_key, root_of, suspects_of
from edgeops.detect.routine import MANY, is_mistake, is_stranger
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Incident, Severity, Signal, SignalKind

MOST_SIGNALS = 200
MOST_NOVEL = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class _Window:
    """Signals that belong together by time. until is how late a signal may begin and still belong; end, when the last line came."""

    signals: list[Signal]
    start: datetime = _EPOCH
    until: datetime = _EPOCH
    end: datetime = _EPOCH

    def add(self, signal: Signal, gap: timedelta) -> None:
        begun = signal.event.time or _EPOCH
        ended = (signal.last or signal.event).time or begun
        self.start = min(self.start, begun) if self.signals else begun
        # A run that goes on for hours must not tie everything after it to its beginning: only its start counts.
        self.until = max(self.until, begun + gap)
        self.end = max(self.end, begun, ended)
        self.signals.append(signal)


def group(signals: Iterable[Signal], rare: Iterable[Event], rules: RuleBook, gap: timedelta) -> tuple[Incident, ...]:
    """The incidents among the signals, worst first.

    An alarming signal joins the incident that began or went on at most `gap` before it; what is not alarming by itself
    (a warning, a mistyped password) joins an incident near it and makes none. A source without times is one incident.
    A fault that is still going on takes in what it brings about later.
    """
    windows = _joined(_windows(sorted(signals, key=lambda s: order_key(s.event)), gap), rules, gap)
    strangers = sorted(rare, key=order_key)
    incidents = [_incident(window, strangers, rules, gap) for window in windows]
    return tuple(sorted(incidents, key=_rank, reverse=True))


def _alarming(signal: Signal) -> bool:
    message = signal.event.message
    if is_stranger(message) or is_mistake(message):
        return False
    return signal.rule is not None or signal.event.severity >= Severity.ERROR


def _rank(incident: Incident) -> tuple[float, int]:
    return (max(s.score for s in incident.signals), len(incident.signals))


def _windows(signals: Sequence[Signal], gap: timedelta) -> list[_Window]:
    windows: list[_Window] = []
    untimed: dict[str, _Window] = defaultdict(lambda: _Window([]))
    quiet: list[Signal] = []
    for signal in signals:
        if not signal.event.time:
            untimed[signal.event.line.source].add(signal, gap)
        elif not _alarming(signal):
            quiet.append(signal)
        else:
            if not windows or signal.event.time > windows[-1].until:
                windows.append(_Window([]))
            windows[-1].add(signal, gap)
    windows += _of_mistakes(_placed(quiet, windows, gap), gap)
    return windows + [window for window in untimed.values() if any(map(_alarming, window.signals))]


def _placed(quiet: Sequence[Signal], windows: Sequence[_Window], gap: timedelta) -> list[Signal]:
    """Put quiet signals into the windows that they are near to; the rest is returned."""
    starts = [window.start - gap for window in windows]
    left: list[Signal] = []
    for signal in quiet:
        time = signal.event.time or _EPOCH
        last = bisect_right(starts, time) - 1
        home = next((i for i in (last - 1, last) if i >= 0 and time <= windows[i].until), None)
        if home is None:
            left.append(signal)
            continue
        windows[home].signals.append(signal)
        if signal.rule and signal.last and signal.last.time:
            windows[home].end = max(windows[home].end, signal.last.time)
    return left


def _of_mistakes(signals: Iterable[Signal], gap: timedelta) -> list[_Window]:
    """Windows of what is ordinary when seldom and an attack when frequent."""
    windows: list[_Window] = []
    for signal in signals:
        if is_mistake(signal.event.message):
            if not windows or (signal.event.time or _EPOCH) > windows[-1].until:
                windows.append(_Window([]))
            windows[-1].add(signal, gap)
    return [window for window in windows if sum(s.count for s in window.signals) >= MANY]


def _joined(windows: Iterable[_Window], rules: RuleBook, gap: timedelta) -> list[list[Signal]]:
    """The windows' signals in order; a window joins an earlier one whose root fault is the same, or brings its own about,
    and was still going on."""
    done: list[tuple[_Window, str]] = []
    for window in sorted(windows, key=lambda w: w.start):
        window.signals.sort(key=lambda s: order_key(s.event))
        rule = window.signals[root_of(window.signals, rules)].rule
        fault = rule.fault if rule else ""
        for earlier, cause in done:
            going_on = window.start <= earlier.end + gap and window.start > _EPOCH
            if fault and going_on and (cause == fault or rules.leads_to(cause, fault)):
                earlier.signals = sorted([*earlier.signals, *window.signals], key=lambda s: order_key(s.event))
                earlier.end = max(earlier.end, window.end)
                break
        else:
            done.append((window, fault))
    return [window.signals for window, _ in done]


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
