"""How the app goes on with an incident: what the store has beside it, notes, resolved or not, a report, which lines carried its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edgeops.errors import EdgeopsError, UsageError
from edgeops.records import Explanation, Incident, Reply, State
from edgeops.tui import messages, work
from edgeops.tui.explaining import Explaining
from edgeops.tui.exporting import written
from edgeops.tui.phrases import Phrases
from edgeops.tui.work import Post

if TYPE_CHECKING:
    from edgeops.knowledge.store import Store
    from edgeops.session import Session


class Casework(Explaining):
    """Everything by the incident's id."""

    def recall_annals(self, name: str) -> None:
        """Find out what the store has beside an incident."""
        found = self.case(name)
        if found and found.explanation and self.session:
            self.thread("annals", partial(_recall, self.session, name, found.explanation, self.tell))

    def on_remembered(self, message: messages.Remembered) -> None:
        """The store was written to: what it has beside the incident that is looked at may be more now."""
        if self.incident_screen:
            self.recall_annals(self.incident_screen.case_id)

    def on_annals_known(self, message: messages.AnnalsKnown) -> None:
        """What the store has is known."""
        if self.incident_screen and self.incident_screen.case_id == message.incident:
            self.incident_screen.show_annals(message.annals)

    def note_case(self, name: str, text: str) -> None:
        """Keep what somebody has to say about an incident."""
        if self.session and text.strip():
            session, by = self.session, self.around.by()

            def note(store: Store) -> None:
                from edgeops.assistant.settling import judge
                from edgeops.knowledge.entry import Verdict

                judge(store, name, Verdict.NOTE, by, session.now(), text.strip())

            self._in_store(name, note, self.say("noted"))

    def settle_case(self, name: str) -> None:
        """An incident is resolved, or is not after all."""
        found = self.case(name)
        if found is None or found.kept is None:
            self.hint(self.say("case_not_kept"))
            return
        state = State.EXPLAINED if found.state is State.RESOLVED else State.RESOLVED

        def settle(store: Store) -> None:
            from edgeops.knowledge.past import settle

            settle(store.database, name, state)

        self._in_store(name, settle, self.say("now_is", state=self.say(state.value)))

    def _in_store(self, name: str, do: Callable[[Store], None], said: str) -> None:
        """Change something in the store, and show it."""
        found = self.case(name)
        if self.session and found:
            answer = found.explanation
            self.thread("casework", partial(_change, self.session, name, answer, do, said, self.tell))

    def report_case(self, file: Path) -> None:
        """Write the report of the incident that is looked at to a new file, HTML if its name ends so. Raises UsageError."""
        if self.incident_screen is None or self.session is None:
            raise UsageError(self.say("report_what"))
        name = self.incident_screen.case_id
        self.thread("casework", partial(_report, self.session, name, file, self.say, self.tell))

    def weigh(self) -> None:
        """Find out which lines carried the answer that is looked at. Raises UsageError."""
        name = self.incident_screen.case_id if self.incident_screen else ""
        found = self.case(name)
        if self._stop:
            raise UsageError(self.say("busy"))
        if self.session is None or found is None or found.incident is None or found.explanation is None:
            raise UsageError(self.say("needs_reading" if found else "why_what"))
        self._stop = threading.Event()
        if self.incident_screen:
            self.incident_screen.begun()
        self.thread("explain", partial(_weigh, self.session, found.incident, found.explanation, self.tell, self._stop))

    def on_weighed(self, message: messages.Weighed) -> None:
        """It is known, or nobody wants to know any more."""
        self._stop = None
        if self.incident_screen:
            self.incident_screen.ended()
            if self.incident_screen.case_id == message.incident and message.carried is not None:
                self.incident_screen.show_carried(message.carried)


def _recall(session: Session, name: str, answer: Explanation, post: Post) -> None:
    from edgeops.assistant.annals import annals
    from edgeops.knowledge.store import Store

    file = session.paths.store_file
    if not file.exists():
        return
    try:
        with Store(file, readonly=True) as store:
            post(messages.AnnalsKnown(name, annals(store, name, answer, session.now())))
    except EdgeopsError as error:
        post(messages.Told(str(error)))


def _change(
    session: Session, name: str, answer: Explanation | None, do: Callable[[Store], None], said: str, post: Post
) -> None:
    from edgeops.knowledge.store import Store

    try:
        with Store(session.paths.store_file) as store:
            do(store)
        post(messages.Told(said))
    except EdgeopsError as error:
        post(messages.Told(str(error)))
    work.recall(session.paths.store_file, post)
    if answer:
        _recall(session, name, answer, post)


def _report(session: Session, name: str, file: Path, say: Phrases, post: Post) -> None:
    from edgeops.assistant.settling import report
    from edgeops.knowledge.store import Store

    try:
        with Store(session.paths.store_file, readonly=True) as store:
            text = report(store, name, session.now(), html=file.suffix in (".html", ".htm"))
        with written(file, say) as out:
            out.write(text.encode("utf-8", "replace"))
        post(messages.Told(say("reported", file=file)))
    except EdgeopsError as error:
        post(messages.Told(str(error)))


def _weigh(session: Session, incident: Incident, answer: Explanation, post: Post, stop: threading.Event) -> None:
    from edgeops.assistant.why import carried

    def heard(reply: Reply) -> None:
        if stop.is_set():
            # The assistant's sign that a person stopped the model.
            raise KeyboardInterrupt
        post(messages.Heard(incident.id, reply))

    found = None
    try:
        budget = session.config.evidence.budget_chars
        found = carried(incident, answer, session.book, lambda: session.mind, budget, heard)
    except EdgeopsError as error:
        post(messages.Told(str(error)))
    except KeyboardInterrupt:
        pass
    post(messages.Weighed(incident.id, found))
