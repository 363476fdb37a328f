"""What speaks for and against each signal of a window being where the trouble began."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import log1p, log2

from edgeops.detect.cascade import EPOCH, cascade_of, firstness
from edgeops.detect.consequence import is_consequence
from edgeops.detect.hints import says_change, says_lack, says_resource
from edgeops.detect.kin import SAME_PROGRAM, Kin
from edgeops.detect.onset import SKEW, onset_of
from edgeops.detect.recovery import has_recovered, says_well
from edgeops.detect.routine import MANY, is_mistake, is_stranger
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Role, Signal

LOUD = 0.5
SOON = 60.0
_SKEW = SKEW.total_seconds()
_LINES_A_SECOND = 5

Marks = dict[str, float]


def marks_of(signals: Sequence[Signal], rules: RuleBook, familiar: frozenset[int]) -> list[Marks]:
    """The marks of each signal, in order of time; what a mark is worth stands in `edgeops.detect.roots`."""
    window = _Window(signals, rules, familiar)
    return [window.words(n) | window.course(n) | window.known(n) for n in range(len(signals))]


def _moment(signal: Signal) -> float:
    """Seconds: of its time or, in a log without times (of a build, say), of its place, as if lines came at an even pace."""
    time, line = signal.event.time, signal.event.line
    return time.timestamp() if time else EPOCH.timestamp() + line.number / _LINES_A_SECOND


class _Window:
    """What the marks are read from."""

    def __init__(self, signals: Sequence[Signal], rules: RuleBook, familiar: frozenset[int]) -> None:
        self.signals, self.rules, self.familiar = signals, rules, familiar
        self.stated = {s.rule.fault for s in signals if s.rule and s.rule.role is Role.CAUSE}
        self.brings = cascade_of(signals, rules, self.stated)
        self.onset = onset_of(signals, set(self.brings).union(*self.brings.values()), familiar)
        self.kin = Kin(signals, self.onset)
        self.times = [_moment(s) for s in signals]
        self.akin = [self.kin.of(n) >= SAME_PROGRAM for n in range(len(signals))]
        self.weights = [self._weight(n) for n in range(len(signals))]
        self.reports = [not s.rule and is_consequence(s.event.message) for s in signals]
        self.sums = [0.0, *accumulate(self.weights)]
        slips = sum(s.count for s in signals if is_mistake(s.event.message))
        self.attack = slips >= MANY and not self.onset.alarms
        self.unknown = [n for n in range(len(signals)) if self._unexplained(n)]

    def _weight(self, position: int) -> float:
        """How much trouble a signal is, if it is any: little, if its like came before or it has to do with none of the rest."""
        signal = self.signals[position]
        if signal.score < LOUD or has_recovered(signal) or is_stranger(signal.event.message):
            return 0.0
        often = signal.score * min(1 + log2(signal.count) / 2, 4)
        return often * (0.3 if id(signal) in self.familiar or self._alone(position) else 1.0)

    def _alone(self, position: int) -> bool:
        """Whether it is an error that no rule knows, said once, with no alarm about the same or of the same program."""
        signal = self.signals[position]
        return signal.score >= LOUD and signal.count == 1 and not signal.rule and not self.akin[position]

    def words(self, position: int) -> Marks:
        """What the message says, and how."""
        signal = self.signals[position]
        message = signal.event.message
        lack, change, resource = says_lack(message), says_change(message), says_resource(message)
        return {
            "lack": lack,
            "change": change,
            "resource": resource,
            "quiet and empty": signal.score < LOUD and not (signal.rule or lack or change or resource),
            "consequence": self.reports[position],
            "harmless": is_stranger(message) or has_recovered(signal) or (is_mistake(message) and not self.attack),
            "familiar": id(signal) in self.familiar,
            "often": min(log2(signal.count), 3.0),
            "well again": says_well(message),
            "trace": bool(signal.event.more),
        }

    def course(self, position: int) -> Marks:
        """How it stands in time to the trouble, and to what came before in its own file."""
        signal, total = self.signals[position], self.sums[-1] or 1.0
        early = self._before(position)
        source = signal.event.line.source
        loud = signal.score >= LOUD
        return {
            "preceded": sum(self.weights[n] for n in early) / total,
            "own file preceded": any(self.signals[n].event.line.source == source for n in early),
            "waiting": log1p(self._wait(position) / 10),
            "apart": loud and not self.onset.has(signal) and not (signal.rule and signal.rule.fault in self.brings),
            "alone": self._alone(position),
            "akin": self.akin[position],
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
            "brought": any(rule.fault in led for fault, led in self.brings.items() if fault in self.stated),
            "foretold": self._foretold(position),
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
            and (self.times[n] < time - _SKEW or self.signals[n].event.line.source == signal.event.line.source)
            and not ((rule := self.signals[n].rule) and rule.fault in led)
        ]

    def _wait(self, position: int) -> float:
        """Seconds until half of the trouble that was still to come had come."""
        time = self.times[position]
        start = bisect_left(self.times, time - _SKEW)
        ahead = self.sums[-1] - self.sums[start]
        half = bisect_left(self.sums, self.sums[start] + ahead / 2) - 1
        return max(0.0, self.times[half] - time) if ahead else SOON

    def _unexplained(self, position: int) -> bool:
        """Whether no rule knows it and it may well be what broke: an alarm of the onset that is not alone."""
        signal = self.signals[position]
        if signal.rule or self.reports[position] or id(signal) in self.familiar:
            return False
        return self.onset.has(signal) and (signal.count > 1 or self.kin.of(position) > 0)

    def _foretold(self, position: int) -> bool:
        """Whether something went wrong before that no rule knows, on the same host as far as that is known."""
        host, since = self.kin.host(position), self.times[position] - 1.5
        return any(self.times[n] < since and (not host or self.kin.host(n) in ("", host)) for n in self.unknown)
