"""The course of one source: its patterns counted span by span, and what is not as usual.

A slice of lines is counted whole; a line is looked at only where its pattern leaves its habit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from edgeops.detect import deviations
from edgeops.detect.habits import NEVER, Habit, Habits
from edgeops.detect.shapes import Shape
from edgeops.detect.spans import Slice, Spans
from edgeops.hooks import Block, Reader
from edgeops.records import Event, Normal, Severity, Signal

MOST_DEVIATIONS = 20
"""So many of each kind are held."""
_LEAST_ASKED = 20
_LEAST_BAD = 5
_LEAST_SHARE = 0.1
_ENOUGH_ASKED = 1_000
_SIGMAS = 8.0
_TIMES = 3


@dataclass(slots=True)
class _Burst:
    habit: Habit
    event: Event
    span: int
    count: int
    usual: tuple[int, int]


@dataclass(slots=True)
class Share:
    """How many of a source's messages were errors. worst: the highest share in a span; bad, asked: in the spans before."""

    bad: int = 0
    asked: int = 0
    worst: float = 0.0
    here_bad: int = 0
    here_asked: int = 0

    def turn(self) -> None:
        """The span is over."""
        if self.here_asked >= _LEAST_ASKED:
            self.worst = max(self.worst, self.here_bad / self.here_asked)
        self.bad += self.here_bad
        self.asked += self.here_asked
        self.here_bad = self.here_asked = 0

    @property
    def usual(self) -> float:
        return (self.bad + 1) / (self.asked + 2)

    @property
    def is_odd(self) -> bool:
        """Whether the span that goes on has far too many errors."""
        bad, asked = self.here_bad, self.here_asked
        if bad < _LEAST_BAD or asked < _LEAST_ASKED or self.asked < _ENOUGH_ASKED:
            return False
        expected = asked * self.usual
        return (
            bad >= max(_LEAST_SHARE, _TIMES * self.worst) * asked
            and bad - expected >= _SIGMAS * float(expected * (1 - self.usual) + 1) ** 0.5
        )


