"""The full-screen app: it holds what the screens show, and has everything that takes time done in threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar

import msgspec
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.worker import get_current_worker

from edgeops.errors import EdgeopsError, UsageError
from edgeops.knowledge.entry import Origin, Result
from edgeops.session import Session
from edgeops.text import show
from edgeops.tui import messages, themes, work
from edgeops.tui.cases import Case, joined
from edgeops.tui.commands import COMMANDS
from edgeops.tui.palette import Palette
from edgeops.tui.phrases import Phrases
from edgeops.tui.screens.help import HelpScreen
from edgeops.tui.screens.incident import IncidentScreen
from edgeops.tui.screens.incidents import IncidentsScreen
from edgeops.tui.screens.kinds import KindsScreen
from edgeops.tui.screens.logs import LogsScreen
from edgeops.tui.screens.room import Room
from edgeops.view.course import Kind
from edgeops.view.query import Phrase, Query
from edgeops.view.scout import Nursery
from edgeops.view.study import Study


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the app is given: the environment, how people's times are read, who they are, where scouts come from."""

    environ: Mapping[str, str]
    parse: Callable[[str, datetime], datetime | None]
    by: Origin
    nursery: Callable[[Session], Nursery]
    ascii_only: bool = False
    lang: str = "auto"


class EdgeopsApp(App[None]):
    """Made with a maker of its session, which hears sentences for the person, and the paths that were named."""

    CSS_PATH = "theme.tcss"
    MODES: ClassVar = {"incidents": IncidentsScreen, "logs": LogsScreen}
    COMMANDS: ClassVar = {Palette}
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]

    def __init__(
        self, make: Callable[[Callable[[str], None]], Session], arguments: Sequence[str], around: Surroundings
    ) -> None:
        super().__init__()
        self.session = make(lambda text: self._tell(messages.Told(text)))
        self.arguments = list(arguments)
        self.around = around
        self.ascii_only = around.ascii_only
        self.say = Phrases(self.session.lang(around.lang))
        self.cases: list[Case] = []
        self.study: Study | None = None
        self.doing = ""
        self.model_name = self.session.config.model.name
        self._nursery = around.nursery(self.session)
        self._stop: threading.Event | None = None
        self._explaining = ""
        self._wanted_line: tuple[str, int] | None = None

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
        self._begin()

    def _begin(self) -> None:
        """Open and read what was named, and recall what is remembered."""
        if self.arguments:
            self.doing = self.say("reading", what=" ".join(self.arguments))
            self._thread("open", lambda: work.open_logs(self.session, self.arguments, self._tell))
            self._thread("read", self._read)
        else:
            self._thread("read", lambda: work.recall(self.session, self._tell))

    def _read(self) -> None:
        worker = get_current_worker()
        work.recall(self.session, self._tell)
        work.read(self.session, self.arguments, self.say.lang, self._tell, lambda: worker.is_cancelled)

    def _thread(self, group: str, do: Callable[[], None]) -> None:
        self.run_worker(do, thread=True, group=group, exclusive=True)

    def on_unmount(self) -> None:
        """Leave nothing behind."""
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

    def hint(self, text: str) -> None:
        """A sentence on the screen that is looked at."""
        if isinstance(self.room, LogsScreen):
            self.room.tell(text)
        elif self.room:
            self.room.status(text)

    def on_told(self, message: messages.Told) -> None:
        """A sentence."""
        self.hint(message.text)

    def on_logs_opened(self, message: messages.LogsOpened) -> None:
        """Show the logs, and set the toil going."""
        opened = message.opened
        old, self.study = self.study, None
        if opened.log:
            study = self.study = Study(opened.log, self._nursery)
            self._thread("toil", partial(self._toil, study))
        if old:
            old.close()
        if isinstance(self.room, LogsScreen):
            self.room.entered()
        if opened.beyond:
            self.hint(
                self.say(
                    "too_many",
                    count=len(opened.log.volumes) + opened.beyond if opened.log else 0,
                    most=len(opened.log.volumes) if opened.log else 0,
                )
            )
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
        if isinstance(self.room, LogsScreen):
            self.room.toiled()
        elif isinstance(self.room, KindsScreen):
            self.room.fill()

    def on_read(self, message: messages.Read) -> None:
        """How far reading is."""
        headway = message.headway
        share = f" {headway.taken / headway.of_bytes:.0%}" if headway.of_bytes else ""
        self.doing = self.say("reading", what=headway.label) + share
        if isinstance(self.room, IncidentsScreen):
            self.room.status("")
            if not self.cases:
                self.room.fill()

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
        if isinstance(self.room, IncidentsScreen | IncidentScreen):
            self.room.fill()

    def on_sought(self, message: messages.Sought) -> None:
        """A search has come so far."""
        if isinstance(self.room, LogsScreen):
            self.room.sought(message)

    # ------------------------------------------------------------ incidents

    def case(self, name: str) -> Case | None:
        """The incident of that id."""
        return next((case for case in self.cases if case.id == name), None)

    def open_case(self, name: str) -> None:
        """Show an incident."""
        self.push_screen(IncidentScreen(name))

    def explain(self, name: str, more: bool = False) -> None:
        """Ask for an answer to an incident, of the model if no rule knows it."""
        found = self.case(name)
        if self._stop:
            self.hint(self.say("busy"))
        elif found is None or found.incident is None:
            self.hint(self.say("needs_reading"))
        else:
            incident, stop = found.incident, threading.Event()
            self._stop, self._explaining = stop, name
            budget = self.session.config.evidence.budget_chars * (1 + more)
            if isinstance(self.room, IncidentScreen):
                self.room.begun()
            self._thread(
                "explain", lambda: work.explain(self.session, incident, self.say.lang, budget, self._tell, stop)
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
        if isinstance(self.room, IncidentScreen) and self.room.case_id == message.incident:
            self.room.hear(message.reply)

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
        if isinstance(self.room, IncidentScreen):
            self.room.ended()

    def record(self, name: str, did: str, result: Result) -> None:
        """Keep what was done about an incident."""
        self._thread(
            "record", lambda: work.record(self.session, name, did, result, self.around.by, self.say, self._tell)
        )

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
        if not (isinstance(self.screen, IncidentScreen) and self.screen.case_id == name):
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
            if isinstance(self.screen, LogsScreen):
                do(self.screen)

        if isinstance(self.screen, LogsScreen):
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
        time = self.around.parse(text, self.session.here) if text else None
        if time is None:
            raise UsageError(self.say("goto_what"))
        return time

    def do_goto(self, text: str) -> None:
        """To a line of the file at the cursor, or to a time."""
        if self.study is None:
            raise UsageError(self.say("no_logs"))
        if text.isdecimal():
            item = self.screen.view.cursor if isinstance(self.screen, LogsScreen) else None
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
