"""What one does with lines of the logs: write beside them, choose, copy, have them explained, ask about them, take them out."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from edgeops.errors import EdgeopsError
from edgeops.text import show_lines
from edgeops.tui import messages
from edgeops.tui.exporting import Exporting, written
from edgeops.tui.screens.logroom import LogRoom
from edgeops.tui.widgets.logview import masked
from edgeops.tui.widgets.prompt import Prompt
from edgeops.view import export, stretch
from edgeops.view.log import Item, Log
from edgeops.view.notebook import Notebook

MOST_COPIED = 2_000
MOST_CHARACTERS = 100_000
"""So much is copied at once: terminals take no more by OSC 52."""


class LogDesk(LogRoom, Exporting):
    """The lines meant are those that are chosen, else the message at the cursor."""

    TITLED = "logs"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "note", show=False),
        Binding("L", "app.notes", show=False),
        Binding("x", "explain", show=False),
        Binding("a", "ask", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._beside: Item | None = None
        self._writing: threading.Event | None = None

    def entered(self) -> None:
        """See Room."""
        super().entered()
        self.edgeops.recall_notes()

    # ------------------------------------------------------------ notes

    def noted(self, notebook: Notebook) -> None:
        """What was noted is another."""
        self.view.notebook = notebook
        self.view.again()

    def action_note(self) -> None:
        """Write beside the line at the cursor."""
        if item := self.view.cursor:
            self._beside = item
            note = self.view.note(item)
            self.prompt.ask("note", self.edgeops.say("note_on"), text=note.text if note else "")

    def given(self, message: Prompt.Given) -> None:
        """What was typed as a note."""
        study, item = self.edgeops.study, self._beside
        if message.kind == "note" and study and item and (message.text.strip() or self.view.note(item)):
            self.edgeops.note_line(study.log.volumes[item.file].file.path, item.row.at, item.row.raw, message.text)

    # ------------------------------------------------------------ chosen lines

    def _meant(self, log: Log, item: Item) -> Iterable[Item]:
        """The chosen lines, or the message of a line. They are looked up by whoever reads them."""
        chosen = self.view.selection
        self.view.unchoose()
        return chosen.items() if chosen else stretch.whole(log, item)

    def action_explain(self) -> None:
        """The chosen lines; or the incident that holds the line at the cursor, and where there is none the line."""
        study, item = self.edgeops.study, self.view.cursor
        if study is None or item is None:
            return
        volume = study.log.volumes[item.file]
        # An incident's lines were read in the file that had this path before.
        at = item.row.at if volume.after is None else -1
        time = study.log.time(item.file, item.row)
        if self.view.selection or not self.edgeops.explain_line(volume.file.path, at, time):
            self.edgeops.explain_lines(study.log, self._meant(study.log, item))

    def action_ask(self) -> None:
        """Ask about the chosen lines, or the message at the cursor."""
        study, item = self.edgeops.study, self.view.cursor
        if study and item:
            self.edgeops.ask_lines(study.log, self._meant(study.log, item))

    def copied(self) -> str:
        """See Room."""
        return self.view.copied()

    def action_copy(self) -> None:
        """See Room; of chosen lines as many as a terminal takes."""
        chosen = self.view.selection
        if chosen is None:
            super().action_copy()
            return
        texts: list[str] = []
        size = 0
        for item in islice(chosen.items(), MOST_COPIED + 1):
            text = masked(item)
            size += len(text) + 1
            if len(texts) == MOST_COPIED or (size > MOST_CHARACTERS and texts):
                break
            texts.append(text)
        whole = show_lines("\n".join(texts))
        self.app.copy_to_clipboard(whole)
        phrase = "copied_lines" if size <= len(whole) + 1 else "copied_part"
        self.view.unchoose()
        self.tell(self.edgeops.say(phrase, count=f"{len(texts):,}", size=f"{-(-len(whole) // 1024)} KiB"))

    # ------------------------------------------------------------ to a file

    def export(self, file: Path, as_it_is: bool) -> None:
        """See Exporting: the chosen lines, or all that the filter wants."""
        if study := self.edgeops.study:
            self.halt_export()
            stop = self._writing = threading.Event()
            chosen = self.view.selection
            items = chosen.items() if chosen else export.shown(study.log, stop.is_set)
            self.edgeops.thread("export", partial(self._export, file, items, as_it_is, stop))

    def _export(self, file: Path, items: Iterable[Item], as_it_is: bool, stop: threading.Event) -> None:
        app, say = self.edgeops, self.edgeops.say

        def told(lines: int) -> None:
            app.tell(messages.Told(say("exporting", file=file, count=f"{lines:,}")))

        try:
            with written(file, say) as out:
                done = export.write(out, items, as_it_is, told, stop.is_set)
                if stop.is_set():
                    raise EdgeopsError(say("stopped"))
            how = say("as_they_are" if as_it_is else "secrets_masked")
            how = say("cut_lines", how=how, count=f"{done.cut:,}") if done.cut else how
            app.tell(messages.Told(say("exported", file=file, count=f"{done.lines:,}", how=how)))
        except EdgeopsError as error:
            app.tell(messages.Told(str(error)))
        finally:
            stop.set()

    def halt_export(self) -> bool:
        """Write no more to a file; whether that went on."""
        going, self._writing = self._writing, None
        if going is None or going.is_set():
            return False
        going.set()
        return True
