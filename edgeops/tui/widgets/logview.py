"""The lines of a log on the screen: one for the cursor, colours for what is bad, nothing read that is not shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from edgeops.mask import mask
from edgeops.text import show, width
from edgeops.tui.paint import OF_SEVERITY, Painted, Span, padded
from edgeops.view.log import Item, Log, Place
from edgeops.view.query import Needle

_TAG = 12
_STEP = 3
_SPARE = 2000
_FEW = 4
_MOST_SPANS = 5000
Mark = tuple[int, int]


class LogView(Painted, can_focus=True):
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
        Binding("u", "marked(1)", show=False),
        Binding("U", "marked(-1)", show=False),
    ]

    class Moved(Message):
        """Another part of the log is shown, or another line has the cursor."""

    class NoMarks(Message):
        """There is no mark in that direction."""

    def __init__(self) -> None:
        super().__init__()
        self.log_shown: Log | None = None
        self.items: list[Item] = []
        self.at = 0
        self.following = False
        self.wrapping = False
        self.pending = False
        self.left = 0
        self.marks: set[Mark] = set()
        self.needle: Needle | None = None
        # Where an expression is found is worked out elsewhere, because it may take for ever.
        self.texts: list[str] = []
        self.spans: dict[str, list[tuple[int, int]]] = {}
        self._strips: list[tuple[int, Strip]] = []

    # ------------------------------------------------------------ what is shown

    @property
    def cursor(self) -> Item | None:
        """The line at the cursor."""
        return self.items[self.at] if 0 <= self.at < len(self.items) else None

    def open(self, log: Log, *, at_end: bool = False) -> None:
        """Show another log."""
        self.log_shown, self.items, self.at = log, [], 0
        self.marks.clear()
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

    def _fill(self, place: Place, above: int) -> None:
        """Take the lines around a place: so many above it, and a screen in all. The cursor is on the first from place on."""
        assert self.log_shown
        height = max(self.size.height, 1)
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
        if not self.wrapping:
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
        if self.wrapping:
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

    def action_marked(self, by: int) -> None:
        """To the next mark in the same file, or the one before."""
        item = self.cursor
        if item is None or self.log_shown is None:
            return
        places = sorted(at for file, at in self.marks if file == item.file)
        ahead = [at for at in places if (at > item.row.at if by > 0 else at < item.row.at)]
        if ahead:
            self.go(self.log_shown.place_of(item.file, ahead[0] if by > 0 else ahead[-1]), middle=True)
        else:
            self.post_message(self.NoMarks())

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
        if event.y < len(self._strips):
            self.at = self._strips[event.y][0]
            self._changed()

    def on_resize(self) -> None:
        """The window is another."""
        self.again()

    # ------------------------------------------------------------ drawing

    def _changed(self) -> None:
        """Draw, and paint only the rows that are others now: a cursor that moves costs two, which a slow line feels."""
        before, self._strips = self._strips, self._lines()
        rows = max(len(before), len(self._strips)) + 1
        others = [y for y in range(rows) if _at(before, y) != _at(self._strips, y)]
        if len(before) == len(self._strips) and len(others) <= _FEW:
            for y in others:
                self.refresh(Region(0, y, self.size.width, 1))
        else:
            self.refresh()
        self.post_message(self.Moved())

    def _lines(self) -> list[tuple[int, Strip]]:
        """The rows of the screen, each with the line that it is of; the cursor's line is among them."""
        rows: list[tuple[int, Strip]] = []
        self.texts = []
        self._severities = dict(self._inherited())
        for number, item in enumerate(self.items):
            rows.extend((number, strip) for strip in self._drawn(number, item))
        cursor = [at for at, (number, _) in enumerate(rows) if number == self.at]
        if cursor and cursor[-1] >= self.size.height:
            # A line that is larger than the screen is shown from its beginning.
            rows = rows[min(cursor[0], cursor[-1] - self.size.height + 1) :]
        return rows[: self.size.height]

    def _inherited(self) -> Iterator[tuple[int, str]]:
        """The ink of each line: that of its severity; a line that continues a message has the message's."""
        assert self.log_shown or not self.items
        last: dict[int, str] = {}
        for number, item in enumerate(self.items):
            assert self.log_shown
            (look,) = self.log_shown.volumes[item.file].lens.looks([item.row.raw[:4096]])
            ink = OF_SEVERITY[look.severity]
            if look.kind and ink == "text":
                ink = last.get(item.file, ink)
            last[item.file] = ink
            yield number, ink

    def _drawn(self, number: int, item: Item) -> list[Strip]:
        """A line as one strip, or as several where it is wrapped."""
        columns = max(self.size.width, 4)
        head = self._head(item)
        room = max(columns - sum(width(show(text)) for _, text in head), 1)
        ground = "cursor" if number == self.at and (self.has_focus or self.screen.focused is None) else ""
        body = self.drawn(self._body(item, room, self._severities.get(number, "text")), ground)
        start = self.drawn(head, ground)
        if not self.wrapping:
            return [self.fitted(Strip.join([start, body.crop(self.left, self.left + room)]), columns, ground)]
        cuts = [*range(room, body.cell_length, room), body.cell_length]
        pieces = body.divide(cuts) if body.cell_length else [body]
        blank = self.drawn([("text", " " * start.cell_length)], ground)
        return [
            self.fitted(Strip.join([blank if at else start, piece]), columns, ground) for at, piece in enumerate(pieces)
        ]

    def _head(self, item: Item) -> list[Span]:
        """The column of marks, and of which file a line is where there are several."""
        marked = (item.file, item.row.at) in self.marks
        head: list[Span] = [("mark", ("*" if self.ascii_only else "●") if marked else " ")]
        if self.log_shown and len(self.log_shown.volumes) > 1:
            name = self.log_shown.volumes[item.file].file.path.rpartition("/")[2].removesuffix(".log")
            head.append(("dim", f"{padded(name, _TAG, self.ascii_only)} "))
        return head

    def _body(self, item: Item, room: int, ink: str) -> list[Span]:
        """The text, secrets masked, with what was searched for marked. Only as much of it as can be seen is made ready."""
        most = (self.left + room) * 4 + _SPARE if not self.wrapping else room * max(self.size.height, 1) * 4 + _SPARE
        raw = item.row.raw[:most]
        text = show(mask(raw.decode("utf-8", "replace")), ascii_only=self.ascii_only)
        spans = list(self._hits(text, ink))
        if item.row.cut and len(raw) == len(item.row.raw):
            spans.append(("dim", f" [+{item.row.cut} B]"))
        return spans

    def _hits(self, text: str, ink: str) -> Iterator[Span]:
        raw, at = text.encode(), 0
        if self.needle is None:
            spans: Sequence[tuple[int, int]] = ()
        elif self.needle.expression is None:
            spans = self.needle.spans(raw)
        else:
            self.texts.append(text)
            spans = self.spans.get(text, ())
        for start, end in spans:
            yield ink, raw[at:start].decode("utf-8", "replace")
            yield "hit", raw[start:end].decode("utf-8", "replace")
            at = end
        yield ink, raw[at:].decode("utf-8", "replace")

    def render_line(self, y: int) -> Strip:
        """See Widget."""
        if y < len(self._strips):
            return self._strips[y][1]
        return self.fitted(self.drawn([("dim", "~" if y == len(self._strips) else "")]), self.size.width)

    def notify_style_update(self) -> None:
        """See Widget: what was drawn has the old colours."""
        super().notify_style_update()
        if self.items:
            self.call_later(self._changed)

    def on_focus(self) -> None:
        """Show the cursor; what says that one has the focus is set after this."""
        self.call_next(self._changed)

    def on_blur(self) -> None:
        """Hide it."""
        self.call_next(self._changed)

    def copied(self) -> str:
        """The line at the cursor, or the marked lines of the screen's file, as they are shown."""
        item = self.cursor
        return show(mask(item.row.raw.decode("utf-8", "replace")), ascii_only=False) if item else ""


def _taken(items: Iterator[Item | None], most: int) -> tuple[list[Item], bool]:
    """So many lines at most, and whether it is not known yet which come after them."""
    taken: list[Item] = []
    for item in islice(items, most):
        if item is None:
            return taken, True
        taken.append(item)
    return taken, False


def _at(strips: list[tuple[int, Strip]], y: int) -> Strip | None:
    return strips[y][1] if y < len(strips) else None
