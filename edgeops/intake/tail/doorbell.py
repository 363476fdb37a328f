"""Is rung by inotify when something happens to the files, so that the next look comes at once. What happened it does not say.

While much is written nobody needs a bell, and each write would cost a call of Python: then it is taken down.
"""

from __future__ import annotations

import glob
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

_CALM = 2.0
_MOST_WATCHES = 32
_FALLBACK = "the files are looked at once a second instead, and nothing is missed."


class Doorbell:
    """observer makes a watchdog observer; None for the one of inotify."""

    def __init__(self, roots: Sequence[str], observer: Callable[[], BaseObserver] | None = None) -> None:
        self.works = True
        self._roots, self._make = roots, observer
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._notes: list[str] = []
        self._observer: BaseObserver | None = None

    def descriptors(self) -> Sequence[int]:
        """Readable when it rang."""
        return (self._fd,)

    def notes(self) -> list[str]:
        """Why it does not ring; once."""
        notes, self._notes = self._notes, []
        return notes

    def rung(self) -> bool:
        """Whether it rang since it was asked last."""
        try:
            return bool(os.eventfd_read(self._fd))
        except BlockingIOError:
            return False

    def attend(self, calm: float) -> None:
        """Hang it up when it was calm for some seconds, take it down when it is not."""
        if calm < _CALM:
            self._take_down()
        elif self._observer is None and self.works:
            self._hang()

    def close(self) -> None:
        """Take it down for good."""
        self._take_down()
        os.close(self._fd)

    def _take_down(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(1.0)

    def _hang(self) -> None:
        try:
            observer = self._made()
            handler = _handler(self._ring)
            found = places(self._roots)
            if len(found) > _MOST_WATCHES:
                self._give_up(
                    f"There are {len(found)} directories to watch, which is too many for notices of the system;"
                )
                return
            for place, deep in found.items():
                observer.schedule(handler, place, recursive=deep, event_filter=_kinds())
            observer.start()
        except ImportError:
            self._give_up("The package watchdog is not installed;")
        except OSError as error:
            self._give_up(f"The system gives no notice of changed files ({error.strerror or error});")
        else:
            self._observer = observer
            # What happened before it hung.
            self._ring()

    def _made(self) -> BaseObserver:
        if self._make is not None:
            return self._make()
        # Its import takes a while, and commands that follow nothing need none.
        from watchdog.observers.inotify import InotifyObserver

        # Where nobody set up logging its warnings, such as one when it is taken down, would stand among what the watch tells.
        logging.getLogger("watchdog").addHandler(logging.NullHandler())
        return InotifyObserver()

    def _give_up(self, reason: str) -> None:
        self.works = False
        self._notes.append(f"{reason} {_FALLBACK}")

    def _ring(self) -> None:
        # It may be closed, and then nobody listens.
        with suppress(OSError):
            os.eventfd_write(self._fd, 1)


def places(roots: Sequence[str]) -> dict[str, bool]:
    """The directories to be watched, and whether with all below them."""
    found: dict[str, bool] = {}
    for root in roots:
        path = Path(root)
        deep = path.is_dir()
        if not deep:
            path = path.parent
            while glob.has_magic(str(path)):
                path, deep = path.parent, True
        while not path.is_dir():
            # It is waited for, in what is there already.
            path, deep = path.parent, False
        found[str(path)] = found.get(str(path), False) or deep
    return found


def _kinds() -> list[type[Any]]:
    from watchdog import events

    return [
        events.FileCreatedEvent,
        events.FileModifiedEvent,
        events.FileMovedEvent,
        events.FileDeletedEvent,
        events.DirCreatedEvent,
        events.DirMovedEvent,
        events.DirDeletedEvent,
    ]


def _handler(ring: Callable[[], None]) -> Any:
    """Whatever happens, it rings."""
    from watchdog.events import FileSystemEventHandler

    class Ringer(FileSystemEventHandler):
        def dispatch(self, event: object) -> None:
            ring()

    return Ringer()
