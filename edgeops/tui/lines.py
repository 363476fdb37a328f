"""How the app comes by the lines of the logs, and leads to one of them from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from edgeops.errors import EdgeopsError
from edgeops.tui import messages, work
from edgeops.tui.holder import Holder

if TYPE_CHECKING:
    from edgeops.session import Session
    from edgeops.tui.screens.logs import LogsScreen
    from edgeops.view.course import Kind
    from edgeops.view.study import Study


class Lines(Holder):
    """Opens logs, and has the screen of logs show something of them."""

    _wanted_line: tuple[str, int] | None = None

    def open_logs(self, session: Session) -> None:
        """Open what was named."""
        self.thread("open", partial(work.open_logs, session, self.arguments, self._nursery, self.tell))

    def on_logs_opened(self, message: messages.LogsOpened) -> None:
        """Show the logs, and set the toil going."""
        opened = message.opened
        old, self.study = self.study, message.study
        self.files_left_out = opened.beyond
        if message.study:
            self.thread("toil", partial(self._toil, message.study))
        if old:
            old.close()
        if self.logs_screen:
            self.logs_screen.entered()
        if opened.beyond and opened.log:
            most = len(opened.log.volumes)
            self.hint(self.say("too_many", count=most + opened.beyond, most=most))
        elif opened.skipped and not opened.log:
            first = opened.skipped[0]
            self.hint(self.say("not_opened", source=first.source, reason=self.say.told(first.reason)))
        if opened.log and self._wanted_line:
            self.open_line(*self._wanted_line)

    def _toil(self, study: Study) -> None:
        worker = get_current_worker()
        study.toil(lambda: self.tell(messages.Toiled()), lambda: worker.is_cancelled)

    def on_toiled(self) -> None:
        """More is known of the log."""
        if self.room:
            self.room.toiled()

    def on_sought(self, message: messages.Sought) -> None:
        """A search has come so far."""
        if self.logs_screen:
            self.logs_screen.sought(message)

    def open_line(self, source: str, number: int) -> None:
        """Show a line by its file and number, with what is around it."""
        self._wanted_line = None
        if self.study is None:
            self._wanted_line = (source, number) if self.doing else None
            self.hint(self.say("no_logs"))
        elif not self.study.has(source):
            self.hint(self.say("no_source", source=source))
        else:
            self.thread("line", partial(self._find_line, self.study, source, number))

    def _find_line(self, study: Study, source: str, number: int) -> None:
        place = study.place_of_line(source, number)
        self.call_from_thread(self._show_line, study, source, number, place)

    def _show_line(self, study: Study, source: str, number: int, place: tuple[int, ...] | None) -> None:
        if place is None:
            self.hint(self.say("no_line", source=source, line=number))
        elif study is self.study:
            self.in_logs(lambda logs: logs.show_line(place))

    def in_logs(self, do: Callable[[LogsScreen], object]) -> None:
        """Do something in the logs once they are shown."""

        def done() -> None:
            try:
                if self.logs_screen:
                    do(self.logs_screen)
            except EdgeopsError as error:
                self.hint(str(error))

        if self.logs_screen:
            done()
        elif self.front:
            self.switch_mode("logs")
            self.call_after_refresh(done)

    def show_kind(self, kind: Kind) -> None:
        """Show the lines of a template."""
        self.in_logs(lambda logs: logs.show_kind(kind))
