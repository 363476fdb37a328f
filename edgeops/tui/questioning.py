"""How the app puts questions in SQL to the store: typed behind `;`, answered in a thread, shown as a table."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual.suggester import SuggestFromList

from edgeops.errors import EdgeopsError
from edgeops.tui import messages
from edgeops.tui.holder import Holder
from edgeops.tui.work import Post


class Questioning(Holder):
    """One question at a time; the next one stops it."""

    _question: threading.Event | None = None

    def type_question(self, text: str = "") -> None:
        """Put this behind `;`."""
        from edgeops.knowledge.views import VIEWS

        if self.room:
            views = SuggestFromList([f"SELECT * FROM {name} " for name in VIEWS])
            self.room.prompt.ask("sql", ";", suggester=views, text=text)

    def ask_store(self, sql: str) -> None:
        """Have it answered; it is read only, whatever it says."""
        self.stop_question()
        if sql.strip():
            stop = self._question = threading.Event()
            self.hint(self.say("asking_store"))
            self.thread("sql", partial(_ask, self.store_file, sql, self.tell, stop.is_set))

    def stop_question(self) -> None:
        """Nobody waits for the answer any more."""
        if self._question:
            self._question.set()

    def on_tabled(self, message: messages.Tabled) -> None:
        """The answer is there."""
        from edgeops.tui.screens.table import TableScreen

        if isinstance(self.front, TableScreen):
            self.front.show_table(message.sql, message.table)
        elif self.front:
            self.push_screen(TableScreen(message.sql, message.table))


def _ask(file: Path, sql: str, post: Post, stopped: Callable[[], bool]) -> None:
    from edgeops.knowledge.questions import ask

    try:
        table = ask(file, sql, stopped=stopped)
        if not stopped():
            post(messages.Tabled(sql, table))
    except EdgeopsError as error:
        post(messages.Told(str(error)))
