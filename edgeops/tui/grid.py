"""A table as rows of a screen: as wide as its cells are, narrowed where they are wider than the window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from edgeops.mask import mask
from edgeops.text import show, width
from edgeops.tui.paint import Line, Span, padded

_GAP = 2
_NARROWEST, _WIDEST = 4, 60
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Grid:
    """columns and rows are of one table."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    ascii_only: bool = False

    def widths(self, room: int) -> list[int]:
        """How wide each column is in a window: the widest give way first, and what still has no room is cut at its edge."""
        cells = [[width(show(name)), *(width(text_of(row[at])[:_WIDEST]) for row in self.rows[:_LOOKED_AT])]
                 for at, name in enumerate(self.columns)]  # fmt: skip
        found = [min(max(column), _WIDEST) for column in cells]
        while found and sum(found) + _GAP * (len(found) - 1) > room and max(found) > _NARROWEST:
            found[found.index(max(found))] -= 1
        return found

    def head(self, room: int) -> list[Span]:
        """The names of the columns."""
        return [("key", self._row(self.columns, self.widths(room)))]

    def lines(self, room: int) -> Iterator[Line]:
        """The rows; each leads to its number."""
        widths = self.widths(room)
        for number, row in enumerate(self.rows):
            cells = [text_of(cell) for cell in row]
            yield Line((("text", self._row(cells, widths)),), number, copy="  ".join(cells))

    def _row(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        return " " * _GAP + (" " * _GAP).join(
            padded(cell, columns, self.ascii_only) for cell, columns in zip(cells, widths, strict=True)
        )


def text_of(cell: object) -> str:
    """A value of the store as it may be shown, on one line."""
    if cell is None:
        return ""
    return show(mask(f"{len(cell)} bytes" if isinstance(cell, bytes) else str(cell)))


def spreadsheet(cell: object) -> str:
    """A value as a spreadsheet may read it: none is taken for a formula."""
    text = text_of(cell)
    return f"'{text}" if isinstance(cell, str) and text[:1] in ("=", "+", "-", "@") else text
