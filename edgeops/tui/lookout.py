"""What the app sees of the watch of its store, whoever runs it, and of the host; and its end of the watch that it runs itself."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

# msgspec: a frame that is none of ours raises its error.
import msgspec

from edgeops.errors import EdgeopsError, SourceError
from edgeops.tui.watcher import Begin, Frame, Rest
from edgeops.view import wire
from edgeops.watch import host
from edgeops.watch.meters import Gauge, Meters

if TYPE_CHECKING:
    from edgeops.view.scout import Nursery
    from edgeops.watch.status import Status

_FAREWELL_S = 2.0


@dataclass(frozen=True, slots=True)
class Look:
    """The watch as the store knows it (None: nothing was ever watched, or failure says why it cannot be read), and the host.

    sizes: bytes of the files that are followed, as far as they can be seen. model: the one that would answer, "" for none;
    model_mb: memory of the watch's model while it is loaded. pause: why a model should wait here now.
    """

    meters: Meters
    status: Status | None = None
    failure: str = ""
    sizes: tuple[tuple[str, int], ...] = ()
    model: str = ""
    model_mb: int = 0
    pause: str = ""


class Lookout:
    """Looks from a thread, one look at a time. model gives the name of the model that would answer."""

    def __init__(self, store: Path, model: Callable[[], str], gauge: Gauge | None = None) -> None:
        self._store, self._model, self._gauge = store, model, gauge or Gauge()
        self._lock = Lock()

    def look(self) -> Look:
        """How it stands now."""
        # Opens the database and reads the kernel's account of processes: not wanted before the screen is.
        from edgeops.catalog.measure import children_rss_mb

        with self._lock:
            status, failure = self._status()
            return Look(
                meters=self._gauge.read(self._store.parent),
                status=status,
                failure=failure,
                sizes=tuple((one.source, size) for one in (status.sources if status else ()) if (size := _size(one.source)) >= 0),
                model=self._model(),
                model_mb=children_rss_mb(pid=status.pid) if status and status.pid else 0,
                pause=host.pause(),
            )  # fmt: skip

    def _status(self) -> tuple[Status | None, str]:
        if not self._store.exists():
            return None, ""
        from edgeops.knowledge.database import Database
        from edgeops.knowledge.schema import MIGRATIONS, version
        from edgeops.watch.status import status

        try:
            database = Database(self._store, readonly=True)
            try:
                # One of an older version is brought up to date by the first that writes; until then nothing watches it.
                older = version(database.connection) < len(MIGRATIONS)
                return (None if older else status(database)), ""
            finally:
                database.close()
        except EdgeopsError as error:
            return None, str(error)


def _size(source: str) -> int:
    """Bytes of a file; -1 where it is none, or none that can be seen."""
    try:
        return Path(source).stat().st_size
    except (OSError, ValueError):
        return -1


class Ours:
    """The watch that the app runs: a process from its nursery. heard gets what it tells, None at its end; both in a thread."""

    def __init__(self, source: Nursery, begin: Begin, heard: Callable[[Frame | None], None]) -> None:
        self._source, self._begin, self._heard = source, begin, heard
        self._end: socket.socket | None = None
        self._closed = False
        self._lock = Lock()
        self.paused = False
        # No worker of Textual's: the app would wait for it for ever before it ends.
        self._thread = Thread(target=self._run, name="lookout", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._listen()
        except SourceError as error:
            self._heard(Frame(told=str(error)))
        self._heard(None)

    def _listen(self) -> None:
        end, _ = self._source.bear("watch")
        with self._lock:
            if self._closed:
                end.close()
                return
            self._end = end
        with end, suppress(EOFError, OSError, msgspec.MsgspecError):
            wire.send(end, self._begin)
            while True:
                self._heard(wire.receive(end, Frame)[0])

    def rest(self, paused: bool) -> None:
        """Have it pause, or go on."""
        self.paused = paused
        with self._lock, suppress(OSError):
            if self._end:
                wire.send(self._end, Rest(paused))

    def stop(self) -> None:
        """Have it end; it says so when it has. What it committed stays, and the next watch goes on behind it."""
        with self._lock, suppress(OSError):
            self._closed = True
            if self._end:
                self._end.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Have it end, and wait for that a moment."""
        self.stop()
        self._thread.join(_FAREWELL_S)
