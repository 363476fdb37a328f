"""How the app welcomes somebody who is new: shown once, gone for good, and the first incident of what was chosen opens by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edgeops import paths
from edgeops.records import Tier
from edgeops.tui import messages
from edgeops.tui.explaining import Explaining
from edgeops.tui.opening import Opening
from edgeops.tui.places import HOME
from edgeops.tui.watching import Watching

if TYPE_CHECKING:
    from edgeops.tui.greeting import Host
    from edgeops.tui.jobs import Job


class Welcoming(Opening, Explaining, Watching):
    """host is what was found on this machine, None while nobody looked."""

    host: Host | None = None
    _awaits_first = False

    def welcome_if_new(self) -> None:
        """Show the first screen to whoever named nothing and has nothing yet."""
        from edgeops.tui.newcomer import is_new

        if is_new(paths.find(self.around.environ), self.arguments):
            self.welcome()

    def welcome(self) -> None:
        """Show the first screen."""
        from edgeops.tui.screens.welcome import WelcomeScreen

        self.switch_mode(HOME)
        if not isinstance(self.screen, WelcomeScreen):
            self.push_screen(WelcomeScreen())

    def leave_welcome(self) -> None:
        """Never show it again by itself."""
        from edgeops.tui.newcomer import welcomed

        welcomed(paths.find(self.around.environ))
        if self.room and self.room.TITLED == "welcome":
            self.pop_screen()

    def look_at_host(self) -> None:
        """Look around on this machine; told by `Surveyed`."""
        from edgeops.tui.greeting import survey

        folder = self.store_file.parent
        self.thread("host", lambda: self.tell(messages.Surveyed(survey(folder))))

    def on_surveyed(self, message: messages.Surveyed) -> None:
        """What was found."""
        self.host = message.host
        if self.room and self.room.TITLED == "welcome":
            self.room.fill()

    def first(self, named: Sequence[str]) -> None:
        """Open these, and their first incident once it is found."""
        self.leave_welcome()
        self._awaits_first = True
        self.open_named([str(paths.from_home(name)) for name in named])
        self.hint(self.say("hello_wait", what=", ".join(Path(name).name for name in named)))

    def on_found(self, message: messages.Found) -> None:
        """The first incident opens, once everybody heard of them."""
        if self._awaits_first:
            self._awaits_first = False
            self.call_later(self._open_first)

    def _open_first(self) -> None:
        """Who went elsewhere meanwhile is left where they are."""
        case = next((case for case in self.cases if case.incident), None)
        if case is None:
            self.hint(self.say("hello_nothing"))
        elif self.room and self.room.TITLED == "incidents":
            self.open_case(case.id)
            answer = case.explanation
            if self.stock and self.stock.any_here and (answer is None or answer.tier is Tier.INSUFFICIENT):
                self.call_after_refresh(self.explain, case.id)

    def bring_model(self, place: str) -> None:
        """Take a model from a file or a folder, whatever it holds."""
        room, name = self.stockroom, Path(place).name or place

        def do(job: Job) -> str:
            return self._here("model_pulled", room.carry(paths.from_home(place), job))

        self._begin(self.say("model_importing", name=name), do)
