"""The bars over time: how many lines there were, coloured by the worst of them, and where one is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from textual.geometry import Region
from textual.strip import Strip

from edgeops.tui.paint import Painted, Span
from edgeops.view.course import Bar

_STEPS = " ▁▂▃▄▅▆▇█"
_ASCII_STEPS = " .:-=+*##"
_HEIGHT = 2


class Course(Painted):
    """Two rows of bars and one with times."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: Sequence[Bar] = ()
        self._here: tuple[datetime | None, datetime | None] = (None, None)
        self._rows: list[list[Span]] = []

    def stand(self, first: datetime | None, last: datetime | None) -> None:
        """The times of the lines on the screen. Only the rows that are others now are painted, which a slow line feels."""
        self._here = first, last
        before, self._rows = self._rows, [list(_together(spans)) for spans in self._drawn()]
        for y, row in enumerate(self._rows):
            if row != (before[y] if y < len(before) else None):
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """See Widget."""
        return self.fitted(self.drawn(self._rows[y] if y < len(self._rows) else ()), self.size.width)

    def _drawn(self) -> Iterator[list[Span]]:
        most = max((bar.lines for bar in self.bars), default=0) or 1
        for y in range(_HEIGHT):
            yield [self._cell(bar, y, most) for bar in self.bars]
        yield self._times()

    def _cell(self, bar: Bar, y: int, most: float) -> Span:
        steps = _ASCII_STEPS if self.ascii_only else _STEPS
        full = (len(steps) - 1) * _HEIGHT
        level = round(bar.lines / most * full)
        level = max(level, 1) if bar.lines else 0
        below = (_HEIGHT - 1 - y) * (len(steps) - 1)
        cell = steps[min(max(level - below, 0), len(steps) - 1)]
        ink = "error" if bar.errors else "warning" if bar.warnings else "bar"
        return ink, cell

    def _times(self) -> list[Span]:
        if not self.bars:
            return []
        columns = len(self.bars)
        ruler = [" "] * columns
        begin, end = (f"{self.bars[at].time:%m-%d %H:%M}" for at in (0, -1))
        if columns > len(begin) + len(end) + 2:
            ruler[: len(begin)] = begin
            ruler[columns - len(end) :] = end
        spans: list[Span] = [("dim", cell) for cell in ruler]
        first, last = self._here
        for column, bar in enumerate(self.bars):
            after = self.bars[column + 1].time if column + 1 < columns else None
            if first and last and bar.time <= last and (after is None or after > first):
                spans[column] = ("here", ruler[column])
        return spans


def _together(spans: Sequence[Span]) -> Iterator[Span]:
    """Neighbours in one ink as one span: a cell of its own costs a colour sequence each, which a slow line feels."""
    for ink, group in groupby(spans, key=itemgetter(0)):
        yield ink, "".join(text for _, text in group)
