"""One pass over a source: lines to signals. A line whose shape was seen before is counted among its like, and no more.

A shape (the line without its digits) is learnt once: its severity, the rules it fits, its pattern, whether it starts a message.
Lines that continue a message (a trace) are joined to it, and the joined message is learnt as a shape of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from edgeops.detect.baseline import Lesson, learnt_of, name_of
from edgeops.detect.course import Course
from edgeops.detect.habits import Habits
from edgeops.detect.rulebook import RuleBook
from edgeops.detect.shapes import Shape, Shapes
from edgeops.detect.sightings import Minutes, Sightings
from edgeops.detect.spans import Slice
from edgeops.detect.wording import opening
from edgeops.hooks import Block, Reader
from edgeops.records import Event, Line, Normal, Signal, Template

WARM_UP = 20
_HEAD = 3
_MARK = 3
_FEW = 8
_RARE = 8
_STRETCH = 3


@dataclass(slots=True)
class Pass:
    """What one source gave: its signals, its rare lines (novel candidates), how much was read, and how many runs there was no room for.

    templates: the most frequent first. lesson: what it adds to what is normal for the source.
    """

    signals: list[Signal]
    rare: list[Event]
    lines: int
    forgotten: int
    templates: list[Template]
    lesson: Lesson | None


def read_source(reader: Reader, rules: RuleBook, gap: timedelta, normal: Normal | None = None) -> Pass:
    """Read a source to its end and return its signals. normal: what is known of it from before."""
    blocks = reader.blocks()
    first = next(blocks, None)
    scan = Scan(reader, rules, gap, normal or Normal(reader.source), _named(first))
    if first is not None:
        scan.read(first)
    for block in blocks:
        scan.read(block)
    return scan.close()


@dataclass(slots=True)
class _Open:
    """A message that may go on: its first line with its shape and minute, and the lines that continue it."""

    block: Block
    at: int
    key: bytes
    minute: int
    more: list[Line]


class Scan:
    """A source on its way. file: its name by its first lines; live: what comes is new, though what came before may be learnt."""

    def __init__(
        self, reader: Reader, rules: RuleBook, gap: timedelta, normal: Normal, file: str, *, live: bool = False
    ) -> None:
        self.reader = reader
        self.file = file
        # A file that was learnt, in part or whole, must not be measured by itself.
        self.learnt = learnt_of(normal, file) if file and not live else 0
        fresh = not live and (self.learnt > 0 or not file)
        self.habits = Habits(reader, normal, "" if live else file, fresh=fresh)
        self.shapes = Shapes(reader, rules, self.habits)
        self.sightings = Sightings(reader, rules, gap, self.shapes)
        self.course = Course(reader, self.habits, normal, fresh=fresh)
        self.open: _Open | None = None
        self.state = self.lines = self.end = 0

    def read(self, block: Block) -> None:
        """The next block."""
        source, keys = self.reader.source, self.reader.shapes(block)
        shapes = self.shapes.meet(block, keys)
        lasts = dict(zip(shapes, count()))
        heads, last = self._messages(block, shapes, lasts)
        worth = _places(shapes, {shape for shape in lasts if shape.interesting})
        slices, minutes = self._timed(block, shapes, {*worth, *heads, last} - {-1})
        own, after = heads.pop(last, []), heads.pop(-1, [])
        if last < 0:
            own, after = [], own
        if self.open:
            self.open.more += [block.line(source, at) for at in after]
        if last >= 0:
            self.rest()
            self.open = _Open(block, last, keys[last], minutes[last], [block.line(source, at) for at in own])
        apart = sorted({*after, *own, *(at for head, more in heads.items() for at in (head, *more)), last} - {-1})
        self._count(block, shapes, apart, slices)
        self.course.note(block, lasts)
        self._look(block, shapes, worth, set(apart), minutes)
        for head, more in heads.items():
            lines = [block.line(source, at) for at in more]
            self._close(_Open(block, head, keys[head], minutes[head], lines))
        self.lines += len(keys)
        self.end = block.number + len(keys) - 1

    def rest(self) -> None:
        """Nothing more belongs to the open message."""
        self._close(self.open)
        self.open = None

    def _timed(self, block: Block, shapes: list[Shape], wanted: set[int]) -> tuple[list[Slice], Minutes]:
        """The block's spans, and the minute of each line wanted."""
        spans = self.course.spans
        if _FEW * len(wanted) < len(shapes):
            return spans.spans(block, shapes), {at: spans.minute(block, shapes, at) for at in wanted}
        cut = spans.minutes(block, shapes)
        minutes: list[int] = []
        for lo, hi, minute in cut:
            minutes += [minute] * (hi - lo)
        return spans.widened(cut), minutes

    def close(self) -> Pass:
        """All is read."""
        self.rest()
        unusual = self.course.close()
        signals = self.sightings.signals()
        lesson = Lesson(self.file, self.end, self.course.spans.width, *self.course.news(), self.habits.usuals())
        return Pass(
            signals + unusual, rare(self.shapes), self.lines, self.sightings.forgotten, self.habits.templates(), lesson
        )

    def _messages(self, block: Block, shapes: list[Shape], lasts: dict[Shape, int]) -> tuple[dict[int, list[int]], int]:
        """Which lines continue a message, by where it begins (-1: in a block before); and where the last message begins."""
        heads: dict[int, list[int]] = defaultdict(list)
        step, odd = self.reader.step, _places(shapes, {shape for shape in lasts if shape.kind})
        head, before, state = -1 if self.open else 0, -1, self.state
        for at in odd:
            if at - 1 != before:
                head, state = at - 1, 0
            state = step(state, shapes[at].kind, block.lines[at])
            if state > 0 and (at > 0 or self.open):
                heads[head].append(at)
            else:
                head = at
            before = at
        last = len(shapes) - 1
        self.state = state if before == last else 0
        return heads, head if before == last else last

    def _close(self, message: _Open | None) -> None:
        """A message is complete."""
        if message is None:
            return
        block, at, key = message.block, message.at, message.key
        raw = block.lines[at]
        if message.more:
            key = self.reader.whole([raw, *(line.raw for line in message.more)]) + b"\n"
        shape = self.shapes.by_key.get(key)
        if shape is None:
            # Of a line alone the shape was forgotten since; of several, never learnt.
            line = block.line(self.reader.source, at)
            kind = 0 if message.more else self.reader.kind(raw)
            shape = self.shapes.judged(kind, self.reader.event(line, message.more))
            self.shapes.remember(key, shape)
        shape.count += 1
        self.course.count_message(shape, raw)
        if not shape.interesting:
            return
        if message.more:
            self.sightings.see_message(shape, block, at, message.more, message.minute)
        else:
            self.sightings.see(shape, block, [at], {at: message.minute})

    def _count(self, block: Block, shapes: list[Shape], apart: list[int], slices: list[Slice]) -> None:
        """Count the block's messages of one line; what was learnt before is not news."""
        border = self.learnt + 1 - block.number
        if self.learnt and border < len(shapes):
            old = [(lo, min(hi, border), span) for lo, hi, span in slices if lo < border]
            if old:
                self.course.count(block, shapes, apart, old)
            self.habits.know_all()
            self.course.know()
            self.learnt = 0
            slices = [(max(lo, border), hi, span) for lo, hi, span in slices if hi > border]
        self.course.count(block, shapes, apart, slices)

    def _look(self, block: Block, shapes: list[Shape], worth: list[int], apart: set[int], minutes: Minutes) -> None:
        """See to the lines that are worth a look, unless they are set apart."""
        places: dict[Shape, list[int]] = defaultdict(list)
        for at in worth:
            if at not in apart:
                places[shapes[at]].append(at)
        for shape, own in places.items():
            self.sightings.see(shape, block, own, minutes)


