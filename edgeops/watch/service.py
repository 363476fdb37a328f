"""A watch as it runs: the session's settings, the store, feeds, loop and explainer joined for a front end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from edgeops import paths
from edgeops.detect.ongoing import Ongoing, key_of
from edgeops.errors import StoreError
from edgeops.intake.feed import Batch, Checkpoint, Feed, FileMark, Gap
from edgeops.intake.live import LiveReader
from edgeops.intake.sources import open_log
from edgeops.knowledge import lock
from edgeops.knowledge.database import DamagedStore, Database
from edgeops.knowledge.salvage import salvage
from edgeops.knowledge.store import Store
from edgeops.records import Explanation, Incident, Skipped
from edgeops.session import Session
from edgeops.watch import host
from edgeops.watch.chapters import Chapters
from edgeops.watch.explaining import Desk, Explained, Explainer
from edgeops.watch.ledger import Ledger, answered
from edgeops.watch.loop import Loop

T = TypeVar("T")

_HEAD_BYTES = 8192
_BEFORE_BYTES = 16_384
_HEAD_LINES = 3
_STOP_S = 0.5
_PAUSE_S = 0.05
LOOK_S = 30.0
NAMED = 12
"""So often it is looked what cannot be followed, and so many are named at once."""
_MOST_ASKED = 1_000

Feeds = Callable[[Sequence[Checkpoint]], Sequence[Feed]]
"""Makes the feeds, given how far each stream was consumed before."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears what, in the loop's thread: incidents new or changed, answers, gaps, sentences."""

    news: Callable[[Sequence[Incident]], None]
    explained: Callable[[Explained], None]
    lost: Callable[[Sequence[Gap]], None]
    say: Callable[[str], None]


@dataclass
class Service:
    """A running watch. Call `step` until it is to end, then leave the `with` it came from."""

    loop: Loop
    explainer: Explainer | None
    ears: Ears
    ledger: Ledger
    _troubles: dict[str, str] = field(default_factory=dict)
    _looked: float = float("-inf")
    _shed: list[str] = field(default_factory=list)
    _trouble: str = ""

    def step(self) -> None:
        """Read what is new, hand on what is found."""
        self.loop.step()
        self.hear()
        if self.loop.clock() >= self._looked + LOOK_S:
            self.look()

    def look(self) -> None:
        """Say what cannot be followed and was not said; the store knows all of it."""
        self._looked = self.loop.clock()
        standings = [one for feed in self.loop.feeds for one in feed.standings()]
        troubles = {one.source: one.trouble for one in standings if one.trouble}
        if troubles == self._troubles:
            return
        fresh = [source for source, why in troubles.items() if self._troubles.get(source) != why]
        for source in fresh[:NAMED]:
            self.ears.say(f"{source}: {troubles[source]}")
        if len(fresh) > NAMED:
            self.ears.say(f"{len(fresh) - NAMED} more sources cannot be followed; 'edgeops watch --status' names them.")
        self._troubles = troubles
        with suppress(StoreError):
            self.ledger.troubled(troubles)

    def hear(self) -> None:
        """Hand on the answers that are ready, and keep account of those given up."""
        if self.explainer:
            for one in _all(self.explainer.done):
                self.ears.explained(one)
            self._shed += _all(self.explainer.shed)
            if self._shed and not self.loop.blocked:
                self._account()
            if (trouble := self.explainer.trouble) != self._trouble:
                self._trouble = trouble
                self.ears.say(trouble or "Incidents are explained again.")

    def _account(self) -> None:
        # On a full disk it is kept for later.
        with suppress(StoreError):
            self.ledger.shed(self._shed)
            self.ears.say(
                f"So many incidents that {len(self._shed)} of the less grave ones will not be explained; "
                "'edgeops incidents list' has them."
            )
            self._shed = []

    def once(self, ended: Callable[[], bool], stopped: Callable[[], bool] = lambda: False) -> None:
        """Read all there is and explain what was found. ended: whether pipes and the like are at their end; stopped: give up."""
        self.loop.drain(ended, stopped)
        self.look()
        while self.explainer and self.explainer.waiting and not self.explainer.stuck and not stopped():
            self.hear()
            time.sleep(_PAUSE_S)
        self.hear()


def _all(queue: SimpleQueue[T]) -> Iterator[T]:
    with suppress(Empty):
        while True:
            yield queue.get_nowait()


@dataclass
class Wishing:
    """Asks for an explanation of what is new, and again when the root is another or there is twice as much to explain."""

    explainer: Explainer
    _asked: dict[str, tuple[object, int]] = field(default_factory=dict)

    def hear(self, incidents: Sequence[Incident]) -> None:
        """These are new or changed."""
        for incident in incidents:
            root, size = key_of(incident.signals[incident.root]), len(incident.signals)
            before = self._asked.get(incident.id)
            if before is None or before[0] != root or size >= 2 * before[1]:
                self._asked[incident.id] = root, size
                self.explainer.put(incident)
        for name in list(self._asked)[: max(0, len(self._asked) - _MOST_ASKED)]:
            del self._asked[name]


