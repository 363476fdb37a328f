"""How the lines of a log are drawn: one with the cursor, colours for what is bad, nothing made ready that is not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from edgeops.knowledge.linenotes import LineNote
from edgeops.mask import mask
from edgeops.text import show, width, wrap
from edgeops.tui.paint import OF_SEVERITY, Painted, Span, padded
from edgeops.view.log import Item, Log
from edgeops.view.notebook import Notebook
from edgeops.view.query import Needle
from edgeops.view.selection import Selection, between

_TAG = 12
_SPARE = 2000
_FEW = 4
_SIGNS = ("●┃ ", "*| ")
"""Of a marked line, a chosen one, any other; and where the terminal draws nothing but ASCII."""
Mark = tuple[int, int]


class LogLines(Painted):
    """The lines that are shown, and what is to be seen of them."""

    class Moved(Message):
        """Another part of the log is shown, or another line has the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self.log_shown: Log | None = None
        self.items: list[Item] = []
        self.at = 0
        self.wrapping = False
        self.left = 0
        self.marks: set[Mark] = set()
        self.notebook = Notebook()
        self.chosen_from: Item | None = None
        self.needle: Needle | None = None
        # Where an expression is found is worked out elsewhere, because it may take for ever.
        self.texts: list[str] = []
        self.spans: dict[str, list[tuple[int, int]]] = {}
        self._strips: list[tuple[int, Strip]] = []
        self._severities: dict[int, str] = {}
        self._chosen: Selection | None = None

    @property
    def cursor(self) -> Item | None:
        """The line at the cursor."""
        return self.items[self.at] if 0 <= self.at < len(self.items) else None

    @property
    def selection(self) -> Selection | None:
        """The lines from where one began to choose to the cursor."""
        if self.log_shown is None or self.chosen_from is None or self.cursor is None:
            return None
        return between(self.log_shown, self.chosen_from, self.cursor)

    def note(self, item: Item) -> LineNote | None:
        """What somebody wrote beside a line."""
        return self.notebook.on(self.log_shown.volumes[item.file], item.row) if self.log_shown else None

    @property
    def is_tall(self) -> bool:
        """Whether a line may take several rows."""
        return self.wrapping or any(self.note(item) for item in self.items)

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
        self._chosen = self.selection
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
        if self._chosen and not ground and self._chosen.holds(item):
            ground = "chosen"
        body = self.drawn(self._body(item, room, self._severities.get(number, "text")), ground)
        start = self.drawn(head, ground)
        beside = list(self._beside(item, columns))
        if not self.wrapping:
            return [self.fitted(Strip.join([start, body.crop(self.left, self.left + room)]), columns, ground), *beside]
        cuts = [*range(room, body.cell_length, room), body.cell_length]
        pieces = body.divide(cuts) if body.cell_length else [body]
        blank = self.drawn([("text", " " * start.cell_length)], ground)
        rows = [
            self.fitted(Strip.join([blank if at else start, piece]), columns, ground) for at, piece in enumerate(pieces)
        ]
        return [*rows, *beside]

    def _beside(self, item: Item, columns: int) -> Iterator[Strip]:
        """The note on a line, below it."""
        note = self.note(item)
        sign = "  # " if self.ascii_only else "  ✎ "
        for at, text in enumerate(
            wrap(show(note.text, ascii_only=self.ascii_only), columns - len(sign)) if note else ()
        ):
            yield self.fitted(self.drawn([("mark", sign if not at else " " * len(sign)), ("accent", text)]), columns)

    def _head(self, item: Item) -> list[Span]:
        """The column of marks, and of which file a line is where there are several."""
        marked = (item.file, item.row.at) in self.marks
        sign = _SIGNS[self.ascii_only][0 if marked else 1 if self._chosen and self._chosen.holds(item) else 2]
        head: list[Span] = [("mark", sign)]
        if self.log_shown and len(self.log_shown.volumes) > 1:
            name = self.log_shown.volumes[item.file].file.name.removesuffix(".log")
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


def _at(strips: list[tuple[int, Strip]], y: int) -> Strip | None:
    return strips[y][1] if y < len(strips) else None
