"""A sheet of lines to read and choose from: the cursor stops at lines that lead somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from edgeops.text import show
from edgeops.tui.paint import Line, Painted

_FEW = 12
"""Rows that are painted one by one; more are painted with all others."""


class Sheet(ScrollView, Painted, can_focus=True):
    """Lines, each as wide as it is; the owner wraps them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("space,pagedown", "page(1)", show=False),
        Binding("b,pageup", "page(-1)", show=False),
        Binding("ctrl+d", "page(0.5)", show=False),
        Binding("ctrl+u", "page(-0.5)", show=False),
        Binding("g,home", "edge(-1)", show=False),
        Binding("G,end", "edge(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(Message):
        """Enter, or a click, on a line that leads somewhere."""

        def __init__(self, sheet: Sheet, target: Any) -> None:
            super().__init__()
            self.sheet, self.target = sheet, target

        @property
        def control(self) -> Sheet:
            """The sheet."""
            return self.sheet

    class Moved(Message):
        """The cursor is on another line."""

        def __init__(self, sheet: Sheet) -> None:
            super().__init__()
            self.sheet = sheet

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[Line] = []
        self.cursor = -1
        self._moved = False

    def write(self, lines: Sequence[Line]) -> None:
        """Show these lines; a cursor that somebody moved stays on its target, or near its row, any other goes to the first.

        What is shown stays where it is when lines come before it; only from the very top one sees them come.
        """
        held, was, before = self.target if self._moved else None, self.cursor, self.lines
        self.lines = list(lines)
        stops = self._stops()
        same = next((at for at in stops if held is not None and self.lines[at].target == held), None)
        near = min(stops, key=lambda at: abs(at - self.cursor), default=-1) if self._moved else -1
        self.cursor = same if same is not None else near if near >= 0 else (stops[0] if stops else -1)
        self.virtual_size = Size(self.size.width, len(self.lines))
        top = int(self.scroll_offset.y)
        if same is not None and same != was and (top or same >= self.size.height):
            self.scroll_to(y=top + same - was, animate=False, immediate=True)
        self._repaint(before, was)

    def _repaint(self, before: Sequence[Line], was: int) -> None:
        """Only what is another now: a sheet that is written anew each second must not cost a slow line its screen each second."""
        others = [at for at, (old, new) in enumerate(zip(before, self.lines, strict=False)) if old.spans != new.spans]
        if len(before) != len(self.lines) or self.cursor != was or len(others) > _FEW:
            self.refresh()
        for at in others:
            self.refresh_line(at)

    def stand_on(self, target: Any) -> None:
        """Put the cursor on the first line that leads there, and show it."""
        at = next((at for at in self._stops() if self.lines[at].target == target), None)
        if at is not None:
            self.call_after_refresh(self._put, at)

    def show_from(self, row: int) -> None:
        """Put the cursor on the first line from there on that leads somewhere, and show what is there from its beginning."""
        at = next((stop for stop in self._stops() if stop >= row), None)

        def show() -> None:
            if at is not None:
                self._put(at)
            self.scroll_to(y=row, animate=False)

        self.call_after_refresh(show)

    @property
    def target(self) -> Any:
        """Where the line at the cursor leads; None for nowhere."""
        return self.lines[self.cursor].target if 0 <= self.cursor < len(self.lines) else None

    @property
    def copy(self) -> str:
        """What `y` copies at the cursor."""
        if not 0 <= self.cursor < len(self.lines):
            return ""
        line = self.lines[self.cursor]
        return line.copy or "".join(show(text) for _, text in line.spans).strip()

    def _stops(self) -> list[int]:
        return [at for at, line in enumerate(self.lines) if line.target is not None or line.copy]

    def render_line(self, y: int) -> Strip:
        """See Widget."""
        at = y + int(self.scroll_offset.y)
        columns = self.scrollable_content_region.width
        if at >= len(self.lines):
            return self.fitted(self.drawn(()), columns)
        ground = "cursor" if at == self.cursor and self.has_focus else ""
        return self.fitted(self.drawn(self.lines[at].spans, ground), columns, ground)

    def on_resize(self) -> None:
        """Tell how far there is to scroll."""
        self.virtual_size = Size(self.size.width, len(self.lines))

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide it."""
        self.refresh()

    def action_move(self, by: int) -> None:
        """To the next line that leads somewhere, or a row on where none is near."""
        ahead = [at for at in self._stops() if (at > self.cursor if by > 0 else at < self.cursor)]
        there = (ahead[0] if by > 0 else ahead[-1]) if ahead else None
        top, height = int(self.scroll_offset.y), self.size.height
        if there is None or not top - 1 <= there <= top + height:
            self.scroll_to(y=top + by, animate=False)
            if there is None or not top + by <= there < top + by + height:
                return
        self._put(there)

    def action_page(self, by: float) -> None:
        """A page, or half of one."""
        step = int(by * max(self.size.height - 1, 1)) or (1 if by > 0 else -1)
        self.scroll_to(y=int(self.scroll_offset.y) + step, animate=False)
        stops = self._stops()
        if stops:
            self._put(min(stops, key=lambda at: abs(at - (self.cursor + step))))

    def action_edge(self, side: int) -> None:
        """To the first line or the last."""
        self.scroll_to(y=0 if side < 0 else len(self.lines), animate=False)
        stops = self._stops()
        if stops:
            self._put(stops[0] if side < 0 else stops[-1])

    def _put(self, at: int) -> None:
        """Put the cursor on a line, and show it with what belongs to it: all up to the next line that leads somewhere."""
        self._moved, self.cursor = True, at
        end = next((stop for stop in self._stops() if stop > at), len(self.lines))
        top, height = int(self.scroll_target_y), max(self.size.height, 1)
        if at < top:
            self.scroll_to(y=at, animate=False)
        elif end > top + height:
            self.scroll_to(y=min(end - height, at), animate=False)
        self.refresh()
        self.post_message(self.Moved(self))

    def action_choose(self) -> None:
        """Open what the line leads to."""
        if self.target is not None:
            self.post_message(self.Chosen(self, self.target))

    def on_click(self, event: events.Click) -> None:
        """The mouse does what the cursor and Enter do; a click on a link leads there at once."""
        at = event.y + int(self.scroll_offset.y)
        links = self.lines[at].links if at < len(self.lines) else ()
        if linked := [target for begin, end, target in links if begin <= event.x < end]:
            self.post_message(self.Chosen(self, linked[0]))
        elif at in self._stops():
            again = at == self.cursor
            self._put(at)
            if again or event.chain > 1:
                self.action_choose()