def _places(shapes: list[Shape], wanted: set[Shape]) -> list[int]:
    """Where in a block lines of these shapes stand."""
    return [at for at, shape in enumerate(shapes) if shape in wanted] if wanted else []


def _named(first: Block | None) -> str:
    """The file's name by its first lines; none where it was not read from its beginning, or is too short to be told from others."""
    whole = first is not None and first.offset <= _MARK and first.number == 1 and len(first.lines) >= _HEAD
    return name_of(first.lines[:_HEAD]) if first is not None and whole else ""


def rare(shapes: Iterable[Shape]) -> list[Event]:
    """First events of what was seen once or twice, or a few times in one stretch, unless only its names and keys were new."""
    alike: dict[tuple[str, ...], list[Shape]] = defaultdict(list)
    for shape in shapes:
        if shape.count > 0:
            alike[opening(shape.first.message)].append(shape)
    few = [shape for group in alike.values() if len(group) <= 2 and _is_brief(group) for shape in group]
    fresh = [shape.first for shape in few if not shape.interesting and not shape.habit.known]
    return [event for event in fresh if event.line.number > WARM_UP]


def _is_brief(alike: Iterable[Shape]) -> bool:
    """Whether these came once or twice, or a few times and soon after each other."""
    shapes = list(alike)
    total = sum(shape.count for shape in shapes)
    return total <= 2 or (
        total <= _RARE and all(shape.habit.spans + (shape.habit.here > 0) <= _STRETCH for shape in shapes)
    )
