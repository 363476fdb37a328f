"""All that was noted beside lines of logs; Enter goes to the line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.widget import Widget

from edgeops.knowledge.linenotes import LineNote
from edgeops.tui.cases import when
from edgeops.tui.paint import Line, paragraph
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.sheet import Sheet


class NotesScreen(Room):
    """Those of one log together."""

    TITLED = "notes"
    KEYS: ClassVar = [
        ("Enter", "to the line", "到该行"),
        ("j k", "move", "移动"),
        ("y", "copy", "复制"),
        ("q", "back", "返回"),
    ]

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Sheet()

    def rest(self) -> None:
        """See Room."""
        self.query_one(Sheet).focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        self.fill()

    def on_resize(self) -> None:
        """Wrap for the window."""
        self.fill()

    def fill(self) -> None:
        """Show what was noted."""
        self.query_one(Sheet).write(list(self._lines(max(self.app.size.width - 2, 20))))

    def _lines(self, columns: int) -> Iterator[Line]:
        app = self.edgeops
        notes = app.notebook.notes if app.notebook else ()
        if not notes:
            yield from paragraph(app.say("no_notes"), columns, "dim")
        log = ""
        for note in notes:
            if note.log != log:
                log = note.log
                yield Line((("head", f" {log}"),))
            yield from self._note(note, columns)

    def _note(self, note: LineNote, columns: int) -> Iterator[Line]:
        app = self.edgeops
        first, *more = paragraph(note.text, columns - 2, "accent", ascii_only=app.ascii_only)
        yield Line((("text", "  "), *first.spans), note, copy=note.text)
        for line in more:
            yield Line((("text", "  "), *line.spans))
        yield Line((("dim", f"    {when(note.time, app.zone)} {note.author}  "), ("text", note.line)))

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Show the line in its file."""
        app, note = self.edgeops, message.target
        if place := app.place_of_note(note):
            app.back()
            app.in_logs(lambda logs: logs.show_line(place))
        else:
            self.tell(app.say("note_elsewhere", source=f"{note.source}: {note.line}"))

    def copied(self) -> str:
        """See Room."""
        return self.query_one(Sheet).copy
