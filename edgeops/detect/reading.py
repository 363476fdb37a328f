"""One pass over the sources: lines to signals. A line whose shape was seen before costs one dictionary look-up.

A shape (the line without its digits) is learnt once: its severity, the rules it fits, whether it starts a message. Only
lines of interesting shapes are parsed again. Lines that continue a message (a trace) are joined to it, and the joined
message is learnt as a shape of its own. Occurrences of one shape close in time form a run; each run is one signal.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from edgeops.detect.consequence import is_consequence
from edgeops.detect.routine import is_mistake, is_stranger
from edgeops.detect.rulebook import Match, RuleBook
from edgeops.detect.templates import id_of, pattern_of
from edgeops.hooks import Block, Reader
from edgeops.records import Event, Line, Role, Severity, Signal, SignalKind

MOST_SHAPES = 20_000
MOST_RUNS = 200
MOST_HELD = 4_000
MOST_BYTES = 32 << 20
"""Runs, bytes of their lines, and bytes of shapes that are held at once, whatever the log is."""
PARSED_EACH_TIME = 32
PARSED_ONE_IN = 16
AROUND = 3
WARM_UP = 500

_WORD = re.compile(r"(?<![^\s=:(\"'])[A-Za-z_-]{2,16}(?![^\s=:,;.)\"'])")


# A token of letters and digits: a hash, a key, an address in hexadecimal. Its letters vary like its digits do.
_IDENTIFIER = re.compile(rb"(?<![A-Za-z0-9])(?=[A-Za-z]{0,64}\d)(?=\d{0,64}[A-Za-z])[A-Za-z0-9+/=_-]{6,}")
_DIGITS = b"0123456789"


def _general(key: bytes, raw: bytes) -> bytes:
    """A key that lines share when they differ only in identifiers; none where the format has a shape of its own."""
    if key != raw.translate(None, _DIGITS):
        return b""
    general = _IDENTIFIER.sub(b"#", raw)
    return b"\0" + general.translate(None, _DIGITS) if general != raw else b""


@dataclass(slots=True)
class _Run:
    first: Event
    last: Event
    count: int
    before: tuple[Line, ...]
    after: tuple[Line, ...]
    bindings: tuple[tuple[str, str], ...]

    @property
    def size(self) -> int:
        """Bytes of its lines, those around it included."""
        return sum(len(line.raw) for line in (self.first.line, *self.first.more, *self.before, *self.after))


@dataclass(slots=True)
class _Shape:
    """What was learnt about lines of one shape."""

    kind: int
    severity: Severity = Severity.NONE
    match: Match | None = None
    numbered: bool = False
    interesting: bool = False
    count: int = 0
    first: Event | None = None
    runs: list[_Run] = field(default_factory=list)


@dataclass(slots=True)
class Pass:
    """What one source gave: its signals, its rare lines (novel candidates), how much was read, and how many runs there was no room for."""

    signals: list[Signal] = field(default_factory=list)
    rare: list[Event] = field(default_factory=list)
    lines: int = 0
    forgotten: int = 0


def read_source(reader: Reader, rules: RuleBook, gap: timedelta) -> Pass:
    """Read a source to its end and return its signals."""
    return _Scan(reader, rules, gap).run()


class _Scan:
    def __init__(self, reader: Reader, rules: RuleBook, gap: timedelta) -> None:
        self.reader, self.rules, self.gap = reader, rules, gap
        self.shapes: dict[bytes, _Shape] = {}
        self.lines = 0
        self.kept: dict[int, _Shape] = {}
        self.weight = 0
        self.held = self.held_bytes = self.forgotten = 0

    def run(self) -> Pass:
        reader, get = self.reader, self.shapes.get
        head: _Shape | None = None
        head_block: Block | None = None
        head_at = state = 0
        more: list[Line] = []
        for block in reader.blocks():
            for at, (raw, key) in enumerate(zip(block.lines, reader.shapes(block), strict=True)):
                shape = get(key)
                if shape is None:
                    shape = self._new(key, block, at)
                state = reader.step(state, shape.kind, raw) if shape.kind else 0
                if state > 0 and head is not None:
                    more.append(block.line(reader.source, at))
                    continue
                if head_block is not None and head is not None:
                    if more or head.interesting:
                        self._close(head, head_block, head_at, more)
                        more = []
                    else:
                        head.count += 1
                head, head_block, head_at = shape, block, at
            self.lines += len(block.lines)
        if head_block is not None and head is not None:
            self._close(head, head_block, head_at, more)
        return self._result()

    def _close(self, shape: _Shape, block: Block, at: int, more: list[Line]) -> None:
        """The message that began at `at` is complete."""
        if more:
            self._joined(block, at, more)
            return
        shape.count += 1
        if shape.interesting:
            self._hit(shape, block, at)

    def _new(self, key: bytes, block: Block, at: int) -> _Shape:
        """The shape of a line whose key was never seen: learnt, unless it is new only by its identifiers."""
        general = _general(key, block.lines[at])
        shape = self.shapes.get(general) if general else None
        if shape is None:
            shape = self._learn(block, at)
            if general:
                self._remember(general, shape)
        self._remember(key, shape)
        return shape

    def _learn(self, block: Block, at: int) -> _Shape:
        """Parse a line of a new shape once."""
        line = block.line(self.reader.source, at)
        shape = _Shape(self.reader.kind(line.raw))
        self._judge(shape, self.reader.event(line))
        return shape

    def _judge(self, shape: _Shape, event: Event) -> None:
        matches = self.rules.match(event.message)
        shape.match = matches[0] if matches else None
        shape.severity = event.severity
        shape.numbered = self.rules.depends_on_digits(event.message)
        shape.interesting = bool(matches) or shape.numbered or event.severity >= Severity.WARNING
        shape.first = event

    def _remember(self, key: bytes, shape: _Shape) -> None:
        """Keep the shape; when there are too many, forget the ones seen once that mean nothing."""
        if len(self.shapes) >= MOST_SHAPES or self.weight > MOST_BYTES:
            self.kept |= {id(shape): shape for shape in self.shapes.values() if shape.runs}
            self.shapes.clear()
            self.weight = 0
        self.shapes[key] = shape
        self.weight += len(key) + (len(shape.first.message) if shape.first else 0)

    def _joined(self, block: Block, at: int, more: list[Line]) -> None:
        """A message of several lines: learnt under the shapes of its lines that are not indented."""
        line = block.line(self.reader.source, at)
        shape_of = self.reader.format.shape
        key = b"\n".join([shape_of(line.raw), *(shape_of(m.raw) for m in more if m.raw[:1] not in b" \t")])
        shape = self.shapes.get(key + b"\n")
        if shape is None:
            shape = _Shape(0)
            self._judge(shape, self.reader.event(line, more))
            self._remember(key + b"\n", shape)
        shape.count += 1
        if shape.interesting:
            self._record(shape, self.reader.event(line, more), block, at, len(more))

    def _hit(self, shape: _Shape, block: Block, at: int) -> None:
        seen = shape.count
        if seen > PARSED_EACH_TIME and seen % PARSED_ONE_IN and shape.runs and not shape.numbered:
            shape.runs[-1].count += 1
            return
        event = self.reader.event(block.line(self.reader.source, at))
        if shape.numbered:
            shape = self._numbered(shape, event)
            if not shape.interesting:
                return
        self._record(shape, event, block, at, 0)

    def _numbered(self, shape: _Shape, event: Event) -> _Shape:
        """Lines of this shape fit different rules because of their numbers: one shape for each rule."""
        matches = self.rules.match(event.message)
        name = matches[0].rule.pattern if matches else ""
        key = b"\0".join([pattern_of(event.message).encode("utf-8", "replace"), name.encode()])
        particular = self.shapes.get(key)
        if particular is None:
            particular = _Shape(0, event.severity, matches[0] if matches else None, first=event)
            particular.interesting = bool(matches) or event.severity >= Severity.WARNING
            self._remember(key, particular)
        particular.count += 1
        return particular

    def _timed(self, event: Event, block: Block, at: int) -> Event:
        """An event without a time of its own has that of the last line before it that has one."""
        if event.time or self.reader.format.name == "plain":
            return event
        time = self.reader.time_before(block, at)
        return replace(event, time=time, time_inferred=True) if time else event

    def _record(self, shape: _Shape, event: Event, block: Block, at: int, continued: int) -> None:
        event = self._timed(event, block, at)
        run = shape.runs[-1] if shape.runs else None
        if run and (not event.time or not run.last.time or abs(event.time - run.last.time) <= self.gap):
            run.count += 1
            run.last = event
        elif len(shape.runs) < MOST_RUNS:
            source = self.reader.source
            before = tuple(block.line(source, i) for i in range(max(0, at - AROUND), at))
            end = at + continued + 1
            after = tuple(block.line(source, i) for i in range(end, min(len(block.lines), end + AROUND)))
            match = shape.match
            bindings = match.bindings if match else ()
            if match and shape.runs:
                again = self.rules.match(event.message)
                bindings = again[0].bindings if again and again[0].rule == match.rule else bindings
            shape.runs.append(_Run(event, event, 1, before, after, bindings))
            self._hold(shape.runs[-1])

    def _hold(self, run: _Run) -> None:
        self.held += 1
        self.held_bytes += run.size
        if self.held > MOST_HELD or self.held_bytes > MOST_BYTES:
            self._thin()

    def _thin(self) -> None:
        """There is no room for so many kinds of trouble: the weaker half is forgotten, of equal ones the later."""
        shapes = self._every_shape()
        runs = [(-_strength(shape), run.first.line.offset, run) for shape in shapes for run in shape.runs]
        stay = {id(run): run for *_, run in sorted(runs, key=lambda item: item[:2])[: len(runs) // 2]}
        for shape in shapes:
            shape.runs = [run for run in shape.runs if id(run) in stay]
        self.forgotten += len(runs) - len(stay)
        self.held, self.held_bytes = len(stay), sum(run.size for run in stay.values())
        self.kept = {key: shape for key, shape in self.kept.items() if shape.runs}

    def _every_shape(self) -> list[_Shape]:
        # One shape may stand under several keys.
        return list((self.kept | {id(shape): shape for shape in self.shapes.values()}).values())

    def _result(self) -> Pass:
        shapes = self._every_shape()
        signals = [_signal(shape, run) for shape in shapes for run in shape.runs]
        return Pass(signals, _rare(shapes), self.lines, self.forgotten)


def _rare(shapes: list[_Shape]) -> list[Event]:
    """First events of shapes seen once or twice, unless it is only their names and keys that were new."""
    once = [(_words(s.first), s.first) for s in shapes if s.first and s.count <= 2 and not s.interesting]
    known = Counter(words for words, _ in once)
    return [event for words, event in once if known[words] <= 2 and event.line.number > WARM_UP]


def _words(event: Event) -> tuple[str, ...]:
    return tuple(_WORD.findall(event.message[:300])[:4])


_BY_SEVERITY = {
    Severity.FATAL: 0.8,
    Severity.CRITICAL: 0.75,
    Severity.ERROR: 0.6,
    Severity.WARNING: 0.3,
}


def _strength(shape: _Shape) -> float:
    """How much a shape says before it is looked at closely."""
    if shape.match:
        return 0.95 if shape.match.rule.role is Role.CAUSE else 0.7
    return _BY_SEVERITY.get(shape.severity, 0.2)


def _signal(shape: _Shape, run: _Run) -> Signal:
    event = run.first
    template = id_of(pattern_of(event.message))
    times = "once" if run.count == 1 else f"{run.count} times"
    score = _strength(shape)
    if shape.match:
        rule = shape.match.rule
        reason = f"fits the known fault {rule.fault} ({rule.role}), seen {times}"
        kind = SignalKind.RULE
    else:
        rule, kind = None, SignalKind.SEVERITY
        reason = f"says {shape.severity.name.lower()}, seen {times}"
    if is_consequence(event.message):
        score *= 0.5
        reason += "; it reports a failure without its cause"
    if is_stranger(event.message) or is_mistake(event.message):
        score *= 0.5
        reason += "; ordinary when there are few"
    return Signal(kind, score, reason, event, template, run.count, run.last, rule, run.bindings, run.before, run.after)