@contextmanager
def running(
    session: Session,
    feeds: Feeds,
    ears: Ears,
    clock: Callable[[], float],
    *,
    explain: bool,
    model: bool = True,
    lang: str,
    pause: Callable[[], str] = host.pause,
    passing: Callable[[str], None] = lambda instant: None,
) -> Iterator[Service]:
    """A watch for the session's store, alone there. pause says why the model must wait. Raises StoreError, ConfigError."""
    folder = paths.private(session.paths.data)
    file = folder / session.paths.store_file.name
    with ExitStack() as stack:
        stack.enter_context(lock.held(file))
        database = _opened(file, session.now(), ears.say)
        stack.callback(database.close)
        ledger = Ledger(database)
        ledger.begin()
        given = feeds(ledger.checkpoints())
        for feed in given:
            stack.callback(feed.close)
        gap = timedelta(seconds=session.config.detect.gap_s)
        chapters = Chapters(_opener(session), context, session.book.rules, gap, ledger.normal)
        wishes = None
        if explain:
            explainer = Explainer(_desks(session.environ, session.now, ears.say, lang), clock, pause, model)
            explainer.start()
            stack.callback(explainer.stop, _STOP_S)
            wishes = Wishing(explainer)
            wishes.hear(ledger.waiting())

        def news(incidents: Sequence[Incident]) -> None:
            ears.news(incidents)
            if wishes:
                wishes.hear(incidents)

        loop = Loop(
            given,
            ledger,
            chapters,
            Ongoing(session.book.rules, gap, ledger.signals()),
            session.now,
            clock,
            news,
            ears.lost,
            ears.say,
            passing,
        )
        stack.callback(loop.close)
        yield Service(loop, wishes.explainer if wishes else None, ears, ledger, ledger.troubles())


def _opened(file: Path, now: datetime, say: Callable[[str], None]) -> Database:
    """The store's database; of a damaged one what can be saved."""
    try:
        return Database(file)
    except DamagedStore as error:
        saved = salvage(file, now)
        say(f"{str(error).partition('. ')[0]}. {saved.told}")
        return Database(file)


def _opener(session: Session) -> Callable[[str, Sequence[bytes]], LiveReader]:
    def opened(source: str, sample: Sequence[bytes]) -> LiveReader:
        return LiveReader(source, sample, session.formats, session.now(), session.zone)

    return opened


def context(batch: Batch) -> list[bytes]:
    """The first lines of the file that a batch comes from, then those before its block; none where it is another file by now."""
    mark, block = batch.checkpoint.mark, batch.block
    if not isinstance(mark, FileMark) or mark.packed or block is None or block.number == 1:
        return []
    file = open_log(batch.checkpoint.source)
    if isinstance(file, Skipped):
        return []
    with file:
        try:
            found = os.fstat(file.fileno())
            if (found.st_dev, found.st_ino) != (mark.device, mark.inode):
                return []
            head = os.pread(file.fileno(), min(_HEAD_BYTES, block.offset), 0).split(b"\n")[:_HEAD_LINES]
            start = max(0, block.offset - _BEFORE_BYTES)
            before = os.pread(file.fileno(), block.offset - start, start).split(b"\n")[1:-1]
        except OSError:
            return []
    return [*head, *before[-64:]]


class _SessionDesk:
    """Explains with a session of its own, stores with a store of its own: both belong to the thread that made them."""

    def __init__(self, opened: Callable[[], Session], store: Store, lang: str) -> None:
        self._opened, self._session, self._store, self._lang = opened, opened(), store, lang
        self._idle = True

    def answer(self, incident: Incident, *, model: bool) -> Explanation:
        self._idle = self._idle and not model
        return next(self._session.explain([incident], self._lang, "auto" if model else "known"))

    def keep(self, incident: Incident, answer: Explanation, *, final: bool) -> None:
        with self._store.writing() as connection:
            self._store.keep(incident, answer, self._session.now())
            answered(connection, incident.id, final=final)

    def rest(self) -> None:
        if not self._idle:
            self._session, self._idle = self._opened(), True


def _desks(
    environ: Mapping[str, str], now: Callable[[], datetime], say: Callable[[str], None], lang: str
) -> Callable[[], AbstractContextManager[Desk]]:
    @contextmanager
    def opened() -> Iterator[_SessionDesk]:
        def session() -> Session:
            return Session(environ, now, say)

        with Store(session().paths.store_file) as store:
            yield _SessionDesk(session, store, lang)

    return opened
