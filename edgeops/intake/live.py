"""A log that is followed: what comes next of it is handed in block by block, and its format is found from what came before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo

from edgeops.hooks import Format
from edgeops.intake.blocks import Block
from edgeops.intake.changes import Changes, regime_of
from edgeops.intake.log import LogReader
from edgeops.intake.sampling import SAMPLE_LINES
from edgeops.intake.timeline import Timeline
from edgeops.intake.timestamps import Clock


class LiveReader(LogReader):
    """A reader without an end. sample: lines as they are in this source; now: when they were written, about."""

    def __init__(
        self, source: str, sample: Sequence[bytes], formats: Sequence[Format], now: datetime, zone: tzinfo = UTC
    ) -> None:
        notes: list[str] = []
        lines = [raw.rstrip(b"\r") for raw in sample[:SAMPLE_LINES]]
        changes = Changes(regime_of(lines, formats), formats, notes)
        clock = Clock(now, zone=zone)
        super().__init__(source, changes, iter(()), clock, Timeline(clock, now), formats, notes)

    def taken(self, block: Block) -> Iterator[Block]:
        """The lines that come next, divided where another format begins."""
        for settled in self._timeline.boots.settled([block]):
            yield from self.parts(settled)
