"""Which signals belong together: close in time, or brought about by a fault that goes on; not what is unrelated elsewhere."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from edgeops.detect.recovery import has_recovered
from edgeops.detect.roots import LOUD, order_key, root_of
from edgeops.detect.routine import MANY, is_mistake, is_stranger
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Role, Severity, Signal, SignalKind

_UNUSUAL = (SignalKind.NOVEL, SignalKind.BURST, SignalKind.SILENCE, SignalKind.RATIO)
INSISTENT = 3
FEW = 2
MOST_SIGNALS = 200
"""So many signals of an incident are looked at and kept."""
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


def windows_of(signals: Sequence[Signal], rules: RuleBook, gap: timedelta) -> list[list[Signal]]:
    """The signals (in order) of each incident, in order."""
    windows = [part for window in _by_time(signals, gap) for part in _parted(window, rules)]
    return [sorted(w.signals, key=lambda s: order_key(s.event)) for w in _joined(windows, rules, gap)]


def is_lone(window: Sequence[Signal]) -> bool:
    """Whether all that is wrong is one plain error, said once or twice, that no rule knows."""
    templates, count = set(), 0
    for signal in filter(_alarming, window):
        if signal.rule or signal.event.severity != Severity.ERROR or not signal.event.time:
            return False
        templates.add(signal.template)
        count += signal.count
        if len(templates) > 1 or count > FEW:
            return False
    return bool(templates)


def strongest(signals: Sequence[Signal]) -> Sequence[Signal]:
    """At most MOST_SIGNALS, the strongest, still in order."""
    if len(signals) <= MOST_SIGNALS:
        return signals
    chosen = sorted(range(len(signals)), key=lambda i: (-signals[i].score, i))[:MOST_SIGNALS]
    return [signals[i] for i in sorted(chosen)]


def _alarming(signal: Signal) -> bool:
    message = signal.event.message
    if is_stranger(message) or is_mistake(message):
        return False
    if has_recovered(signal):
        return False
    if signal.kind in _UNUSUAL:
        return signal.score >= LOUD
    if signal.rule is None:
        return signal.event.severity >= Severity.ERROR
    # What its own program calls information is a hint; a cause that is stated again and again is more.
    told = Severity.NONE < signal.event.severity < Severity.WARNING
    return not told or (signal.rule.role is Role.CAUSE and signal.count >= INSISTENT)


def _by_time(signals: Sequence[Signal], gap: timedelta) -> list[_Window]:
    windows: list[_Window] = []
    untimed: dict[str, _Window] = defaultdict(lambda: _Window([]))
    quiet: list[Signal] = []
    for signal in signals:
        if not signal.event.time:
            untimed[signal.event.line.source].add(signal, gap)
        elif not _alarming(signal):
            if signal.rule or not is_stranger(signal.event.message):
                quiet.append(signal)
        else:
            if not windows or signal.event.time > windows[-1].until:
                windows.append(_Window([]))
            windows[-1].add(signal, gap)
    attacks = _attacks(quiet, gap)
    fought = {id(s) for window in attacks for s in window.signals}
    left = _placed([s for s in quiet if id(s) not in fought], windows, gap)
    _placed(left, attacks, gap)
    return windows + attacks + [window for window in untimed.values() if any(map(_alarming, window.signals))]


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


def _attacks(quiet: Iterable[Signal], gap: timedelta) -> list[_Window]:
    """Windows of what is a slip when seldom and an attack when frequent; it goes on beside whatever else is wrong."""
    windows: list[_Window] = []
    latest: dict[str, _Window] = {}
    for signal in quiet:
        if is_mistake(signal.event.message):
            # Slips at the door are one kind, whatever their words; others are each their own.
            kind = signal.rule.fault.partition("-")[0] if signal.rule else "auth"
            window = latest.get(kind)
            if window is None or (signal.event.time or _EPOCH) > window.until:
                window = latest[kind] = _Window([])
                windows.append(window)
            window.add(signal, gap)
    return [window for window in windows if sum(s.count for s in window.signals) >= MANY]


def _joined(windows: Iterable[_Window], rules: RuleBook, gap: timedelta) -> list[_Window]:
    """A window joins an earlier one whose root fault is the same, or brings its own about,
    and was still going on."""
    done: list[tuple[_Window, str]] = []
    for window in sorted(windows, key=lambda w: w.start):
        strong = sorted(strongest(window.signals), key=lambda s: order_key(s.event))
        # Where no rule fits, the root has none, whichever line it is.
        rule = strong[root_of(strong, rules)].rule if any(signal.rule for signal in strong) else None
        fault = rule.fault if rule else ""
        for earlier, cause in done:
            going_on = window.start <= earlier.end + gap and window.start > _EPOCH
            if fault and going_on and (cause == fault or rules.leads_to(cause, fault)):
                earlier.signals += window.signals
                earlier.end = max(earlier.end, window.end)
                break
        else:
            done.append((window, fault))
    return [window for window, _ in done]


def _parted(window: _Window, rules: RuleBook) -> Iterator[_Window]:
    """The window without the hosts whose known faults have nothing to do with the rest, and each of these by itself."""
    rest = window
    for host in dict.fromkeys(s.event.host for s in window.signals if s.event.host):
        own = [s for s in rest.signals if s.event.host == host]
        others = [s for s in rest.signals if s.event.host != host]
        if any(s.event.host for s in others) and _unrelated(own, others, host, rules):
            yield _window(own)
            rest = _window(others)
    yield rest


def _unrelated(own: Sequence[Signal], others: Sequence[Signal], host: str, rules: RuleBook) -> bool:
    """Whether both sides are alarmed by known faults only, none of which is tied to one of the other side, nor names its host."""
    mine, theirs = _faults(own), _faults(others)
    if not mine or not theirs or any(s.rule is None for s in own if _alarming(s)):
        return False
    if any(a == b or rules.leads_to(a, b) or rules.leads_to(b, a) for a in mine for b in theirs):
        return False
    return not _named([host], others) and not _named({s.event.host for s in others if s.event.host}, own)


def _named(hosts: Iterable[str], signals: Iterable[Signal]) -> bool:
    """Whether a message among the signals speaks of one of the hosts."""
    names = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, hosts))})(?![\w-])")
    return any(names.search(s.event.message[:2000]) for s in signals)


def _faults(signals: Iterable[Signal]) -> set[str]:
    return {s.rule.fault for s in signals if s.rule and _alarming(s)}


def _window(signals: Sequence[Signal]) -> _Window:
    window = _Window([])
    for signal in signals:
        window.add(signal, timedelta())
    return window
