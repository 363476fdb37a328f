"""Blocks cut at the borders of minutes or wider spans of time; the borders are searched for, so that few lines are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from edgeops.detect.shapes import Shape
from edgeops.hooks import Block, Reader

WIDTHS = (1, 10, 60, 1440)
"""Minutes of a span: the narrowest in which enough lines come."""
LEAST_LINES = 30
_LOOK_AROUND = 40

NAMES = {1: "minute", 10: "10 minutes", 60: "hour", 1440: "day"}
Slice = tuple[int, int, int]
"""From which line to before which, and the minute or span; -1 where the lines tell no time."""


class Spans:
    """Cuts the blocks of one source. width is 0 until it is known."""

    def __init__(self, reader: Reader, width: int = 0) -> None:
        self._reader, self.width = reader, width

    def minutes(self, block: Block, shapes: Sequence[Shape]) -> list[Slice]:
        """The minutes of a block."""
        return self._cut(block, shapes, 1)

    def spans(self, block: Block, shapes: Sequence[Shape]) -> list[Slice]:
        """The spans of a block; without a time as long as the width is not known."""
        if not self.width:
            first, last = self.minute(block, shapes, 0), self.minute(block, shapes, len(shapes) - 1)
            self.width = width_for(len(shapes), last - first) if first >= 0 else 0
        return self._cut(block, shapes, self.width) if self.width else [(0, len(shapes), -1)]

    def widened(self, minutes: Sequence[Slice]) -> list[Slice]:
        """Minutes joined to spans."""
        if not self.width:
            total = minutes[-1][1]
            self.width = width_for(total, minutes[-1][2] - minutes[0][2]) if minutes[0][2] >= 0 else 0
            if not self.width:
                return [(0, total, -1)]
        spans: list[Slice] = []
        for lo, hi, minute in minutes:
            span = minute // self.width if minute >= 0 else -1
            if spans and spans[-1][2] == span:
                spans[-1] = (spans[-1][0], hi, span)
            else:
                spans.append((lo, hi, span))
        return spans

    def time_of(self, span: int) -> datetime:
        """When a span begins."""
        return datetime.fromtimestamp(span * self.width * 60, UTC)

    def _cut(self, block: Block, shapes: Sequence[Shape], width: int) -> list[Slice]:
        last = len(shapes) - 1
        first, final = self.minute(block, shapes, 0), self.minute(block, shapes, last)
        if first < 0 or final < 0:
            return [(0, last + 1, -1)]
        slices: list[Slice] = []
        begin, lo, now = 0, 0, first // width
        # The lines whose span is known and that come after lo, the nearest on top.
        ahead = [(last, final // width)]
        while ahead:
            hi, then = ahead[-1]
            if then != now and hi - lo > 1:
                middle = (lo + hi) // 2
                ahead.append((middle, self.minute(block, shapes, middle) // width))
                continue
            if then != now:
                slices.append((begin, hi, now))
                begin, now = hi, then
            lo = hi
            ahead.pop()
        slices.append((begin, last + 1, now))
        return slices

    def minute(self, block: Block, shapes: Sequence[Shape], at: int) -> int:
        """The minute of a line, or of the nearest above that tells one, or below; -1 where there is none."""
        lines = block.lines
        if shapes[at].timed and (minute := self._reader.minute(lines[at])) >= 0:
            return minute
        for place in (
            *range(at - 1, max(-1, at - _LOOK_AROUND), -1),
            *range(at + 1, min(len(shapes), at + _LOOK_AROUND)),
        ):
            if shapes[place].timed and (minute := self._reader.minute(lines[place])) >= 0:
                return minute
        return -1


def width_for(lines: int, minutes: int) -> int:
    """The width of spans where so many lines came in so many minutes; 0 where that cannot be told."""
    if lines < LEAST_LINES or minutes < 0:
        return 0
    return next((width for width in WIDTHS if lines * width >= LEAST_LINES * minutes), WIDTHS[-1])
