"""What the app holds for its screens and its threads, and how threads reach it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from textual.message import Message

from edgeops import paths
from edgeops.tui.cases import Case
from edgeops.tui.guarded import GuardedApp
from edgeops.tui.phrases import Phrases
from edgeops.tui.screens.room import Room
from edgeops.tui.surroundings import Surroundings
from edgeops.view.scout import Nursery

if TYPE_CHECKING:
    from textual.screen import Screen

    from edgeops.session import Session
    from edgeops.tui.screens.incident import IncidentScreen
    from edgeops.tui.screens.logs import LogsScreen
    from edgeops.view.study import Study


class Holder(GuardedApp):
    """doing is what the app is at, in a sentence; cases are the incidents; study is the log that is shown, all but so many files."""

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
        self.files_left_out = 0
        self.doing = self.say("reading", what=" ".join(arguments)) if arguments else ""
        self.model_name = ""
        self.store_file = paths.find(around.environ).store_file
        self.warnings: list[str] = []
        self._left = False
        self._stop: threading.Event | None = None

    @property
    def zone(self) -> tzinfo:
        """That of times that state none."""
        return self.session.zone if self.session else UTC

    @property
    def front(self) -> Screen[object] | None:
        """The screen that is looked at. None while the app leaves: threads may still tell it something then."""
        return next(reversed(self.screen_stack), None)

    @property
    def room(self) -> Room | None:
        """The screen that is looked at; None where it is none of ours, as the palette, or has nothing on it yet."""
        front = self.front
        return front if isinstance(front, Room) and front.is_mounted else None

    @property
    def logs_screen(self) -> LogsScreen | None:
        """The logs, if they are looked at."""
        # By its name: to ask for its class would load it before it is wanted.
        return self.room if self.room and self.room.TITLED == "logs" else None  # type: ignore[return-value]

    @property
    def incident_screen(self) -> IncidentScreen | None:
        """The incident, if one is looked at."""
        return self.room if self.room and self.room.TITLED == "incident" else None  # type: ignore[return-value]

    def case(self, name: str) -> Case | None:
        """The incident of that id."""
        return next((case for case in self.cases if case.id == name), None)

    def hint(self, text: str) -> None:
        """A sentence on the screen that is looked at."""
        if self.room:
            self.room.tell(text)

    def warn(self, sentences: Sequence[str]) -> None:
        """Sentences that shall not be missed: they are said now, and with what is found."""
        self.warnings += sentences
        if sentences:
            self.hint("; ".join(map(self.say.told, sentences)))

    def tell(self, message: Message) -> None:
        """Post from any thread; when the app is gone nobody listens."""
        if self.is_running:
            self.post_message(message)

    def thread(self, group: str, do: Callable[[], None]) -> None:
        """Have something done that takes time; what was begun before in that group is cancelled."""
        self.run_worker(do, thread=True, group=group, exclusive=True)
