"""How the app has incidents explained: asked for by a key, heard as the model speaks, stopped by another key, and settled."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from edgeops.tui import messages, work
from edgeops.tui.cases import holding
from edgeops.tui.holder import Holder
from edgeops.tui.places import HOME

if TYPE_CHECKING:
    from edgeops.knowledge.entry import Result


class Explaining(Holder):
    """One explanation at a time."""

    def open_case(self, name: str) -> None:
        """Show an incident."""
        from edgeops.tui.screens.incident import IncidentScreen

        self.push_screen(IncidentScreen(name))

    def explain(self, name: str, more: bool = False) -> None:
        """Ask for an answer to an incident, of the model if no rule knows it."""
        found = self.case(name)
        if self._stop:
            self.hint(self.say("busy"))
        elif found is None or self.session is None:
            self.hint(self.say("needs_reading"))
        else:
            session, stop = self.session, threading.Event()
            self._stop = stop
            budget = session.config.evidence.budget_chars * (1 + more)
            if self.incident_screen:
                self.incident_screen.begun()
            if found.incident:
                do = partial(work.explain, session, found.incident, self.say.lang, budget, self.tell, stop)
            else:
                do = partial(work.explain_kept, session, name, self.say.lang, budget, self.tell, stop, self.say)
            self.thread("explain", do)

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
        if found and message.answer:
            self.model_name = message.answer.model or self.model_name
            self.cases = [replace(one, answer=message.answer) if one.id == found.id else one for one in self.cases]
        if self.incident_screen:
            self.incident_screen.ended()

    def record(self, name: str, did: str, result: Result) -> None:
        """Keep what was done about an incident."""
        if self.session:
            by = self.around.by()
            self.thread("record", partial(work.record, self.session, name, did, result, by, self.say, self.tell))

    def explain_line(self, source: str, at: int, time: datetime | None) -> bool:
        """Show the incident that holds a line: one of its signals stands there, or the time is within it. Whether there is one."""
        found = holding(self.cases, source, at, time)
        if found:
            self.go_to_case(found.id)
        return found is not None

    def go_to_case(self, name: str) -> None:
        """Show an incident from wherever one is."""
        self.switch_mode(HOME)
        if not (self.incident_screen and self.incident_screen.case_id == name):
            self.open_case(name)
