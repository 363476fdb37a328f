"""The lines of a log on the screen, to move about in; nothing is read that is not shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from edgeops.mask import mask
from edgeops.text import show
from edgeops.tui.widgets.loglines import LogLines
from edgeops.view.log import Item, Log, Place
from edgeops.view.query import Needle

_STEP = 3
_MOST_SPANS = 5000


class LogView(LogLines, can_focus=True):
    """Shows a log from a place on. following: new lines at the end are shown as they come, until one moves away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("space,pagedown", "page(1)", show=False),
        Binding("b,pageup", "page(-1)", show=False),
        Binding("ctrl+d", "page(0.5)", show=False),
        Binding("ctrl+u", "page(-0.5)", show=False),
        Binding("g,home", "top", show=False),
        Binding("G,end", "bottom", show=False),
        Binding("right", "aside(1)", show=False),
        Binding("left", "aside(-1)", show=False),
        Binding("0", "aside(0)", show=False),
        Binding("ctrl+w", "wrap", show=False),
        Binding("m", "mark", show=False),
        Binding("v", "choose", show=False),
        Binding("u", "marked(1)", show=False),
        Binding("U", "marked(-1)", show=False),
    ]

    class NoMarks(Message):
        """There is no mark in that direction."""

    def __init__(self) -> None:
        super().__init__()
        self.following = False
        self.pending = False
        self._grabbed: int | None = None
        self._by_mouse = False

    # ------------------------------------------------------------ what is shown

    def open(self, log: Log, *, at_end: bool = False) -> None:
        """Show another log."""
        self.log_shown, self.items, self.at = log, [], 0
        self.marks.clear()
        self.chosen_from = None
        if at_end:
            self.action_bottom()
        else:
            self.go(log.first)

    def go(self, place: Place, *, middle: bool = False) -> None:
        """Put the cursor on the line at a place; middle shows it with what is around it."""
        if self.log_shown is None:
            return
        self.following = False
        self._fill(place, (self.size.height // 3) if middle else 0)
        self._changed()

    def seek_for(self, needle: Needle) -> None:
        """Mark this from now on."""
        self.needle = needle
        self.spans.clear()
        self.again()

    def found(self, spans: dict[str, list[tuple[int, int]]]) -> None:
        """Where the expression is found in some of the texts."""
        if len(self.spans) > _MOST_SPANS:
            self.spans.clear()
        self.spans.update(spans)
        self._changed()

    def again(self) -> None:
        """Show the same part anew: the filter, the file or the window is another."""
        if self.log_shown is None:
            return
        if self.following:
            self.action_bottom()
            return
        item = self.cursor
        if item is None:
            self._fill(self.log_shown.first, 0)
        else:
            self._fill(item.place, self.at)
        self._changed()

    def forget(self, files: Collection[int]) -> None:
        """These files were cut: their lines and marks are gone, and what is written to them now is at the end."""
        self.marks = {(file, at) for file, at in self.marks if file not in files}
        self.chosen_from = None
        self.action_bottom()

    def _fill(self, place: Place, above: int) -> None:
        """Take the lines around a place: so many above it, and a screen in all. The cursor is on the first from place on."""
        assert self.log_shown
        height = max(self.size.height, 1)
        above = min(above, height - 1)
        below, pending = _taken(self.log_shown.after(place), height)
        wanted = max(above, height - len(below))
        before, pending_before = _taken(self.log_shown.before(place), wanted)
        before.reverse()
        items = (before + below)[max(0, len(before) - max(above, height - len(below))) :][:height]
        begin = below[0] if below else None
        self.items = items
        self.at = items.index(begin) if begin in items else max(len(items) - 1, 0)
        self.pending = pending or pending_before

    def _shift(self, by: int) -> int:
        """Scroll by so many lines, as far as there are any; by how many it was."""
        if self.log_shown is None or not self.items:
            return 0
        height = max(self.size.height, 1)
        if by > 0:
            items, self.pending = _taken(self.log_shown.after(self.items[0].place), height + by)
            there = min(by, max(len(items) - height, 0))
            self.items = items[there : there + height]
            return there
        more, self.pending = _taken(self.log_shown.before(self.items[0].place), -by)
        self.items = (more[::-1] + self.items)[:height]
        return -len(more)

    # ------------------------------------------------------------ moving

    def action_move(self, by: int) -> None:
        """To the next line or the one before."""
        self.following = False
        there = self.at + by
        if there < 0:
            there -= self._shift(there)
        elif there >= self._whole():
            there -= self._shift(there - self._whole() + 1)
        self.at = min(max(there, 0), max(len(self.items) - 1, 0))
        self._changed()

    def _whole(self) -> int:
        """How many of the lines are on the screen to their end."""
        if not self.is_tall:
            return len(self.items)
        used = 0
        for number, item in enumerate(self.items):
            used += len(self._drawn(number, item))
            if used > self.size.height:
                return max(number, 1)
        return len(self.items)

    def action_page(self, by: float) -> None:
        """A page, or half of one; at either end the cursor goes on alone."""
        self.following = False
        step = int(by * max(self._whole() - 1, 1)) or (1 if by > 0 else -1)
        if self._shift(step) != step:
            self.at = min(max(self.at + step, 0), max(len(self.items) - 1, 0))
        self._changed()

    def action_top(self) -> None:
        """To the first line."""
        if self.log_shown is not None:
            self.go(self.log_shown.first)

    def action_bottom(self) -> None:
        """To the last line; where one is there, it is followed."""
        if self.log_shown is None:
            return
        height = max(self.size.height, 1)
        items, self.pending = _taken(self.log_shown.before(self.log_shown.last), height)
        items.reverse()
        self.following = True
        self.items = items
        if self.is_tall:
            used = [len(self._drawn(number, item)) for number, item in enumerate(items)]
            while sum(used[1:]) >= height:
                used.pop(0)
            self.items = items[len(items) - len(used) :]
        self.at = max(len(self.items) - 1, 0)
        self._changed()

    def action_aside(self, by: int) -> None:
        """Half a screen to the side; 0 goes back to the beginning of the lines."""
        self.left = max(0, self.left + by * max(self.size.width // 2, 1)) if by and not self.wrapping else 0
        self._changed()

    def action_wrap(self) -> None:
        """Long lines in full, or cut at the edge."""
        self.wrapping, self.left = not self.wrapping, 0
        self._changed()

    def action_mark(self) -> None:
        """Set a mark or take it away, and go on."""
        if item := self.cursor:
            self.marks ^= {(item.file, item.row.at)}
            self.action_move(1)

    def action_choose(self) -> None:
        """Begin to choose lines at the cursor, or choose none any more."""
        self.chosen_from = self.cursor if self.chosen_from is None else None
        self._by_mouse = False
        self._changed()

    def unchoose(self) -> bool:
        """Choose no lines any more; whether any were."""
        had, self.chosen_from = self.chosen_from is not None, None
        self._changed()
        return had

    def action_marked(self, by: int) -> None:
        """To the next mark or note in the same file, or the one before."""
        item = self.cursor
        if item is None or self.log_shown is None:
            return
        here = item.row.at
        ahead = [at for file, at in self.marks if file == item.file and (at > here if by > 0 else at < here)]
        if (noted := self.notebook.next(self.log_shown.volumes[item.file], here, by)) is not None:
            ahead.append(noted)
        if ahead:
            self.go(self.log_shown.place_of(item.file, min(ahead) if by > 0 else max(ahead)), middle=True)
        else:
            self.post_message(self.NoMarks())

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """From where the mouse is drawn, lines are chosen; what it chose before is not any more."""
        self._grabbed = self._under(event.y)
        if self._by_mouse:
            self._by_mouse, self.chosen_from = False, None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drawn over lines with its button held, the mouse chooses them."""
        at = self._under(event.y)
        if event.button and self._grabbed is not None and at is not None and (self.chosen_from or at != self._grabbed):
            self.following = False
            self._by_mouse = self._by_mouse or self.chosen_from is None
            self.chosen_from = self.chosen_from or self.items[self._grabbed]
            self.at = at
            self._changed()

    def on_mouse_up(self) -> None:
        """What was chosen stays so."""
        self._grabbed = None

    def _under(self, y: int) -> int | None:
        """Which of the lines a row is of."""
        return self._strips[y][0] if 0 <= y < len(self._strips) else None

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        self.following = False
        self._shift(_STEP)
        self._changed()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        event.stop()
        self.following = False
        self._shift(-_STEP)
        self._changed()

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there."""
        if (at := self._under(event.y)) is not None:
            self.at = at
            self._changed()

    def on_resize(self) -> None:
        """The window is another."""
        self.again()

    def copied(self) -> str:
        """The line at the cursor, as it is shown."""
        return masked(self.cursor) if self.cursor else ""


def masked(item: Item) -> str:
    """A line as a person may see it, secrets masked."""
    return show(mask(item.row.raw.decode("utf-8", "replace")))


def _taken(items: Iterator[Item | None], most: int) -> tuple[list[Item], bool]:
    """So many lines at most, and whether it is not known yet which come after them."""
    taken: list[Item] = []
    for item in islice(items, most):
        if item is None:
            return taken, True
        taken.append(item)
    return taken, False