class Course:
    """Counts the blocks of one source, given in order; `signals` tells in the end what was not as usual."""

    def __init__(self, reader: Reader, habits: Habits, normal: Normal, *, fresh: bool) -> None:
        self._reader, self._habits = reader, habits
        self.spans = Spans(reader, normal.width)
        known = Normal(normal.source) if fresh else normal
        self.share = Share(known.bad, known.lines, known.worst)
        self.active = known.spans
        self._span = -1
        self._known = self._state
        self._bursts: dict[tuple[int, int], _Burst] = {}
        self._silences: list[Signal] = []
        self._ratios: dict[int, tuple[Event, int, int, float]] = {}

    def count(self, block: Block, shapes: list[Shape], apart: Sequence[int], slices: Sequence[Slice]) -> None:
        """Count the messages of one line in these slices of the block, span by span: all but those set apart (in order)."""
        place = bisect_left(apart, slices[0][0]) if apart else 0
        for lo, hi, span in slices:
            counts = Counter(shapes[lo:hi])
            while place < len(apart) and apart[place] < hi:
                counts[shapes[apart[place]]] -= 1
                place += 1
            if span != self._span:
                self._enter(span)
            bad = asked = 0
            for shape, count in counts.items():
                habit = shape.habit
                shape.count += count
                habit.count += count
                asked += count
                if shape.severity >= Severity.ERROR:
                    bad += count
                if span < 0 or not count:
                    continue
                if habit.now != span:
                    if span - habit.now > habit.quiet and habit.has_stopped(span, self.active):
                        self._resumed(habit, span, block, shapes, lo)
                    habit.turn(span, self.active)
                habit.here += count
                if habit.here > habit.limit and habit.is_burst:
                    self._burst(habit, block, shapes, lo)
            self._share(bad, asked, block, shapes, lo)

    def note(self, block: Block, lasts: dict[Shape, int]) -> None:
        """Note of each pattern its last line in the block. lasts: where each shape stands last."""
        source = self._reader.source
        for shape, at in sorted(lasts.items(), key=itemgetter(1)):
            habit = shape.habit
            habit.latest, habit.timed = block.lines[at], shape.timed
            if habit.quiet != NEVER:
                habit.line = block.line(source, at)

    def count_message(self, shape: Shape, raw: bytes) -> None:
        """Count a message in the span that goes on; raw is its first line."""
        habit = shape.habit
        habit.latest, habit.timed = raw, shape.timed
        habit.count += 1
        if self._span >= 0:
            if habit.now != self._span:
                habit.turn(self._span, self.active)
            habit.here += 1
        self.share.here_asked += 1
        self.share.here_bad += shape.severity >= Severity.ERROR

    def know(self) -> None:
        """What was counted so far is no news."""
        self._known = self._state

    def news(self) -> tuple[int, int, int, float]:
        """Spans, messages and errors that are news, and the highest share of errors in a span."""
        spans, lines, bad = (now - before for now, before in zip(self._state, self._known, strict=True))
        return spans, lines, bad, self.share.worst

    @property
    def _state(self) -> tuple[int, int, int]:
        return self.active, self.share.asked + self.share.here_asked, self.share.bad + self.share.here_bad

    def close(self) -> list[Signal]:
        """All is read: what was not as usual."""
        signals = self.signals()
        for habit in self._habits:
            habit.rest()
        self.share.turn()
        return signals

    def signals(self) -> list[Signal]:
        """What was not as usual so far."""
        width = self.spans.width
        signals = [
            deviations.burst(b.habit, b.event, b.count, b.usual, self.spans.time_of(b.span), width)
            for b in self._bursts.values()
        ]
        signals += [
            deviations.ratio(event, bad, asked, usual, self.spans.time_of(span), width)
            for span, (event, bad, asked, usual) in self._ratios.items()
        ]
        signals += [
            deviations.novel(habit, event, self._habits.lines)
            for habit, event in self._habits.strangers
            if habit.count > 2
        ]
        return signals + (self._silences + self._stopped())[:MOST_DEVIATIONS]

    def _stopped(self) -> list[Signal]:
        """The heartbeats that have stopped and did not come again."""
        return [
            deviations.silence(habit, event, self._span - habit.now, self.spans.width)
            for habit in self._habits
            if habit.line and habit.has_stopped(self._span, self.active)
            if (event := self._reader.event(habit.line)).time
        ]

    def _enter(self, span: int) -> None:
        """Another span begins."""
        if span > self._span >= 0:
            self.active += 1
            self.share.turn()
        self._span = span

    def _burst(self, habit: Habit, block: Block, shapes: list[Shape], lo: int) -> None:
        """A pattern came too often in this span, once more or for the first time."""
        burst = self._bursts.get((id(habit), self._span))
        if burst is not None:
            burst.count = habit.here
        elif len(self._bursts) < MOST_DEVIATIONS:
            at = next((at for at in range(lo, len(shapes)) if shapes[at].habit is habit), None)
            if at is not None:
                event = self._event(block, at)
                usual = (habit.usual, habit.most)
                self._bursts[id(habit), self._span] = _Burst(habit, event, self._span, habit.here, usual)

    def _share(self, bad: int, asked: int, block: Block, shapes: list[Shape], lo: int) -> None:
        share = self.share
        share.here_bad += bad
        share.here_asked += asked
        if not bad or self._span < 0 or not share.is_odd:
            return
        told = self._ratios.get(self._span)
        if told is None and len(self._ratios) < MOST_DEVIATIONS:
            at = next(at for at in range(lo, len(shapes)) if shapes[at].severity >= Severity.ERROR)
            told = (self._event(block, at), 0, 0, share.usual)
        if told is not None:
            self._ratios[self._span] = (told[0], share.here_bad, share.here_asked, told[3])

    def _resumed(self, habit: Habit, span: int, block: Block, shapes: list[Shape], lo: int) -> None:
        """A heartbeat that had stopped came again."""
        at = next((at for at in range(lo - 1, -1, -1) if shapes[at].habit is habit), None)
        if at is not None:
            self._silent(habit, self._event(block, at), span - habit.now)
        elif habit.line is not None:
            self._silent(habit, self._reader.event(habit.line), span - habit.now)

    def _silent(self, habit: Habit, event: Event, missed: int) -> None:
        if len(self._silences) < MOST_DEVIATIONS and event.time:
            self._silences.append(deviations.silence(habit, event, missed, self.spans.width))

    def _event(self, block: Block, at: int) -> Event:
        event = self._reader.event(block.line(self._reader.source, at))
        if event.time is None and (time := self._reader.time_before(block, at)):
            return replace(event, time=time, time_inferred=True)
        return event
