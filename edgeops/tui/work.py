"""What the app does in threads: open logs, read them for incidents, recall and record, ask for an answer. It tells by posting.

What is heavy is loaded by the thread that needs it: the first screen is painted before.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from edgeops.errors import EdgeopsError
from edgeops.paths import writable
from edgeops.records import Incident, Reply
from edgeops.tui import messages
from edgeops.tui.phrases import Phrases

if TYPE_CHECKING:
    from edgeops.knowledge.entry import Origin, Result
    from edgeops.session import Session
    from edgeops.view.scout import Nursery

Post = Callable[[Message], None]
MOST_KEPT = 500


def start(make: Callable[[Callable[[str], None]], Session], store: Path, post: Post) -> None:
    """Show what the store remembers, and load what reads settings and logs, which takes longer than to paint a screen."""
    failure = _recalled(store, post)
    try:
        session = make(lambda text: post(messages.Told(text)))
        _ = session.config, session.zone, session.formats
        post(messages.Started(session))
    except EdgeopsError as error:
        post(messages.Told(str(error)))
    if failure:
        recall(store, post)
    # What other keys lead to is loaded, too, before anybody presses them.
    for name in ("ask", "knowledge"):
        importlib.import_module(f"edgeops.tui.screens.{name}")


def open_logs(session: Session, arguments: Sequence[str], nursery: Nursery, post: Post) -> None:
    """Open what was named."""
    from edgeops.view.opening import open_log, reopened
    from edgeops.view.study import Study

    try:
        opened = open_log(arguments, session.formats, session.zone, writable(session.paths.cache))
        # What shows them is loaded, too, before anybody presses the key for it.
        importlib.import_module("edgeops.tui.screens.logs")
        reopen = partial(reopened, formats=session.formats, zone=session.zone)
        post(messages.LogsOpened(opened, Study(opened.log, nursery, reopen) if opened.log else None))
    except EdgeopsError as error:
        post(messages.Told(str(error)))


def read(
    session: Session, arguments: Sequence[str], lang: str, nursery: Nursery, post: Post, stopped: Callable[[], bool]
) -> None:
    """Read for incidents, and say of each what is known without a model."""
    from edgeops.tui import reader

    try:
        for frame in reader.told(nursery, arguments, lang, stopped):
            if frame.told:
                post(messages.Told(frame.told))
            elif frame.headway:
                post(messages.Read(frame.headway))
            elif frame.reading:
                post(messages.Found(frame.reading, frame.answers))
    except EdgeopsError as error:
        post(messages.Told(str(error)))
    post(messages.ReadingEnded())
    recall(session.paths.store_file, post)


def stamp(file: Path) -> tuple[int, ...]:
    """When the store was written to, it and what is beside it; it changes with every change."""
    found = []
    for one in (file, file.with_name(f"{file.name}-wal")):
        try:
            status = one.stat()
            found += [status.st_mtime_ns, status.st_size]
        except OSError:
            found += [0, 0]
    return tuple(found)


def recall(file: Path, post: Post, again_s: float = 1.0) -> None:
    """What the store remembers; nothing, where there is none yet. One that cannot be read is tried again after again_s seconds."""
    if _recalled(file, post):
        # Another process may be making it right now, as the one that reads logs does.
        time.sleep(again_s)
        if failure := _recalled(file, post):
            post(messages.Told(failure))


def _recalled(file: Path, post: Post) -> str:
    """Tell what the store remembers; why it cannot be read, if so."""
    if not file.exists():
        return ""
    from edgeops.knowledge.store import Store

    try:
        with Store(file, readonly=True) as store:
            post(messages.Remembered(tuple(store.incidents(MOST_KEPT))))
    except EdgeopsError as error:
        return str(error)
    return ""


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


def explain_kept(
    session: Session, name: str, lang: str, budget: int, post: Post, stop: threading.Event, say: Phrases
) -> None:
    """Ask for an answer to an incident that a watch found; of others the store has no lines."""
    from edgeops.knowledge.database import Database
    from edgeops.watch.ledger import watched

    found, lack = None, say("needs_reading")
    try:
        database = Database(session.paths.store_file, readonly=True)
        try:
            found = watched(database, name)
        finally:
            database.close()
    except EdgeopsError as error:
        lack = str(error)
    if found:
        explain(session, found, lang, budget, post, stop)
    else:
        post(messages.Explained(name, None))
        post(messages.Told(lack))


def record(session: Session, name: str, did: str, result: Result, by: Origin, say: Phrases, post: Post) -> None:
    """Keep what was done about an incident and how it went."""
    from edgeops.assistant.settling import resolve
    from edgeops.knowledge.store import Store

    try:
        with Store(session.paths.store_file) as store:
            settled = resolve(store, name, did, result, by, session.now())
        tally = settled.entry.outcomes
        tried = tally.worked + tally.failed
        post(messages.Told(say("recorded", entry=settled.entry.id, worked=tally.worked, all=tried)))
    except EdgeopsError as error:
        post(messages.Told(str(error)))
    recall(session.paths.store_file, post)
