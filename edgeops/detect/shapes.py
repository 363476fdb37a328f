"""Shapes: what is learnt once about all lines that differ only in digits or identifiers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

from edgeops.detect.habits import Habit, Habits
from edgeops.detect.rulebook import Match, RuleBook
from edgeops.detect.templates import pattern_of
from edgeops.hooks import Block, Reader
from edgeops.records import Event, Line, Severity

MOST_SHAPES = 20_000
MOST_BYTES = 32 << 20
"""So many shapes are held at once, and so many bytes of them, whatever the log is."""
PARSED_EACH_TIME = 32
PARSED_ONE_IN = 16

# A token of letters and digits: a hash, a key, an address in hexadecimal. Its letters vary like its digits do.
_IDENTIFIER = re.compile(rb"(?<![A-Za-z0-9])(?=[A-Za-z]{0,64}\d)(?=\d{0,64}[A-Za-z])[A-Za-z0-9+/=_-]{6,}")
_DIGITS = b"0123456789"


@dataclass(slots=True)
class Run:
    """Messages of one shape that came close in time: the first, how many, the last and its minute (-1: unknown).

    around: the lines about the first message, which begins at its line `at`; final begins with the last message's line. size: bytes
    of the first message and the lines around it. more and last_more continue the messages. begun, ended: the first and the last as
    events, where they had to be parsed at once. Lines become records when they are asked for, as most runs are forgotten before.
    """

    source: str
    around: Block
    at: int
    more: tuple[Line, ...]
    final: Block
    minute: int
    begun: Event | None
    last_more: tuple[Line, ...] = ()
    count: int = 0
    size: int = 0
    ended: Event | None = None

    def __post_init__(self) -> None:
        self.size = sum(map(len, self.around.lines))

    @property
    def number(self) -> int:
        """The number of its first line."""
        return self.around.number + self.at

    @property
    def is_single(self) -> bool:
        """Whether its first message is its last."""
        return self.final.number == self.number

    @property
    def line(self) -> Line:
        """The first line of its first message."""
        return self.around.line(self.source, self.at)

    @property
    def last(self) -> Line:
        """The first line of its last message."""
        return self.final.line(self.source, 0)

    @property
    def before(self) -> tuple[Line, ...]:
        """The lines before its first message."""
        return tuple([self.around.line(self.source, at) for at in range(self.at)])

    @property
    def after(self) -> tuple[Line, ...]:
        """The lines after its first message."""
        begin = self.at + len(self.more) + 1
        return tuple([self.around.line(self.source, at) for at in range(begin, len(self.around.lines))])


@dataclass(frozen=True, slots=True)
class Standing:
    """What the wording of a shape makes of it: its template, and two reasons to think less of it."""

    template: str
    is_consequence: bool
    is_ordinary: bool


@dataclass(slots=True, eq=False)
class Shape:
    """What was learnt about lines of one shape.

    numbers: the words with digits on which it depends which rule a line fits. timed: a glance tells the time of its lines.
    begun: the runs there ever were. doubtful: its lines are told by their numbers, which may stand there by chance.
    """

    kind: int
    first: Event
    habit: Habit
    severity: Severity = Severity.NONE
    match: Match | None = None
    numbers: tuple[bytes, ...] = ()
    interesting: bool = False
    timed: bool = False
    count: int = 0
    runs: list[Run] = field(default_factory=list)
    begun: int = 0
    variants: dict[int, Variant] = field(default_factory=dict)
    standing: Standing | None = None
    doubtful: bool = False


@dataclass(slots=True)
class Variant:
    """Lines of one shape with the same numbers among those that matter: the shape they are, and how often that proved right."""

    shape: Shape
    seen: int = 0
    agreed: int = 0


_EventOf = Callable[[], Event]


class Shapes:
    """The shapes of one source, by key."""

    def __init__(self, reader: Reader, rules: RuleBook, habits: Habits) -> None:
        self._reader, self._rules, self._habits = reader, rules, habits
        self.by_key: dict[bytes, Shape] = {}
        self._kept: dict[int, Shape] = {}
        self._weight = 0

    def meet(self, block: Block, keys: list[bytes]) -> list[Shape]:
        """The shape of each line of a block; those never seen are learnt, in their order."""
        found = list(map(self.by_key.get, keys))
        unknown = [at for at, shape in enumerate(found) if shape is None]
        if unknown:
            more = len({keys[at] for at in unknown})
            if len(self.by_key) + more > MOST_SHAPES or self._weight > MOST_BYTES or self._habits.are_too_many:
                self._forget()
                unknown = list(range(len(keys)))
            for at in unknown:
                found[at] = self.by_key.get(keys[at]) or self._new(keys[at], block, at)
        return cast("list[Shape]", found)

    def _new(self, key: bytes, block: Block, at: int) -> Shape:
        """The shape of a line whose key was never seen: learnt, unless it is new only by its identifiers."""
        general = _general(key, block.lines[at])
        shape = self.by_key.get(general) if general else None
        if shape is None:
            line = block.line(self._reader.source, at)
            shape = self.judged(self._reader.kind(line.raw), self._reader.event(line))
            if general:
                self.remember(general, shape)
        self.remember(key, shape)
        return shape

    def judged(self, kind: int, event: Event) -> Shape:
        """The shape of a message."""
        matches = self._rules.match(event.message)
        numbers = tuple(word.encode() for word in self._rules.numbers(event.message))
        return Shape(
            kind=kind,
            first=event,
            habit=self._habits.of(pattern_of(event.message), event),
            severity=event.severity,
            match=matches[0] if matches else None,
            numbers=numbers,
            interesting=bool(matches or numbers) or event.severity >= Severity.WARNING,
            timed=event.time is not None and self._reader.time(event.line.raw) == event.time,
        )

    def variant(self, shape: Shape, raw: bytes, event_of: _EventOf) -> Shape:
        """Which shape a line is whose rule depends on the numbers in it; parsed until it is plain that it need not be."""
        lowered = raw.lower()
        bits = sum(1 << place for place, word in enumerate(shape.numbers) if word in lowered)
        variant = shape.variants.get(bits)
        if variant is not None:
            variant.seen += 1
            if variant.agreed > PARSED_EACH_TIME and variant.seen % PARSED_ONE_IN:
                return variant.shape
        matches = self._rules.match((event := event_of()).message)
        name = matches[0].rule.pattern if matches else ""
        same = next((v.shape for v in shape.variants.values() if _rule_of(v.shape) == name), None)
        if same is None:
            alarming = bool(matches) or event.severity >= Severity.WARNING
            match = matches[0] if matches else None
            same = Shape(0, event, shape.habit, event.severity, match, (), alarming, shape.timed, doubtful=True)
            self.remember(b"%d\0%s" % (id(shape), name.encode()), same)
        if variant is None:
            shape.variants[bits] = Variant(same)
        else:
            variant.agreed = variant.agreed + 1 if variant.shape is same else 0
            variant.shape = same
        return same

    def remember(self, key: bytes, shape: Shape) -> None:
        """Keep the shape under this key."""
        self.by_key[key] = shape
        self._weight += len(key) + len(shape.first.message)

    def forget_idle(self) -> None:
        """Drop from what is kept beside the keys the shapes that have no runs any more."""
        self._kept = {key: shape for key, shape in self._kept.items() if shape.runs}

    def _forget(self) -> None:
        """There are too many: those that mean nothing are forgotten."""
        self._kept |= {id(shape): shape for shape in self.by_key.values() if shape.runs}
        self.by_key.clear()
        self._weight = 0
        if self._habits.are_too_many:
            self._habits.make_room()

    def __iter__(self) -> Iterator[Shape]:
        # One shape may stand under several keys.
        yield from (self._kept | {id(shape): shape for shape in self.by_key.values()}).values()


def _rule_of(shape: Shape) -> str:
    return shape.match.rule.pattern if shape.match else ""


def _general(key: bytes, raw: bytes) -> bytes:
    """A key that lines share when they differ only in identifiers; none where the format has a shape of its own."""
    if key != raw.translate(None, _DIGITS):
        return b""
    general = _IDENTIFIER.sub(b"#", raw)
    return b"\0" + general.translate(None, _DIGITS) if general != raw else b""
