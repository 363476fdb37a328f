"""A search through the logs that goes on while keys are answered: in a thread, one at a time, stopped when it is not wanted any more."""

from __future__ import annotations

import threading

from textual.widget import Widget

from edgeops.errors import EdgeopsError
from edgeops.tui.messages import Sought
from edgeops.view.log import Item
from edgeops.view.query import Query
from edgeops.view.study import Study


class Hunt:
    """Runs as a worker of its owner; how far it is, and where it leads, is posted to the app as Sought."""

    def __init__(self, owner: Widget) -> None:
        self._owner = owner
        self._stop: threading.Event | None = None

    def seek(self, study: Study, query: Query, item: Item, what: str, back: bool, around: bool) -> None:
        """The next line that the query wants after a line, or before it; around: then from the other end. what names it to a person."""
        self.halt()
        stop = self._stop = threading.Event()
        app = self._owner.app

        def tell(message: Sought) -> None:
            # As long as anybody wants to know.
            if not stop.is_set():
                app.post_message(message)

        def hunt() -> None:
            ended = Sought(what, done=True, back=back, around=False if around else None)

            def told(share: float) -> None:
                tell(Sought(what, share))

            try:
                ended.place = study.seek(query, item, back, told, stop.is_set)
                if ended.place is None and around:
                    ended.place, ended.around = study.seek_from_end(query, back, told, stop.is_set), True
            except EdgeopsError as error:
                ended.failure = str(error)
            tell(ended)

        self._owner.run_worker(hunt, thread=True, group="search", exit_on_error=False)

    def ended(self) -> None:
        """What it told last has been heard."""
        self._stop = None

    def halt(self) -> bool:
        """Stop it; whether it was going on."""
        if self._stop is None:
            return False
        self._stop.set()
        self._stop = None
        return True
