"""What threads tell the app. They touch no widget: they post these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from edgeops.assistant.annals import Annals
    from edgeops.assistant.tour import Headway
    from edgeops.assistant.why import Carried
    from edgeops.knowledge.linenotes import LineNote
    from edgeops.knowledge.questions import Table
    from edgeops.knowledge.store import Kept
    from edgeops.records import Explanation, Reading, Reply
    from edgeops.session import Session
    from edgeops.tui.greeting import Host
    from edgeops.tui.lookout import Look
    from edgeops.tui.stock import Stock
    from edgeops.tui.watcher import Frame
    from edgeops.view.opening import Opened
    from edgeops.view.study import Study


@dataclass
class Told(Message):
    """A sentence for the person."""

    text: str


@dataclass
class Started(Message):
    """Settings and sources are at hand."""

    session: Session


@dataclass
class LogsOpened(Message):
    """The logs that were named are open, or cannot be: then there is nothing to study."""

    opened: Opened
    study: Study | None


@dataclass
class Read(Message):
    """How far reading for incidents is."""

    headway: Headway


@dataclass
class Found(Message):
    """The incidents of the logs, each with what is known of it without a model; and those that the store remembers."""

    reading: Reading
    answers: tuple[Explanation, ...]


@dataclass
class Remembered(Message):
    """What the store remembers."""

    kept: tuple[Kept, ...]


@dataclass
class Heard(Message):
    """The model said something about an incident."""

    incident: str
    reply: Reply


@dataclass
class Explained(Message):
    """An incident has an answer; None where there was none."""

    incident: str
    answer: Explanation | None


class Toiled(Message):
    """More is known of the log that is shown."""


@dataclass
class Sought(Message):
    """A search has come so far; at its end place is where it leads, done says that it ended.

    back: it went upwards. around: at the end it went on from the other end (None: it is none that does).
    """

    what: str
    share: float = 0.0
    done: bool = False
    place: tuple[int, ...] | None = None
    failure: str = ""
    back: bool = False
    around: bool | None = None


class ReadingEnded(Message):
    """Nothing is read for incidents any more."""


@dataclass
class AnnalsKnown(Message):
    """What the store has beside an incident."""

    incident: str
    annals: Annals


@dataclass
class Weighed(Message):
    """Which lines carried an incident's answer; None where it was not found out."""

    incident: str
    carried: tuple[Carried, ...] | None


@dataclass
class Tabled(Message):
    """A question in SQL is answered."""

    sql: str
    table: Table


@dataclass
class Noted(Message):
    """What is noted beside lines of logs."""

    notes: tuple[LineNote, ...]


@dataclass
class WatchHeard(Message):
    """The watch that the app runs tells something; None when it has ended."""

    frame: Frame | None


@dataclass
class Looked(Message):
    """How it stands with the watch of the store, and with the host."""

    look: Look


@dataclass
class Stocked(Message):
    """What models there are."""

    stock: Stock


class Worked(Message):
    """What takes minutes has come further."""


@dataclass
class JobEnded(Message):
    """What takes minutes is over, with a sentence; none where it was stopped."""

    sentence: str


@dataclass
class Surveyed(Message):
    """What was found on this machine for somebody who is new here."""

    host: Host
