"""What the commands after `:` do, each a method of its name. They raise EdgeopsError with a sentence for the person."""

from __future__ import annotations

import glob
import os
import shlex
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

# msgspec: a query is changed by its own means.
import msgspec

from edgeops.errors import UsageError
from edgeops.paths import from_home
from edgeops.tui import places, themes
from edgeops.tui.commands import COMMANDS
from edgeops.tui.exporting import export
from edgeops.view.query import Phrase, Query

if TYPE_CHECKING:
    from edgeops.tui.app import EdgeopsApp


class Orders:
    """Given to an app."""

    def __init__(self, app: EdgeopsApp) -> None:
        self._app = app

    def do(self, text: str) -> None:
        """Carry out a line: a command and what it takes, or a number alone to go to."""
        name, _, rest = text.partition(" ")
        if name.isdecimal():
            name, rest = "goto", name
        if name and name not in COMMANDS:
            raise UsageError(self._app.say("unknown_command", name=name, names=", ".join(COMMANDS)))
        if name in places.NAMES and not (rest.strip() and hasattr(self, name)):
            self._app.action_place(name)
        elif name:
            getattr(self, name)(rest.strip())

    def _time(self, text: str) -> datetime:
        time = self._app.around.parse(text, self._app.session.here) if text and self._app.session else None
        if time is None:
            raise UsageError(self._app.say("goto_what"))
        return time

    def open(self, text: str) -> None:
        """Other logs, instead of those that are open."""
        from edgeops.intake.sources import parted  # loads what reads logs; here it is there already

        named = [str(from_home(word)) for word in self._words(text)]
        if not named:
            raise UsageError(self._app.say("open_what"))
        # What is open stays open where a name is mistyped.
        if missing := [one for one in named if not (glob.has_magic(one) or os.path.lexists(parted(one)[0]))]:
            raise UsageError(self._app.say("open_missing", name=missing[0]))
        self._app.open_named(named)

    def _words(self, text: str) -> list[str]:
        """As a shell would take them apart."""
        try:
            return shlex.split(text)
        except ValueError as error:
            raise UsageError(self._app.say("unclosed")) from error

    def goto(self, text: str) -> None:
        """To a line of the file at the cursor, or to a time."""
        if self._app.study is None:
            raise UsageError(self._app.say("no_logs"))
        if text.isdecimal():
            item = self._app.logs_screen.view.cursor if self._app.logs_screen else None
            volume = self._app.study.log.volumes[item.file if item else 0]
            self._app.open_line(volume.file.path, int(text))
        else:
            time = self._time(text)
            self._app.in_logs(lambda logs: logs.go_to_time(time))

    def since(self, text: str) -> None:
        """Only lines from a time on."""
        time = self._time(text)
        self._narrow(lambda query: msgspec.structs.replace(query, since=time))

    def until(self, text: str) -> None:
        """Only lines up to a time."""
        time = self._time(text)
        self._narrow(lambda query: msgspec.structs.replace(query, until=time))

    def _narrow(self, change: Callable[[Query], Query]) -> None:
        self._app.in_logs(lambda logs: logs.want(change(self._app.study.query)) if self._app.study else None)

    def filter(self, text: str) -> None:
        """Only lines with a text."""
        phrase = Phrase(text)
        self._app.in_logs(lambda logs: logs.narrow(phrase) if text else None)

    def clear(self, _: str) -> None:
        """All lines."""
        self._narrow(lambda query: Query())

    def kinds(self, _: str) -> None:
        """The templates."""
        self._app.in_logs(lambda logs: logs.action_kinds())

    def watch(self, text: str) -> None:
        """Run a watch in the app, and look at it."""
        words = self._words(text)
        options = {word for word in words if word.startswith("--")}
        if strange := options - {"--journal", "--from-end"}:
            raise UsageError(self._app.say("unknown_option", name=min(strange)))
        named = [word for word in words if word not in options]
        if not named and "--journal" not in options:
            raise UsageError(self._app.say("watch_nothing"))
        self._app.action_place("watch")
        self._app.start_watch(named, "--journal" in options, "--from-end" in options)

    def welcome(self, _: str) -> None:
        """The first screen."""
        self._app.welcome()

    def notes(self, _: str) -> None:
        """What was noted beside lines."""
        self._app.action_notes()

    def why(self, _: str) -> None:
        """Which lines carried the answer."""
        self._app.weigh()

    def report(self, text: str) -> None:
        """The report of the incident that is looked at."""
        if not text:
            raise UsageError(self._app.say("report_what"))
        self._app.report_case(from_home(text))

    def sql(self, text: str) -> None:
        """A question to the store."""
        self._app.ask_store(text)

    def export(self, text: str) -> None:
        """What is shown, to a file."""
        export(self._app.room, text, self._app.say)

    def last(self, _: str) -> None:
        """What the last session had."""
        self._app.open_last()

    def ask(self, text: str) -> None:
        """Have a question answered."""
        self._app.ask_this(text)

    def kb(self, text: str) -> None:
        """Search what is known."""
        self._app.search_known(text)

    def reload(self, _: str) -> None:
        """Everything anew."""
        self._app.begin()

    def theme(self, text: str) -> None:
        """Other colours."""
        if text not in themes.NAMES:
            raise UsageError(self._app.say("themes", names=", ".join(themes.NAMES)))
        self._app.wear(text)

    def help(self, _: str) -> None:
        """The keys."""
        self._app.action_help()

    def quit(self, _: str) -> None:
        """Leave."""
        self._app.exit()
