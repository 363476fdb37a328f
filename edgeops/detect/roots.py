"""Which signal of an incident is the first plausible cause, and which known faults are suspected."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from edgeops.detect.cascade import EPOCH, SKEW, cascade_of, firstness
from edgeops.detect.consequence import is_consequence
from edgeops.detect.hints import hint_of
from edgeops.detect.kin import SAME_HOST, SAME_PROGRAM, Kin
from edgeops.detect.onset import BEFORE, Onset, onset_of
from edgeops.detect.recovery import has_recovered
from edgeops.detect.routine import MANY, is_mistake, is_stranger
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Role, Signal, Suspect

_SOON = timedelta(minutes=1)
LOUD, ERROR = 0.5, 0.6
FORETOLD = 0.35


def order_key(event: Event) -> tuple[datetime, str, int]:
    """Sorts events by time, then by place; an event without a time stands by its place alone."""
    return (event.time or EPOCH, event.line.source, event.line.offset)


def root_of(signals: Sequence[Signal], rules: RuleBook, familiar: frozenset[int] = frozenset()) -> int:
    """The position of the first plausible cause among signals in time order.

    A line that states a known fault outranks one that is merely an error; a fault that another one in the window brings
    about, a fault that has nothing to do with the cascade around it, what came before trouble began, and a line that only
    reports a failure come after; among equals the earlier wins. A quiet line is chosen only where it shortly precedes the
    trouble and speaks of a change or a lack. familiar are the ids of signals whose like came before, without harm.
    """
    judged = _Judged(signals, rules, familiar)
    return max(range(len(signals)), key=judged.plausibility)


class _Judged:
    """What decides between the signals of one window."""

    def __init__(self, signals: Sequence[Signal], rules: RuleBook, familiar: frozenset[int]) -> None:
        self.signals, self.rules, self.familiar = signals, rules, familiar
        stated = {s.rule.fault for s in signals if s.rule and s.rule.role is Role.CAUSE}
        self.brings = cascade_of(signals, rules, stated)
        self.causes, self.effects = set(self.brings), set().union(*self.brings.values())
        first = {s.rule.fault: s.event.time or EPOCH for s in reversed(signals) if s.rule}
        timely = {
            cause: {e for e in led if first[cause] <= first[e] + _SOON} for cause, led in self.brings.items() if led
        }
        self.sure = set().union(*(led for cause, led in timely.items() if cause in stated))
        self.foremost = {cause: 0.3 if cause in stated else 0.28 for cause, led in timely.items() if led}
        self.late = set(timely) - set(self.foremost)
        self.onset = onset_of(signals, self.causes | self.effects, familiar)
        self.kin = Kin(signals, self.onset)
        self.loners = _loners(signals, self.onset, self.kin)
        self.onset = self.onset.without({id(signals[n]) for n in self.loners})
        self.before = _surely_before(signals, self.onset)
        slips = sum(s.count for s in signals if is_mistake(s.event.message))
        self.attack = slips >= MANY and not self.onset.alarms
        self.unknown = [n for n in range(len(signals)) if self._unexplained(n)]

    def plausibility(self, position: int) -> float:
        signal = self.signals[position]
        value = self._strength(signal) * (1 + 0.35 / (1 + self.before[position]))
        value -= 0.2 * self.before[position] / max(1, len(self.onset.alarms))
        if signal.rule:
            value += self._known(position, signal)
        if is_consequence(signal.event.message):
            value -= 0.4
        if is_stranger(signal.event.message) or (not self.attack and is_mistake(signal.event.message)):
            value -= 0.9
        if id(signal) in self.familiar:
            value -= 0.3
        if position in self.loners:
            value -= 0.15 if self.kin.of(position) else 0.3
        if has_recovered(signal):
            value -= 0.5
        if signal.event.more:
            # A trace mostly repeats what its program was told by somebody else, who says it too.
            value -= 0.1
        if signal.score < LOUD and not signal.rule:
            return value + self._quiet(position)
        inside = self.onset.has(signal) or position in self.loners
        value -= 0.25 * self.onset.haste(signal) if inside else 0.0
        return value + (0.6 * self.kin.of(position) if inside else self._astray(position))

    def _strength(self, signal: Signal) -> float:
        """The signal's score; a stated fault that others often bring about says little more than an error, and so does a loud word."""
        if not signal.rule or signal.score <= ERROR:
            return min(signal.score, ERROR)
        return ERROR + (signal.score - ERROR) * firstness(self.rules, signal.rule.fault)

    def _known(self, position: int, signal: Signal) -> float:
        """What the pack says: a fault that many others bring about is a cause less often than it is an effect."""
        assert signal.rule
        fault = signal.rule.fault
        first = firstness(self.rules, fault)
        value = 0.1 + 0.45 * first if signal.rule.role is Role.CAUSE else 0.1
        value += self.foremost.get(fault, 0.0) - (0.3 if fault in self.late else 0.0)
        value -= 0.6 if fault in self.sure else 0.3 if fault in self.effects else 0.0
        value -= 0.35 if self.causes and fault not in self.causes | self.effects else 0.0
        if self._foretold(position):
            value -= FORETOLD + 0.4 * (1 - first)
        return value

    def _foretold(self, position: int) -> bool:
        """Whether something went wrong before that no rule knows, on the same host as far as that is known."""
        host = self.kin.host(position)
        since = (self.signals[position].event.time or EPOCH) - SKEW if self.signals[position].event.time else EPOCH
        return any(
            (self.signals[n].event.time or EPOCH) < since and (not host or self.kin.host(n) in ("", host))
            for n in self.unknown
        )

    def _astray(self, position: int) -> float:
        """What speaks against an alarm that stands apart from the others, long before or after them."""
        rule = self.signals[position].rule
        if rule and rule.fault in self.causes:
            return 0.0
        if not self.onset.alarms:
            return 0.0
        before = self.onset.start and self.signals[position].event.time
        shortly = before and timedelta() <= self.onset.start - before <= BEFORE  # type: ignore[operator]
        return -0.3 if self.kin.tied(position) else -0.5 if shortly else -1.2

    def _unexplained(self, position: int) -> bool:
        """Whether no rule knows it and it may well be what broke: an alarm of the onset that is not alone."""
        signal = self.signals[position]
        if signal.rule or is_consequence(signal.event.message) or id(signal) in self.familiar:
            return False
        return self.onset.has(signal) and (signal.count > 1 or self.kin.of(position) > 0)

    def _quiet(self, position: int) -> float:
        """How much speaks for a line that is no alarm: it shortly precedes the first alarm, is about the same, says why."""
        signal = self.signals[position]
        near, hint = self.onset.nearness(signal), hint_of(signal.event.message)
        kin = self.kin.of(position)
        if id(signal) in self.familiar or signal.count > 3 or not (hint or kin >= SAME_PROGRAM):
            return 0.0
        return near * (0.2 + max(hint, 0.05) + kin)


def _loners(signals: Sequence[Signal], onset: Onset, kin: Kin) -> set[int]:
    """Alarms of the onset that came once and have to do with none of the others, if most others do."""
    alarms = [n for n, signal in enumerate(signals) if onset.has(signal)]
    alone = {n for n in alarms if _is_alone(signals[n], kin.of(n), onset)}
    return alone if 2 * len(alone) < len(alarms) else set()


def _is_alone(signal: Signal, kinship: float, onset: Onset) -> bool:
    return signal.count == 1 and not signal.rule and (not kinship or (kinship <= SAME_HOST and onset.haste(signal) > 0))


def _surely_before(signals: Sequence[Signal], onset: Onset) -> list[int]:
    """How many alarms of the onset came before each one beyond doubt: two sources' clocks may differ by a second."""
    times = [s.event.time or EPOCH for s in signals]
    loud = [onset.has(s) for s in signals]
    ahead = list(accumulate(loud, initial=0))
    counts = []
    for position, signal in enumerate(signals):
        near = range(bisect_left(times, times[position] - SKEW), position)
        doubtful = sum(loud[i] and signals[i].event.line.source != signal.event.line.source for i in near)
        counts.append(ahead[position] - doubtful)
    return counts


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
