"""How the app keeps what people write beside lines of logs, and remembers it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edgeops import paths
from edgeops.errors import EdgeopsError, StoreError
from edgeops.tui import messages
from edgeops.tui.holder import Holder
from edgeops.tui.work import Post

if TYPE_CHECKING:
    from edgeops.knowledge.linenotes import LineNote
    from edgeops.view.log import Place
    from edgeops.view.notebook import Notebook


class Noting(Holder):
    """notebook is what was noted, None as long as that is not known."""

    notebook: Notebook | None = None

    def recall_notes(self) -> None:
        """Find out what was noted so far."""
        self.thread("notes", partial(_recall, self.store_file, self.tell))

    def note_line(self, source: str, at: int, raw: bytes, text: str) -> None:
        """Keep a note on a line, or without a text take it away."""
        from edgeops.knowledge.linenotes import noted
        from edgeops.view.notebook import log_name

        if self.session:
            by, now = self.around.by(), self.session.now()
            note = noted(log_name(source), source, at, raw, text, by.author, now)
            self.thread("notes", partial(_keep, self.session.paths, note, self.tell))
            self.hint(self.say("noted"))

    def on_noted(self, message: messages.Noted) -> None:
        """What was noted is known."""
        from edgeops.view.notebook import Notebook

        self.notebook = Notebook(message.notes)
        if self.logs_screen:
            self.logs_screen.noted(self.notebook)
        elif self.room and self.room.TITLED == "notes":
            self.room.fill()

    def place_of_note(self, note: LineNote) -> Place | None:
        """Where a note's line stands in the logs that are open."""
        log = self.study.log if self.study else None
        found = self.notebook.place(log, note) if log and self.notebook else None
        return log.place_of(*found) if log and found else None

    def action_notes(self) -> None:
        """All notes."""
        from edgeops.tui.screens.notes import NotesScreen

        self.push_screen(NotesScreen())


def _keep(found: paths.Paths, note: LineNote, post: Post) -> None:
    from edgeops.knowledge.linenotes import keep
    from edgeops.knowledge.store import Store

    try:
        if not paths.writable(found.data):
            raise StoreError(
                f"Nothing was noted: {found.data} cannot be written to; set EDGEOPS_HOME to a directory of your own."
            )
        with Store(found.store_file) as store:
            keep(store.database, note)
    except EdgeopsError as error:
        post(messages.Told(str(error)))
    _recall(found.store_file, post)


def _recall(file: Path, post: Post) -> None:
    from edgeops.knowledge.linenotes import line_notes
    from edgeops.knowledge.store import Store

    if not file.exists():
        return
    try:
        with Store(file, readonly=True) as store:
            post(messages.Noted(tuple(line_notes(store.database))))
    except EdgeopsError as error:
        post(messages.Told(str(error)))
