"""The status and the keys of the screen."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.css.scalar import Scalar
from textual.strip import Strip

from edgeops.text import show, width, wrap
from edgeops.tui.keymap import plain
from edgeops.tui.paint import Painted, Span, cut


class Bar(Painted):
    """One row with something at the left and something at the right; what is at the left gives way."""

    left: Sequence[Span] = ()
    right: Sequence[Span] = ()

    def say(self, left: Sequence[Span] | str, right: Sequence[Span] | str = ()) -> None:
        """What the row says from now on."""
        self.left = [("text", left)] if isinstance(left, str) else list(left)
        self.right = [("dim", right)] if isinstance(right, str) else list(right)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """See Widget."""
        columns = self.size.width
        right = self.drawn(self.right)
        if right.cell_length > columns // 2:
            right = right.crop(0, columns // 2)
        room = columns - right.cell_length
        spans, used = [], 0
        for ink, text in self.left:
            text = cut(show(text, ascii_only=self.ascii_only), room - used, self.ascii_only) if used < room else ""
            spans.append((ink, text))
            used += width(text)
        return Strip.join([self.fitted(self.drawn(spans), room), right])


class StatusBar(Bar):
    """What goes on, and where one is. A sentence that is too long for a row takes more of them, at most a third of the screen."""

    _rows: Sequence[str] = ()

    def say(self, left: Sequence[Span] | str, right: Sequence[Span] | str = ()) -> None:
        """See Bar."""
        super().say(left, right)
        self._lay_out()

    def on_resize(self) -> None:
        """Another width may take another number of rows."""
        self._lay_out()

    def _lay_out(self) -> None:
        columns, text = self.size.width, "".join(show(text, ascii_only=self.ascii_only) for _, text in self.left)
        rows = wrap(text, columns, indent=" ") if width(text) > columns > 0 else []
        most = max(1, self.screen.size.height // 3)
        if len(rows) > most:
            rows[most - 1 :] = [" ".join(row.strip() for row in rows[most - 1 :])]
        self._rows = rows if len(rows) > 1 else ()
        if self.styles.height != (height := Scalar.from_number(max(1, len(self._rows)))):
            self.styles.height = height

    def render_line(self, y: int) -> Strip:
        """See Widget."""
        if not self._rows:
            return super().render_line(y)
        columns, ink = self.size.width, self.left[0][0]
        row = cut(self._rows[y], columns, self.ascii_only) if y < len(self._rows) else ""
        return self.fitted(self.drawn([(ink, row)]), columns)


class KeyBar(Bar):
    """The keys that matter here, as many as there is room for; a click on one presses it."""

    _pairs: Sequence[tuple[str, str]] = ()

    def keys(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Show these keys with what they do."""
        self._pairs = pairs
        self.say([span for key, does in pairs for span in (("key", key), ("dim", f" {does}  "))])

    def on_click(self, event: events.Click) -> None:
        """The mouse does what the key does; where several stand together, the first."""
        at = 0
        for key, does in self._pairs:
            end = at + width(show(f"{key} {does}"))
            if at <= event.x < end and end <= self.size.width:
                self.app.simulate_key(plain(key.split(" ")[0]))
            at = end + 2
