"""An open log: its lines in blocks, and how its lines become messages and events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from edgeops.hooks import Block as HasLines
from edgeops.hooks import Format
from edgeops.intake.blocks import Block
from edgeops.intake.changes import Changes, Regime
from edgeops.intake.formats.base import digitless
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.glance import Glance
from edgeops.intake.messages import Continued, with_exception
from edgeops.intake.relays import Relay
from edgeops.intake.timeline import Timeline
from edgeops.intake.timestamps import Clock
from edgeops.records import Event, Line

_LOOK_BACK = 500
_TOLD = 256
_MOST_OTHERS = 4096


class LogReader:
    """An open source. Read `blocks` once; it closes itself at the end, and notes are complete then."""

    def __init__(
        self,
        source: str,
        changes: Changes,
        blocks: Iterator[Block],
        clock: Clock,
        timeline: Timeline,
        formats: Sequence[Format],
        notes: list[str],
    ) -> None:
        self.source, self.notes = source, notes
        self._changes, self._blocks, self._clock, self._timeline = changes, blocks, clock, timeline
        self._glance = Glance(clock)
        self._formats = [one for one in formats if one is not PLAIN]
        self._others: dict[bytes, Format] = {}
        self._after: Iterable[Block] = ()
        self._enter(changes.now)

    def _enter(self, regime: Regime) -> None:
        """From the block that is given next the source has this format; so kind, step and format are not to be kept."""
        self.format: Format = regime.format
        self.kind, self.step = regime.joiner.kind, regime.joiner.step
        self._stanzas = isinstance(regime.format, Continued)

    def blocks(self) -> Iterator[Block]:
        """The lines, in blocks of about a mebibyte."""
        for block in self._blocks:
            yield from self.parts(block)
        self._changes.end()
        self.notes += self._timeline.notes()
        yield from self._after

    def parts(self, block: Block) -> Iterator[Block]:
        """The lines that come next, divided where another format begins."""
        for part in self._changes.parts(block):
            self._enter(self._changes.now)
            self._timeline.follow(part, self.format)
            self._glance.forget()
            yield part

    def follow(self, blocks: Iterable[Block]) -> None:
        """Let these come after its last line: what another file has of its last message."""
        self._after = blocks

    def lend(self, most: int) -> Block | None:
        """The lines at its very top that begin no message, at most so many; they are read by who takes them, not here."""
        first = next(self._blocks, None)
        if first is None:
            return None
        begins = next(
            (at for at, raw in enumerate(first.lines[: most + 1]) if self._headed(raw) or not self.kind(raw)), 0
        )
        if first.number > 1 or not begins:
            self._blocks = chain([first], self._blocks)
            return None
        self._blocks = chain([first.rest(begins)], self._blocks)
        return Block(first.number, first.offset, first.lines[:begins], 0, first.measure)

    def _headed(self, raw: bytes) -> bool:
        return self.format is not PLAIN and self.format.starts(raw)

    def shapes(self, block: HasLines) -> list[bytes]:
        """The shapes of a block's lines, in one sweep where the shape is the line without its digits."""
        regime = self._changes.at(block.number)
        if regime.format.shape is digitless:
            shapes = digitless(b"\n".join(block.lines)).split(b"\n")
        else:
            shapes = list(map(regime.format.shape, block.lines))
        return [regime.mark + shape for shape in shapes] if regime.mark else shapes

    def time(self, raw: bytes) -> datetime | None:
        """The time that the line's first stamp means, many times cheaper than an event; not always the event's time."""
        return self._glance.time(raw)

    def minute(self, raw: bytes) -> int:
        """The same in whole minutes since 1970, cheaper still; -1 where the line tells no time."""
        return self._glance.minute(raw)

    def whole(self, lines: Sequence[bytes]) -> bytes:
        """The shape of a message of several lines; the frames of a trace do not matter, stanzas hang on all their lines."""
        if not self._stanzas:
            lines = [lines[0], *(raw for raw in lines[1:] if raw[:1] not in b" \t")]
        return b"\n".join(map(self.format.shape, lines))

    def time_before(self, block: HasLines, index: int) -> datetime | None:
        """The time of the nearest line above in the block that has one, for a line without a stamp of its own."""
        starts = self._changes.at(block.number).format.starts
        for at in range(index - 1, max(-1, index - _LOOK_BACK), -1):
            if starts(block.lines[at]) and (time := self.event(block.line(self.source, at)).time):
                return time
        return None

    def event(self, line: Line, more: Sequence[Line] = ()) -> Event:
        """A message as an event; a line that is not of the source's format there is tried with the others."""
        regime = self._changes.at(line.number)
        format = regime.format
        if format is PLAIN or not format.starts(line.raw):
            format = self._other(line.raw, regime)
        self._timeline.at(line.number)
        return self._timeline.placed(with_exception(format.parse(line, more, self._clock), texts_of(format, more)))

    def _other(self, raw: bytes, regime: Regime) -> Format:
        """The format of a line that is not of the format in force; of lines of one shape it is sought once."""
        key = digitless(raw[:_TOLD])
        known = self._others.get(key)
        if known is not None and (known.starts(raw) if known is not PLAIN else len(raw) <= _TOLD):
            return known
        found = next((one for one in (*regime.aside, *self._formats) if one.starts(raw)), PLAIN)
        if len(self._others) >= _MOST_OTHERS:
            self._others.clear()
        self._others[key] = found
        return found


def texts_of(format: Format, more: Sequence[Line]) -> list[bytes]:
    """What the lines say behind the headers that they have in this format."""
    if not more or not isinstance(format, Relay):
        return [line.raw for line in more]
    return [carried.text if (carried := format.carried(line.raw)) else line.raw for line in more]
