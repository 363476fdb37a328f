"""How the app has lines explained that a person chose, or asks about them: they become an incident of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from edgeops.tui.asking import Asking
from edgeops.tui.cases import Case
from edgeops.tui.explaining import Explaining

if TYPE_CHECKING:
    from edgeops.records import Incident
    from edgeops.session import Session
    from edgeops.view.log import Item, Log


class Choosing(Explaining, Asking):
    """Lines are read in a thread: a large file may have to be counted first."""

    def explain_lines(self, log: Log, items: Iterable[Item]) -> None:
        """Have them explained."""
        if self._stop:
            self.hint(self.say("busy"))
        else:
            self._read_lines(log, items, self._explain_chosen)

    def ask_lines(self, log: Log, items: Iterable[Item]) -> None:
        """Ask about them."""
        self._read_lines(log, items, lambda incident: self.ask_about(self._named(incident), [incident]))

    def _read_lines(self, log: Log, items: Iterable[Item], then: Callable[[Incident], None]) -> None:
        session = self.session
        if session is None:
            return
        self.hint(self.say("reading_lines"))

        def read() -> None:
            incident, count = incident_of_lines(session, log, items)
            if incident:
                self.call_from_thread(self._lines_read, incident, count, then)

        self.thread("lines", read)

    def _lines_read(self, incident: Incident, count: int, then: Callable[[Incident], None]) -> None:
        then(incident)
        if count:
            self.hint(self.say("first_lines", count=f"{count:,}"))

    def _explain_chosen(self, incident: Incident) -> None:
        self.cases = [Case(incident.id, incident), *(case for case in self.cases if case.id != incident.id)]
        self.go_to_case(incident.id)
        self.call_after_refresh(self.explain, incident.id)

    def _named(self, incident: Incident) -> str:
        """The chosen lines in a few words."""
        lines = [signal.event.line for signal in incident.signals]
        last = [(signal.last or signal.event).line for signal in incident.signals]
        first, end = lines[0], max(line.number for line in last if line.source == lines[0].source)
        name = first.source.rpartition("/")[2]
        return self.say("these_lines" if end > first.number else "this_line", name=name, first=first.number, last=end)


def incident_of_lines(session: Session, log: Log, items: Iterable[Item]) -> tuple[Incident | None, int]:
    """The incident that the lines are, None if there are none; and how many of them were read, where that is not all."""
    from edgeops.detect.chosen import incident_of
    from edgeops.view import stretch

    found, more = stretch.taken(items)
    if not found:
        return None, 0
    before, after = stretch.around(log, found)
    incident = incident_of(stretch.messages_of(log, found), session.book.rules, before, after)
    return incident, len(found) * more
