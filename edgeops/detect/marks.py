"""What speaks for and against each signal of a window being where the trouble began."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import accumulate
from math import log1p, log2

from edgeops.detect.cascade import EPOCH, cascade_of, firstness
from edgeops.detect.consequence import is_consequence
from edgeops.detect.hints import says_change, says_lack, says_resource, says_setting
from edgeops.detect.kin import SAME_PROGRAM, Kin
from edgeops.detect.onset import SKEW, onset_of
from edgeops.detect.past import Past
from edgeops.detect.recovery import has_recovered, says_well
from edgeops.detect.routine import MANY, is_mistake, is_stranger
from edgeops.detect.rulebook import RuleBook
from edgeops.detect.wording import topics
from edgeops.records import Role, Signal, SignalKind

LOUD = 0.5
SOON, LONG = 60.0, 150.0
_SKEW = SKEW.total_seconds()
_ROUNDED = 1.0
"""Seconds: one file of a host may tell whole seconds, another fractions."""
_LINES_A_SECOND = 5

Marks = dict[str, float]


def marks_of(signals: Sequence[Signal], rules: RuleBook, past: Past) -> list[Marks]:
    """The marks of each signal, in order of time; what a mark is worth stands in `edgeops.detect.roots`."""
    window = _Window(signals, rules, past)
    return [window.words(n) | window.course(n) | window.company(n) | window.known(n) for n in range(len(signals))]


def _moment(signal: Signal) -> float:
    """Seconds: of its time or, in a log without times (of a build, say), of its place, as if lines came at an even pace."""
    time, line = signal.event.time, signal.event.line
    return time.timestamp() if time else EPOCH.timestamp() + line.number / _LINES_A_SECOND


class _Window:
    """What the marks are read from."""

    def __init__(self, signals: Sequence[Signal], rules: RuleBook, past: Past) -> None:
        self.signals, self.rules, self.past = signals, rules, past
        self.familiar = past.familiar(signals)
        self.stated = {s.rule.fault for s in signals if s.rule and s.rule.role is Role.CAUSE}
        self.brings = cascade_of(signals, rules, self.stated)
        self.onset = onset_of(signals, set(self.brings).union(*self.brings.values()), self.familiar)
        self.kin = Kin(signals, self.onset)
        self.times = [_moment(s) for s in signals]
        self.akin = [self.kin.of(n) >= SAME_PROGRAM for n in range(len(signals))]
        self.weights = [self._weight(n) for n in range(len(signals))]
        self.reports = [not s.rule and is_consequence(s.event.message) for s in signals]
        self.sums = [0.0, *accumulate(self.weights)]
        slips = sum(s.count for s in signals if is_mistake(s.event.message))
        self.attack = slips >= MANY and not self.onset.alarms
        self.news = Counter(s.event.line.source for s in signals if s.kind is SignalKind.NOVEL)
        self.topics = [topics(s.event.message, s.event.unit) for s in signals]
        self.spoken = self._spoken()

    def _weight(self, position: int) -> float:
        """How much trouble a signal is, if it is any: little, if its like came before or it has to do with none of the rest."""
        signal = self.signals[position]
        if signal.score < LOUD or has_recovered(signal) or is_stranger(signal.event.message):
            return 0.0
        alone = signal.count == 1 and not signal.rule and not self.akin[position]
        often = signal.score * min(1 + log2(signal.count) / 2, 4)
        return often * (0.3 if id(signal) in self.familiar or alone else 1.0)

    def _spoken(self) -> dict[str, list[int]]:
        """Which alarms speak of each topic."""
        spoken = defaultdict(list)
        for position, weight in enumerate(self.weights):
            for topic in self.topics[position] if weight else ():
                spoken[topic].append(position)
        return spoken

    def words(self, position: int) -> Marks:
        """What the message says, and how."""
        signal = self.signals[position]
        message = signal.event.message
        quiet, new = signal.score < LOUD, signal.kind is SignalKind.NOVEL
        lack, change, resource = says_lack(message), says_change(message), says_resource(message)
        empty = quiet and not (signal.rule or lack or change or resource)
        return {
            "lack": lack,
            "change": change,
            "resource": resource,
            "setting": says_setting(message),
            # Without times nothing tells that a quiet line came just before the trouble.
            "quiet": quiet and signal.event.time is not None,
            "quiet and empty": empty,
            "new": new,
            "new and empty": new and empty,
            "consequence": self.reports[position],
            "harmless": is_stranger(message) or has_recovered(signal) or (is_mistake(message) and not self.attack),
            "familiar": id(signal) in self.familiar,
            "said alike": self.past.said_alike(signal),
            "often": min(log2(signal.count), 3.0),
            "well again": says_well(message),
            "trace": bool(signal.event.more),
        }

    def course(self, position: int) -> Marks:
        """How it stands in time to the trouble, and to what came before in its own file."""
        signal, total = self.signals[position], self.sums[-1] or 1.0
        early = self._before(position)
        source = signal.event.line.source
        preceded = sum(self.weights[n] for n in early) / total
        wait = self._wait(position)
        return {
            "preceded": preceded,
            "known and preceded": preceded * bool(signal.rule),
            "own file preceded": any(self.signals[n].event.line.source == source for n in early),
            "waiting": log1p(wait / 10),
            "quiet, and long before": signal.score < LOUD and wait > LONG,
        }

    def company(self, position: int) -> Marks:
        """Who else is in trouble: its program, other files, others that speak of the same; and what else is new in its file."""
        signal, total = self.signals[position], self.sums[-1] or 1.0
        new = self.news[signal.event.line.source] - (signal.kind is SignalKind.NOVEL)
        return {
            "akin": self.akin[position],
            "by itself": not self._neighbours(position),
            # A program that breaks says many new things aloud; quiet ones are how it always talks.
            "other news": log2(1 + new) * (signal.score < LOUD),
            "echoed": sum(self.weights[n] for n in self._echoes(position)) / total,
        }

    def known(self, position: int) -> Marks:
        """What the pack says of it."""
        rule = self.signals[position].rule
        if not rule:
            return {}
        cause, first = rule.role is Role.CAUSE, firstness(self.rules, rule.fault)
        return {
            "stated": cause,
            "stated, and first of its kind": first * cause,
            "symptom": not cause,
            "brings others": rule.fault in self.brings and (cause or rule.fault not in self.stated),
        }

    def _before(self, position: int) -> list[int]:
        """The alarms that surely came before, and are none that the signal's own fault brings about."""
        signal, time = self.signals[position], self.times[position]
        led = self.brings.get(signal.rule.fault, set()) if signal.rule else set()
        return [
            n
            for n in range(bisect_left(self.times, time))
            if self.weights[n]
            and not self.reports[n]
            and self.times[n] < time - self._doubt(n, position)
            and not ((rule := self.signals[n].rule) and rule.fault in led)
        ]

    def _doubt(self, one: int, other: int) -> float:
        """Seconds by which the clocks of two signals may differ: a host has one clock, a file one way to tell it."""
        if self.signals[one].event.line.source == self.signals[other].event.line.source:
            return 0.0
        return _ROUNDED if (host := self.kin.host(one)) and host == self.kin.host(other) else _SKEW

    def _wait(self, position: int) -> float:
        """Seconds until half of the trouble that was still to come had come."""
        time = self.times[position]
        start = bisect_left(self.times, time - _SKEW)
        ahead = self.sums[-1] - self.sums[start]
        half = bisect_left(self.sums, self.sums[start] + ahead / 2) - 1
        return max(0.0, self.times[half] - time) if ahead else SOON

    def _neighbours(self, position: int) -> bool:
        """Whether another file has an alarm about then."""
        source, time = self.signals[position].event.line.source, self.times[position]
        near = range(bisect_left(self.times, time - SOON), bisect_right(self.times, time + SOON))
        return any(self.weights[n] and self.signals[n].event.line.source != source for n in near)

    def _echoes(self, position: int) -> list[int]:
        """The alarms from then on of other programs that speak in other words of the same: each always speaks of its own things."""
        one, since = self.signals[position], self.times[position] - _SKEW
        spoken = {n for topic in self.topics[position] for n in self.spoken.get(topic, ())}
        later = [n for n in sorted(spoken) if self.times[n] >= since]
        return [n for n in later if _voice(self.signals[n]) != _voice(one) and self.signals[n].template != one.template]


def _voice(signal: Signal) -> tuple[str, str]:
    return signal.event.line.source, signal.event.unit
