"""Rotated files of one log, read one after the other: a message that the rotation cut in two is one message.

Each file is a source of its own, with its own line numbers; only the lines at the top of one that continue the last message
of the one before are read with that, under the name and numbers that they have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from edgeops.intake.blocks import Block
from edgeops.intake.log import LogReader
from edgeops.intake.messages import MOST_LINES
from edgeops.records import Line, Skipped


@dataclass(frozen=True, slots=True)
class Lent(Block):
    """Lines of another file than the one whose reader gives them."""

    owner: str = ""

    def line(self, source: str, index: int) -> Line:
        """One line as a record, of the file that it stands in."""
        return Block.line(self, self.owner, index)


def joined(readers: Iterator[LogReader | Skipped], files: Collection[str]) -> Iterator[LogReader | Skipped]:
    """The readers, each to be read before the next is asked for. files: which sources are parts of one log."""
    current = next(readers, None)
    while current is not None:
        turn = _Turn(current, readers, files)
        if isinstance(current, LogReader) and current.source in files:
            current.follow(turn.borrowed())
        yield current
        current = turn.following()


class _Turn:
    """From one file to the next."""

    def __init__(
        self, current: LogReader | Skipped, readers: Iterator[LogReader | Skipped], files: Collection[str]
    ) -> None:
        self._current, self._readers, self._files = current, readers, files
        self._next: LogReader | Skipped | None = None
        self._turned = False

    def following(self) -> LogReader | Skipped | None:
        """The next file's reader, opened no earlier than needed."""
        if not self._turned:
            self._turned, self._next = True, next(self._readers, None)
        return self._next

    def borrowed(self) -> Iterator[Block]:
        """The lines that the next file has of this one's last message."""
        mine, other = self._current, self.following()
        if not isinstance(mine, LogReader) or not isinstance(other, LogReader):
            return
        if other.source in self._files and mine.format.name == other.format.name:
            lines = other.lend(MOST_LINES)
            if lines is not None:
                yield Lent(lines.number, lines.offset, lines.lines, lines.cut, lines.measure, owner=other.source)
