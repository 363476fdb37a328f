"""An open log: its lines in blocks, and how its lines become messages and events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from edgeops.hooks import Block as HasLines
from edgeops.hooks import Format
from edgeops.intake.blocks import Block
from edgeops.intake.formats.base import digitless
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.glance import glance
from edgeops.intake.messages import Joiner, with_exception
from edgeops.intake.relays import Relay
from edgeops.intake.timestamps import Clock
from edgeops.records import Event, Line

_LOOK_BACK = 500


class LogReader:
    """An open source. Read `blocks` once; it closes itself at the end, and notes are complete then."""

    def __init__(
        self,
        source: str,
        chosen: Format,
        blocks: Iterator[Block],
        joiner: Joiner,
        clock: Clock,
        formats: Sequence[Format],
        notes: list[str],
    ) -> None:
        self.source, self.format, self.notes = source, chosen, notes
        self._blocks, self._clock, self._formats = blocks, clock, formats
        self.kind, self.step = joiner.kind, joiner.step

    def blocks(self) -> Iterator[Block]:
        """The lines, in blocks of about a mebibyte."""
        return self._blocks

    def shapes(self, block: HasLines) -> list[bytes]:
        """The shapes of a block's lines, in one sweep where the shape is the line without its digits."""
        if self.format.shape is digitless:
            return digitless(b"\n".join(block.lines)).split(b"\n")
        return list(map(self.format.shape, block.lines))

    def time(self, raw: bytes) -> datetime | None:
        """The time that the line's first stamp means, many times cheaper than an event; not always the event's time."""
        return glance(raw, self._clock)

    def time_before(self, block: HasLines, index: int) -> datetime | None:
        """The time of the nearest line above in the block that has one, for a line without a stamp of its own."""
        for at in range(index - 1, max(-1, index - _LOOK_BACK), -1):
            if self.format.starts(block.lines[at]) and (time := self.event(block.line(self.source, at)).time):
                return time
        return None

    def event(self, line: Line, more: Sequence[Line] = ()) -> Event:
        """A message as an event; a line that is not of the source's format is tried with the others."""
        mine = () if self.format is PLAIN else (self.format,)
        for candidate in (*mine, *self._formats):
            if candidate is not PLAIN and candidate.starts(line.raw):
                return with_exception(candidate.parse(line, more, self._clock), _texts(candidate, more))
        return with_exception(PLAIN.parse(line, more, self._clock), _texts(PLAIN, more))


def _texts(format: Format, more: Sequence[Line]) -> list[bytes]:
    """What the lines say behind the headers that they have in this format."""
    if not more or not isinstance(format, Relay):
        return [line.raw for line in more]
    return [carried.text if (carried := format.carried(line.raw)) else line.raw for line in more]
