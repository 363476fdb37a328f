"""What the app does in threads: open logs, read them for incidents, recall and record, ask for an answer. It tells by posting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from textual.message import Message

from edgeops.assistant.settling import resolve
from edgeops.assistant.tour import Headway
from edgeops.errors import EdgeopsError
from edgeops.knowledge.entry import Origin, Result
from edgeops.knowledge.store import Store
from edgeops.paths import writable
from edgeops.records import Incident, Reply, Tier
from edgeops.session import Session
from edgeops.tui import messages
from edgeops.tui.phrases import Phrases
from edgeops.view.opening import open_log

Post = Callable[[Message], object]
MOST_ANSWERED = 200
MOST_KEPT = 500


class Halted(Exception):
    """The app is left while it reads."""


def open_logs(session: Session, arguments: Sequence[str], post: Post) -> None:
    """Open what was named."""
    try:
        cache = writable(session.paths.cache)
        post(messages.LogsOpened(open_log(arguments, session.formats, session.zone, cache)))
    except EdgeopsError as error:
        post(messages.Told(str(error)))


def read(session: Session, arguments: Sequence[str], lang: str, post: Post, stopped: Callable[[], bool]) -> None:
    """Read for incidents, and say of each what is known without a model."""

    def heard(headway: Headway) -> None:
        if stopped():
            raise Halted
        post(messages.Read(headway))

    with suppress(Halted):
        _read(session, arguments, lang, post, heard)


def _read(session: Session, arguments: Sequence[str], lang: str, post: Post, heard: Callable[[Headway], None]) -> None:
    try:
        reading = session.read(arguments, progress=heard)
        answers = tuple(session.explain(reading.incidents[:MOST_ANSWERED], lang, "known"))
        post(messages.Found(reading, answers))
        # What stated itself is remembered as `edgeops explain` would; where the model may know more, it is asked first.
        known = [(i, a) for i, a in zip(reading.incidents, answers, strict=False) if a.tier is Tier.KNOWN]
        session.remember(known)
        recall(session, post)
    except EdgeopsError as error:
        post(messages.Told(str(error)))


def recall(session: Session, post: Post) -> None:
    """What the store remembers; nothing, where there is none yet."""
    if not session.paths.store_file.exists():
        return
    try:
        with Store(session.paths.store_file, readonly=True) as store:
            post(messages.Remembered(tuple(store.incidents(MOST_KEPT))))
    except EdgeopsError as error:
        post(messages.Told(str(error)))


def explain(session: Session, incident: Incident, lang: str, budget: int, post: Post, stop: threading.Event) -> None:
    """Ask for an answer; whoever stops it still gets what is known without the model."""

    def heard(reply: Reply) -> None:
        if stop.is_set():
            # The assistant's sign that a person stopped the model.
            raise KeyboardInterrupt
        post(messages.Heard(incident.id, reply))

    answer = None
    try:
        (answer,) = session.explain([incident], lang, "auto", budget, heard)
        session.remember([(incident, answer)])
    except EdgeopsError as error:
        post(messages.Told(str(error)))
    post(messages.Explained(incident.id, answer))


def record(session: Session, name: str, did: str, result: Result, by: Origin, say: Phrases, post: Post) -> None:
    """Keep what was done about an incident and how it went."""
    try:
        with Store(session.paths.store_file) as store:
            settled = resolve(store, name, did, result, by, session.now())
        tally = settled.entry.outcomes
        tried = tally.worked + tally.failed
        post(messages.Told(say("recorded", entry=settled.entry.id, worked=tally.worked, all=tried)))
    except EdgeopsError as error:
        post(messages.Told(str(error)))
    recall(session, post)
