"""The full-screen app: it holds what the screens show, and has everything that takes time done in threads."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from edgeops import paths
from edgeops.errors import EdgeopsError, UsageError
from edgeops.text import show
from edgeops.tui import messages, themes, work
from edgeops.tui.cases import Case, joined
from edgeops.tui.commands import COMMANDS
from edgeops.tui.palette import Palette
from edgeops.tui.phrases import Phrases
from edgeops.tui.screens.incidents import IncidentsScreen
from edgeops.tui.screens.room import Room
from edgeops.view.query import Phrase, Query
from edgeops.view.scout import Nursery

if TYPE_CHECKING:
    from edgeops.knowledge.entry import Origin, Result
    from edgeops.session import Session
    from edgeops.tui.screens.incident import IncidentScreen
    from edgeops.tui.screens.logs import LogsScreen
    from edgeops.view.course import Kind
    from edgeops.view.study import Study

Make = Callable[[Callable[[str], None]], "Session"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the app is given: the environment, how people's times are read, who they are, how a session is made.

    A session hears where its sentences for the person go. lang is that of the screens until the settings are read.
    """

    environ: Mapping[str, str]
    parse: Callable[[str, datetime], datetime | None]
    by: Callable[[], Origin]
    make: Make
    ascii_only: bool = False
    lang: str = "auto"


def _logs() -> Screen[None]:
    # Loaded when it is looked at: the first screen is painted sooner.
    from edgeops.tui.screens.logs import LogsScreen

    return LogsScreen()


class EdgeopsApp(App[None]):
    """Shows what was named. Make it before there are threads: it forks."""

    CSS_PATH = "theme.tcss"
    MODES: ClassVar = {"incidents": IncidentsScreen, "logs": _logs}
    COMMANDS: ClassVar = {Palette}
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]

    def __init__(self, arguments: Sequence[str], around: Surroundings) -> None:
        self._nursery = Nursery(partial(_roles, around.make))
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

    async def on_event(self, event: events.Event) -> None:
        """What is pasted may come from a log: it is made safe before any widget has it."""
        if isinstance(event, events.Paste):
            event.text = show(event.text)
        await super().on_event(event)

    def _fatal_error(self) -> None:
        # Textual would print a traceback with the values of all variables, log text among them, unshown. Our handler of
        # errors (`edgeops.cli.failure`) is given the exception instead.
        self._close_messages_no_wait()

    @property
    def crash(self) -> Exception | None:
        """What nobody expected, if the app ended by it."""
        return self._exception

    def on_mount(self) -> None:
        """Show the incidents, and begin to read."""
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.chosen(self.around.environ)
        self.switch_mode("incidents")
        store = paths.find(self.around.environ).store_file
        self.call_after_refresh(self._thread, "start", partial(work.start, self.around.make, store, self._tell))

    def on_started(self, message: messages.Started) -> None:
        """Settings are at hand: open and read what was named."""
        self.session = message.session
        self.model_name = message.session.config.model.name
        if (lang := message.session.lang(self.around.lang)) != self.say.lang:
            self.say = Phrases(lang)
        if self.room:
            self.room.relabel()
        self._begin()

    def _begin(self) -> None:
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
        for case in self.cases:
            signals = case.incident.signals if case.incident else ()
            if any(one.event.line.source == source and one.event.line.offset == at for one in signals):
                self._go_to_case(case.id)
                return
        near = [
            case for case in self.cases
            if case.incident and time and case.incident.start and case.incident.end
            and case.incident.start <= time <= case.incident.end
            and any(one.event.line.source == source for one in case.incident.signals)
        ]  # fmt: skip
        if near:
            self._go_to_case(near[0].id)
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
            self._in_logs(lambda logs: logs.show_line(place))

    def _in_logs(self, do: Callable[[LogsScreen], object]) -> None:
        """Do something in the logs once they are shown."""

        def done() -> None:
            if self.logs_screen:
                do(self.logs_screen)

        if self.logs_screen:
            done()
        else:
            self.switch_mode("logs")
            self.call_after_refresh(done)

    def show_kind(self, kind: Kind) -> None:
        """Show the lines of a template."""
        self._in_logs(lambda logs: logs.show_kind(kind))

    # ------------------------------------------------------------ the command line

    def type_command(self, text: str) -> None:
        """Put this on the command line."""
        if self.room:
            self.room.prompt.ask("command", ":", suggestions=[one.name for one in COMMANDS.values()], text=text)

    def command(self, text: str) -> None:
        """Do what was typed."""
        name, _, rest = text.strip().partition(" ")
        if name.isdecimal():
            name, rest = "goto", name
        if not name:
            return
        if name not in COMMANDS:
            self.hint(self.say("unknown_command", name=name, names=", ".join(COMMANDS)))
            return
        try:
            getattr(self, f"do_{name}")(rest.strip())
        except EdgeopsError as error:
            self.hint(str(error))

    def _time(self, text: str) -> datetime:
        time = self.around.parse(text, self.session.here) if text and self.session else None
        if time is None:
            raise UsageError(self.say("goto_what"))
        return time

    def do_goto(self, text: str) -> None:
        """To a line of the file at the cursor, or to a time."""
        if self.study is None:
            raise UsageError(self.say("no_logs"))
        if text.isdecimal():
            item = self.logs_screen.view.cursor if self.logs_screen else None
            volume = self.study.log.volumes[item.file if item else 0]
            self.open_line(volume.file.path, int(text))
        else:
            time = self._time(text)
            self._in_logs(lambda logs: logs.go_to_time(time))

    def do_since(self, text: str) -> None:
        """Only lines from a time on."""
        time = self._time(text)
        self._narrow(lambda query: msgspec.structs.replace(query, since=time))

    def do_until(self, text: str) -> None:
        """Only lines up to a time."""
        time = self._time(text)
        self._narrow(lambda query: msgspec.structs.replace(query, until=time))

    def _narrow(self, change: Callable[[Query], Query]) -> None:
        self._in_logs(lambda logs: logs.want(change(self.study.query)) if self.study else None)

    def do_filter(self, text: str) -> None:
        """Only lines with a text."""
        phrase = Phrase(text)
        self._in_logs(lambda logs: logs.narrow(phrase) if text else None)

    def do_clear(self, _: str) -> None:
        """All lines."""
        self._narrow(lambda query: Query())

    def do_incidents(self, _: str) -> None:
        """The list."""
        self.action_incidents()

    def do_logs(self, _: str) -> None:
        """The logs."""
        self.action_logs()

    def do_kinds(self, _: str) -> None:
        """The templates."""
        self._in_logs(lambda logs: logs.action_kinds())

    def do_reload(self, _: str) -> None:
        """Everything anew."""
        self._begin()

    def do_theme(self, text: str) -> None:
        """Other colours."""
        if text not in themes.NAMES:
            raise UsageError(self.say("themes", names=", ".join(themes.NAMES)))
        self.theme = themes.NAMES[text]

    def do_help(self, _: str) -> None:
        """The keys."""
        self.action_help()

    def do_quit(self, _: str) -> None:
        """Leave."""
        self.exit()


def _roles(make: Make) -> Mapping[str, Callable[[socket.socket], None]]:
    """What the app has processes for; called in the one that they come from, which loads what they need."""
    from edgeops.tui.reader import roles

    return roles(make)
