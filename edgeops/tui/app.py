"""The full-screen app: it holds what the screens show, and has everything that takes time done in threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from edgeops import paths
from edgeops.errors import EdgeopsError
from edgeops.tui import messages, themes, work
from edgeops.tui.cases import Case, holding, joined
from edgeops.tui.commands import COMMANDS
from edgeops.tui.guarded import GuardedApp
from edgeops.tui.orders import Orders
from edgeops.tui.palette import Palette
from edgeops.tui.phrases import Phrases
from edgeops.tui.screens.incidents import IncidentsScreen
from edgeops.tui.screens.room import Room
from edgeops.tui.surroundings import Surroundings
from edgeops.view.scout import Nursery

if TYPE_CHECKING:
    from edgeops.knowledge.entry import Result
    from edgeops.session import Session
    from edgeops.tui.screens.incident import IncidentScreen
    from edgeops.tui.screens.logs import LogsScreen
    from edgeops.view.course import Kind
    from edgeops.view.study import Study


_STORE_S = 2.0


def _logs() -> Screen[None]:
    # Loaded when it is looked at: the first screen is painted sooner.
    from edgeops.tui.screens.logs import LogsScreen

    return LogsScreen()


class EdgeopsApp(GuardedApp):
    """Shows what was named. Make it before there are threads: it forks."""

    CSS_PATH = "theme.tcss"
    MODES: ClassVar = {"incidents": IncidentsScreen, "logs": _logs}
    COMMANDS: ClassVar = {Palette}
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]

    def __init__(self, arguments: Sequence[str], around: Surroundings) -> None:
        self._nursery = Nursery(around.roles)
        super().__init__()
        self.session: Session | None = None
        self.arguments = list(arguments)
        self.around = around
        self.ascii_only = around.ascii_only
        self.say = Phrases(around.lang)
        self.cases: list[Case] = []
        self.study: Study | None = None
        self.doing = self.say("reading", what=" ".join(arguments)) if arguments else ""
        self.model_name = ""
        self._stop: threading.Event | None = None
        self._wanted_line: tuple[str, int] | None = None
        self._left = False

    @property
    def zone(self) -> tzinfo:
        """That of times that state none."""
        return self.session.zone if self.session else UTC

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """See App."""
        return themes.OF_THE_TERMINAL

    def _tell(self, message: Message) -> None:
        """Post from any thread; when the app is gone nobody listens."""
        if self.is_running:
            self.post_message(message)

    def on_mount(self) -> None:
        """Show the incidents, and begin to read."""
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.chosen(self.around.environ)
        self.switch_mode("incidents")
        self._store = paths.find(self.around.environ).store_file
        self.call_after_refresh(self._thread, "start", partial(work.start, self.around.make, self._store, self._tell))
        self._stamp = work.stamp(self._store)
        self.set_interval(_STORE_S, self._look_at_store)

    def _look_at_store(self) -> None:
        """What others keep in the store, as `edgeops watch` does, is shown as it comes."""
        stamp, before = work.stamp(self._store), self._stamp
        self._stamp = stamp
        if stamp != before:
            self._thread("recall", partial(work.recall, self._store, self._tell))

    def on_started(self, message: messages.Started) -> None:
        """Settings are at hand: open and read what was named."""
        self.session = message.session
        self.model_name = message.session.config.model.name
        if (lang := message.session.lang(self.around.lang)) != self.say.lang:
            self.say = Phrases(lang)
        if self.room:
            self.room.relabel()
        self.begin()

    def begin(self) -> None:
        session = self.session
        if session is None:
            return
        if self.arguments:
            self.doing = self.say("reading", what=" ".join(self.arguments))
            self._thread("open", partial(work.open_logs, session, self.arguments, self._nursery, self._tell))
            self._thread("read", partial(self._read, session))

    def _read(self, session: Session) -> None:
        worker = get_current_worker()
        work.read(
            session, self.arguments, self.say.lang, self._nursery, self._tell, lambda: worker.is_cancelled or self._left
        )

    def _thread(self, group: str, do: Callable[[], None]) -> None:
        self.run_worker(do, thread=True, group=group, exclusive=True)

    def on_unmount(self) -> None:
        """Leave nothing behind."""
        self._left = True
        if self._stop:
            self._stop.set()
        if self.study:
            self.study.close()
        self._nursery.close()

    # ------------------------------------------------------------ what is told by threads

    @property
    def room(self) -> Room | None:
        """The screen that is looked at; None where it is none of ours, as the palette."""
        return self.screen if isinstance(self.screen, Room) else None

    @property
    def logs_screen(self) -> LogsScreen | None:
        """The logs, if they are looked at."""
        # By its name: to ask for its class would load it before it is wanted.
        return self.screen if self.room and self.room.TITLED == "logs" else None  # type: ignore[return-value]

    @property
    def incident_screen(self) -> IncidentScreen | None:
        """The incident, if one is looked at."""
        return self.screen if self.room and self.room.TITLED == "incident" else None  # type: ignore[return-value]

    def hint(self, text: str) -> None:
        """A sentence on the screen that is looked at."""
        if self.room:
            self.room.tell(text)

    def on_told(self, message: messages.Told) -> None:
        """A sentence."""
        self.hint(message.text)

    def on_logs_opened(self, message: messages.LogsOpened) -> None:
        """Show the logs, and set the toil going."""
        opened = message.opened
        old, self.study = self.study, message.study
        if message.study:
            self._thread("toil", partial(self._toil, message.study))
        if old:
            old.close()
        if self.logs_screen:
            self.logs_screen.entered()
        if opened.beyond and opened.log:
            most = len(opened.log.volumes)
            self.hint(self.say("too_many", count=most + opened.beyond, most=most))
        elif opened.skipped and not opened.log:
            first = opened.skipped[0]
            self.hint(self.say("not_opened", source=first.source, reason=first.reason))
        if opened.log and self._wanted_line:
            self.open_line(*self._wanted_line)

    def _toil(self, study: Study) -> None:
        worker = get_current_worker()
        study.toil(lambda: self._tell(messages.Toiled()), lambda: worker.is_cancelled)

    def on_toiled(self) -> None:
        """More is known of the log."""
        if self.room:
            self.room.toiled()

    def on_read(self, message: messages.Read) -> None:
        """How far reading is."""
        headway = message.headway
        share = f" {headway.taken / headway.of_bytes:.0%}" if headway.of_bytes else ""
        self.doing = self.say("reading", what=headway.label) + share
        if isinstance(self.room, IncidentsScreen):
            self.room.tell("")
            if not self.cases:
                self.room.fill()

    def on_reading_ended(self) -> None:
        """Nothing is read any more."""
        self.doing = ""
        self._refill()

    def on_found(self, message: messages.Found) -> None:
        """The incidents are known."""
        reading = message.reading
        answers = [*message.answers, *[None] * (len(reading.incidents) - len(message.answers))]
        self.doing = ""
        self.cases = joined(self.cases, now=zip(reading.incidents, answers, strict=True))
        self._refill()
        said = [f"{one.source}: {one.reason}" for one in reading.skipped] + list(reading.notes)
        self.hint("; ".join([self.say("read", sources=len(reading.sources), lines=f"{reading.lines:,}"), *said]))

    def on_remembered(self, message: messages.Remembered) -> None:
        """What the store remembers is known."""
        self.cases = joined(self.cases, kept=message.kept)
        self._refill()

    def _refill(self) -> None:
        if self.room and self.room.TITLED in ("incidents", "incident"):
            self.room.fill()

    def on_sought(self, message: messages.Sought) -> None:
        """A search has come so far."""
        if self.logs_screen:
            self.logs_screen.sought(message)

    # ------------------------------------------------------------ incidents

    def case(self, name: str) -> Case | None:
        """The incident of that id."""
        return next((case for case in self.cases if case.id == name), None)

    def open_case(self, name: str) -> None:
        """Show an incident."""
        from edgeops.tui.screens.incident import IncidentScreen

        self.push_screen(IncidentScreen(name))

    def explain(self, name: str, more: bool = False) -> None:
        """Ask for an answer to an incident, of the model if no rule knows it."""
        found = self.case(name)
        if self._stop:
            self.hint(self.say("busy"))
        elif found is None or found.incident is None or self.session is None:
            self.hint(self.say("needs_reading"))
        else:
            session, stop = self.session, threading.Event()
            self._stop = stop
            budget = session.config.evidence.budget_chars * (1 + more)
            if self.incident_screen:
                self.incident_screen.begun()
            self._thread(
                "explain", partial(work.explain, session, found.incident, self.say.lang, budget, self._tell, stop)
            )

    def stop_explaining(self) -> bool:
        """Stop the model if it is at work."""
        if self._stop is None or self._stop.is_set():
            return False
        self._stop.set()
        self.hint(self.say("stopping"))
        return True

    def on_heard(self, message: messages.Heard) -> None:
        """The model says something."""
        if self.incident_screen and self.incident_screen.case_id == message.incident:
            self.incident_screen.hear(message.reply)

    def on_explained(self, message: messages.Explained) -> None:
        """An answer is there."""
        self._stop = None
        found = self.case(message.incident)
        if found and found.incident and message.answer:
            self.model_name = message.answer.model or self.model_name
            self.cases = [
                Case(one.id, one.incident, one.kept, message.answer) if one.id == found.id else one
                for one in self.cases
            ]
        if self.incident_screen:
            self.incident_screen.ended()

    def record(self, name: str, did: str, result: Result) -> None:
        """Keep what was done about an incident."""
        if self.session:
            by = self.around.by()
            self._thread("record", partial(work.record, self.session, name, did, result, by, self.say, self._tell))

    def explain_line(self, source: str, at: int, time: datetime | None) -> None:
        """Show the incident that holds a line: one of its signals stands there, or the time is within it."""
        found = holding(self.cases, source, at, time)
        if found:
            self._go_to_case(found.id)
        else:
            self.hint(self.say("no_such_incident"))

    def _go_to_case(self, name: str) -> None:
        self.switch_mode("incidents")
        if not (self.incident_screen and self.incident_screen.case_id == name):
            self.open_case(name)

    # ------------------------------------------------------------ screens

    def action_incidents(self) -> None:
        """The list."""
        self.switch_mode("incidents")
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_logs(self) -> None:
        """The logs."""
        self.switch_mode("logs")

    def action_help(self) -> None:
        """The keys."""
        from edgeops.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def back(self) -> None:
        """To where one came from: out of what was opened, from the logs to the incidents, out of the app."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.current_mode == "logs":
            self.switch_mode("incidents")
        else:
            self.exit()

    def open_line(self, source: str, number: int) -> None:
        """Show a line by its file and number, with what is around it."""
        self._wanted_line = None
        if self.study is None:
            self._wanted_line = (source, number) if self.doing else None
            self.hint(self.say("no_logs"))
        elif not self.study.has(source):
            self.hint(self.say("no_source", source=source))
        else:
            study = self.study
            self._thread("line", partial(self._find_line, study, source, number))

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
        else:
            self.switch_mode("logs")
            self.call_after_refresh(done)

    def show_kind(self, kind: Kind) -> None:
        """Show the lines of a template."""
        self.in_logs(lambda logs: logs.show_kind(kind))

    # ------------------------------------------------------------ the command line

    def type_command(self, text: str) -> None:
        """Put this on the command line."""
        if self.room:
            self.room.prompt.ask("command", ":", suggestions=[one.name for one in COMMANDS.values()], text=text)

    def command(self, text: str) -> None:
        """Do what was typed."""
        try:
            Orders(self).do(text.strip())
        except EdgeopsError as error:
            self.hint(str(error))
