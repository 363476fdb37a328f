"""The full-screen app: it goes from place to place, and does what is typed. What it holds and how it comes by it is in its bases."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from edgeops.errors import EdgeopsError
from edgeops.tui import messages, themes, work
from edgeops.tui.asking import Asking
from edgeops.tui.casework import Casework
from edgeops.tui.choosing import Choosing
from edgeops.tui.commands import NAMES, WITH_A_PATH, WITH_PATHS
from edgeops.tui.noting import Noting
from edgeops.tui.orders import Orders
from edgeops.tui.palette import Palette
from edgeops.tui.phrases import Phrases
from edgeops.tui.places import HOME, PLACES
from edgeops.tui.questioning import Questioning
from edgeops.tui.resuming import Resuming
from edgeops.tui.surroundings import Surroundings
from edgeops.tui.welcoming import Welcoming
from edgeops.tui.widgets.completion import Completion

_STOCK_S = 1.5


class EdgeopsApp(Welcoming, Casework, Choosing, Noting, Questioning, Resuming, Asking):
    """Shows what was named. Make it before there are threads: it forks."""

    CSS_PATH = "theme.tcss"
    MODES: ClassVar = {place.name: place.make for place in PLACES}
    DEFAULT_MODE = HOME
    COMMANDS: ClassVar = {Palette}
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]

    def __init__(self, arguments: Sequence[str], around: Surroundings) -> None:
        super().__init__(arguments, around)
        for theme in themes.THEMES:
            self.register_theme(theme)
        # The common one is set before Textual begins: to change it then is to read all style sheets again, several times.
        self.set_reactive(EdgeopsApp.theme, themes.THEMES[0].name)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """See App."""
        return themes.OF_THE_TERMINAL

    def on_mount(self) -> None:
        """Begin to read."""
        self.theme = themes.chosen(self.around.environ)
        self.resume()
        self.call_after_refresh(self.thread, "start", partial(work.start, self.around.make, self.store_file, self.tell))
        self.watch_store()
        self.welcome_if_new()

    def on_started(self, message: messages.Started) -> None:
        """Settings are at hand: open and read what was named."""
        self.session = message.session
        self.model_name = message.session.config.model.name
        if (lang := message.session.lang(self.around.lang)) != self.say.lang:
            self.say = Phrases(lang)
        if self.room:
            self.room.relabel()
        self.grant(message.session.config.screen)
        self.begin()
        # Which model would answer is always to be seen, but nothing that anybody waits for.
        self.set_timer(_STOCK_S, self.look_at_stock)

    def on_unmount(self) -> None:
        """Leave nothing behind."""
        self._left = True
        if self._stop:
            self._stop.set()
        if self.study:
            self.study.close()
        self.close_job()
        self.close_watch()
        self._nursery.close()

    def on_told(self, message: messages.Told) -> None:
        """A sentence."""
        self.hint(message.text)

    # ------------------------------------------------------------ places

    def action_place(self, name: str) -> None:
        """Go to a place; where one is there already, to its beginning."""
        if self.current_mode != name:
            self.switch_mode(name)
        elif self.room:
            while len(self.screen_stack) > 1:
                self.pop_screen()

    def action_help(self) -> None:
        """The keys."""
        from edgeops.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def back(self) -> None:
        """To where one came from: out of what was opened, from any place to the incidents, out of the app."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.current_mode != HOME:
            self.switch_mode(HOME)
        else:
            self.exit()

    # ------------------------------------------------------------ the command line

    def type_command(self, text: str) -> None:
        """Put this on the command line."""
        if self.room:
            self.room.prompt.ask("command", ":", suggester=Completion(NAMES, WITH_PATHS, WITH_A_PATH), text=text)

    def command(self, text: str) -> None:
        """Do what was typed."""
        try:
            Orders(self).do(text.strip())
        except EdgeopsError as error:
            self.hint(str(error))
