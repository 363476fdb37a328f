"""A range of the lines that are shown, from one that a person chose to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgeops.view.log import Item, Log


@dataclass(frozen=True, slots=True)
class Selection:
    """first and last are in it. Which lines are between them is asked of the log, which may be filtered."""

    log: Log
    first: Item
    last: Item

    def holds(self, item: Item) -> bool:
        """Whether a line is in it."""
        return not self._precedes(item, self.first) and not self._precedes(self.last, item)

    def items(self) -> Iterator[Item]:
        """Its lines, as far as it is known which are wanted."""
        for item in self.log.after(self.first.place):
            if item is None or self._precedes(self.last, item):
                return
            yield item

    def _precedes(self, one: Item, other: Item) -> bool:
        """Whether a line stands above another: in its own file that one's place is behind it."""
        return one.row.at < (other.row.at if one.file == other.file else self.log.whole(other.place)[one.file])


def between(log: Log, one: Item, other: Item) -> Selection:
    """The range of two lines, whichever is the first."""
    backwards = Selection(log, one, other)._precedes(other, one)
    return Selection(log, other, one) if backwards else Selection(log, one, other)
