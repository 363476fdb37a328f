"""The watch: who runs it, its sources with how far they are read, what waits to be explained, the model, the host's meters."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from edgeops.tui.screens.room import Room
from edgeops.tui.watch_page import Page
from edgeops.tui.widgets.prompt import Prompt
from edgeops.tui.widgets.sheet import Sheet

_LOOK_S = 1.0


class WatchScreen(Room):
    """Looks once a second while it is looked at."""

    TITLED = "watch"
    KEYS: ClassVar = [
        ("s", "start", "启动"),
        ("p", "pause", "暂停"),
        ("e", "end", "结束"),
        ("Enter", "open the log", "打开日志"),
        ("y", "copy", "复制"),
        ("?", "help", "帮助"),
        ("q", "back", "返回"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", show=False),
        Binding("p", "pause", show=False),
        Binding("e", "end", show=False),
    ]

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Sheet(id="watch")

    def on_mount(self) -> None:
        """See Room."""
        self.set_interval(_LOOK_S, self._look)

    def _look(self) -> None:
        if self.is_current:
            self.edgeops.look_around()

    def rest(self) -> None:
        """See Room."""
        self.query_one(Sheet).focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        self._look()
        self.fill()

    def on_resize(self) -> None:
        """Columns are those of the window."""
        self.fill()

    def fill(self) -> None:
        """Show how it stands now; the cursor stays on its source."""
        app = self.edgeops
        page = Page(app.say, max(self.app.size.width - 1, 16), app.ascii_only)
        self.query_one(Sheet).write(list(page.lines(app.look, app.pulse, app.ours, tuple(app.watch_told))))

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Open the source: as it is open already, or instead of what was opened before."""
        app = self.edgeops
        if app.study is None or not app.study.has(message.target):
            app.open_named([message.target])
        app.action_place("logs")

    def action_start(self) -> None:
        """Ask what to follow."""
        if self.edgeops.ours:
            self.tell(self.edgeops.say("watch_runs"))
        else:
            named = " ".join(shlex.quote(path) for path in self.edgeops.arguments)
            self.prompt.ask("follow", self.edgeops.say("watch_what"), text=named or "/var/log")

    def given(self, message: Prompt.Given) -> None:
        """What to follow."""
        if message.kind == "follow" and message.text.strip():
            self.edgeops.command(f"watch {message.text}")

    def action_pause(self) -> None:
        """Pause, or go on."""
        self.edgeops.pause_watch()

    def action_end(self) -> None:
        """End the watch of this app."""
        self.edgeops.end_watch()

    def copied(self) -> str:
        """See Room."""
        return self.query_one(Sheet).copy
