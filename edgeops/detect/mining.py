"""The templates of whole sources: one pass to learn them, one more to say of each line which it is.

A line whose shape was seen before costs one dictionary look-up. A line that continues a message belongs to its template.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from edgeops.detect.miner import Miner
from edgeops.detect.templates import pattern_of
from edgeops.hooks import Block, Reader
from edgeops.records import Event, Line, Severity, Template

MOST_SHAPES = 20_000

_DIGITS = b"0123456789"
# What is a variable whatever its letters are.
_IDENTIFIER = re.compile(
    rb"(?<![A-Za-z0-9])(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|(?:[0-9a-fA-F]{2}:){5,}[0-9a-fA-F]{2}"
    rb"|0x[0-9a-fA-F]+|(?=[a-fA-F]{0,64}\d)[0-9a-fA-F]{6,})(?![A-Za-z0-9])"
)


@dataclass(slots=True)
class Run:
    """Messages next to each other in a block, from line `start` on: of one line each, or one message with `more` lines.

    keys are the shapes of the lines that begin the messages.
    """

    block: Block
    start: int
    keys: list[bytes]
    more: list[Line] = field(default_factory=list)


def runs(reader: Reader) -> Iterator[Run]:
    """The messages of a source, in order."""
    kinds: dict[bytes, int] = {}
    held: Run | None = None
    state = 0
    for block in reader.blocks():
        keys = reader.shapes(block)
        if _all_begin(keys, kinds, block, reader):
            if held:
                yield held
            if len(keys) > 1:
                yield Run(block, 0, keys[:-1])
            held, state = Run(block, len(keys) - 1, keys[-1:]), 0
            continue
        for at, key in enumerate(keys):
            kind = kinds[key]
            state = reader.step(state, kind, block.lines[at]) if kind else 0
            if held is None:
                held = Run(block, at, [key])
            elif state > 0:
                if len(held.keys) > 1:
                    yield Run(held.block, held.start, held.keys[:-1])
                    held = Run(held.block, held.start + len(held.keys) - 1, held.keys[-1:])
                held.more.append(block.line(reader.source, at))
            elif held.more or held.block is not block:
                yield held
                held = Run(block, at, [key])
            else:
                held.keys.append(key)
    if held:
        yield held


def _all_begin(keys: list[bytes], kinds: dict[bytes, int], block: Block, reader: Reader) -> bool:
    """Whether each line of the block begins a message; learns the kinds of lines on the way."""
    if len(kinds) > MOST_SHAPES:
        kinds.clear()
    distinct = dict(zip(keys, block.lines, strict=True))
    # In the order of the lines: a broken line tells that the next one may be its rest.
    for key in distinct if distinct.keys() - kinds.keys() else ():
        if key not in kinds:
            kinds[key] = reader.kind(distinct[key])
    return not any(map(kinds.__getitem__, distinct))


@dataclass(slots=True)
class _Shape:
    """What was seen of messages of one shape since it was last told to the miner. last is the latest, unparsed."""

    pattern: str
    severity: Severity
    first: datetime | None
    last: Line | None = None
    count: int = 0


class _Shapes:
    """The shapes of one source and the patterns they stand for."""

    def __init__(self, reader: Reader, miner: Miner) -> None:
        self._reader, self._miner = reader, miner
        self._shapes: dict[bytes, _Shape] = {}

    def add(self, run: Run) -> None:
        counts = Counter(run.keys) if len(run.keys) > 1 else {_key(run, self._reader): 1}
        places = dict(zip(run.keys, range(run.start, run.start + len(run.keys)), strict=True))
        firsts: dict[bytes, int] = {}
        for key, count in counts.items():
            shape = self._shapes.get(key)
            at = places.get(key, run.start)
            if shape is None:
                # Of lines of one shape the first decides, in both passes.
                firsts = firsts or dict(
                    zip(reversed(run.keys), reversed(range(run.start, run.start + len(run.keys))), strict=True)
                )
                shape = self._new(key, run, firsts.get(key, run.start))
            if at > run.start or shape.count:
                shape.last = Line("", 0, run.block.number + at, run.block.lines[at])
            shape.count += count

    def _event(self, run: Run, at: int) -> Event:
        return self._reader.event(run.block.line(self._reader.source, at), run.more)

    def _new(self, key: bytes, run: Run, at: int) -> _Shape:
        """The shape of a line whose key was never seen: learnt, unless it is new only by its identifiers."""
        if len(self._shapes) >= MOST_SHAPES:
            self.tell()
            self._shapes.clear()
        general = _general(key, run, at)
        shape = self._shapes.get(general) if general else None
        if shape is None:
            event = self._event(run, at)
            shape = _Shape(pattern_of(event.message), event.severity, event.time)
            if general:
                self._shapes[general] = shape
        self._shapes[key] = shape
        return shape

    def tell(self) -> None:
        """Tell the miner what was seen."""
        for shape in self._shapes.values():
            if shape.count:
                last = self._reader.event(shape.last).time if shape.last else shape.first
                self._miner.learn(shape.pattern, shape.count, shape.severity, shape.first, last)
            shape.count, shape.first, shape.last = 0, None, None


def _key(run: Run, reader: Reader) -> bytes:
    """The shape of the one message of a run."""
    if not run.more:
        return run.keys[0]
    return reader.whole([run.block.lines[run.start], *(line.raw for line in run.more)])


def _general(key: bytes, run: Run, at: int) -> bytes:
    """A key that lines share when they differ only in identifiers; empty where there are none, or the key is no mere shape."""
    raw = run.block.lines[at]
    if run.more or key != _digitless(raw):
        return b""
    general = _IDENTIFIER.sub(b"#", raw)
    return b"\0" + _digitless(general) if general != raw else b""


def _digitless(raw: bytes) -> bytes:
    return raw.translate(None, _DIGITS)


def mine(reader: Reader, miner: Miner, progress: Callable[[int], None] = lambda lines: None) -> int:
    """Read a source to its end and learn its templates; the number of lines. Settle the miner when all sources are read."""
    shapes = _Shapes(reader, miner)
    lines = 0
    for run in runs(reader):
        shapes.add(run)
        lines += len(run.keys) + len(run.more)
        progress(lines)
    shapes.tell()
    return lines


def assign(reader: Reader, miner: Miner) -> Iterator[tuple[range, list[Template]]]:
    """For each stretch of lines their numbers and, line by line, their templates. The miner must have settled."""
    known: dict[bytes, Template] = {}
    for run in runs(reader):
        if run.more or len(run.keys) == 1:
            template = _known(known, _key(run, reader), run, 0, reader, miner)
            first = run.block.number + run.start
            yield range(first, first + 1), [template]
            for line in run.more:
                yield range(line.number, line.number + 1), [template]
            continue
        first = run.block.number + run.start
        templates = [known.get(key) or _known(known, key, run, at, reader, miner) for at, key in enumerate(run.keys)]
        yield range(first, first + len(templates)), templates


def _known(known: dict[bytes, Template], key: bytes, run: Run, at: int, reader: Reader, miner: Miner) -> Template:
    template = known.get(key)
    if template is None:
        if len(known) >= MOST_SHAPES:
            known.clear()
        at += run.start
        general = _general(key, run, at)
        template = known.get(general) if general else None
        if template is None:
            event = reader.event(run.block.line(reader.source, at), run.more)
            template = miner.template(pattern_of(event.message))
            if general:
                known[general] = template
        known[key] = template
    return template
