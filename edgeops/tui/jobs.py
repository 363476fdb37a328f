"""Something that takes minutes, in a thread of its own: how far it is, and stopped when a person says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread

from textual.message import Message

from edgeops.errors import EdgeopsError
from edgeops.tui import messages

_OFTEN_S = 0.1
_FAREWELL_S = 1.0


class Stopped(EdgeopsError):
    """A person stopped it."""


class Job:
    """do is given the job, which it tells how far it is, and returns a sentence; tell posts to the app. words say what is done."""

    def __init__(self, words: str, do: Callable[[Job], str], tell: Callable[[Message], None]) -> None:
        self.words = words
        self.done = self.total = 0
        self.began = time.monotonic()
        self._do, self._tell = do, tell
        self._stop = Event()
        self._told = 0.0
        # No worker of Textual's: the app would wait for it for ever before it ends.
        self._thread = Thread(target=self._run, name="job", daemon=True)
        self._thread.start()

    def progress(self, done: int, total: int) -> None:
        """So much of so much is done. Raises Stopped when a person wants no more of it."""
        self.check()
        self.done, self.total = done, total
        if time.monotonic() - self._told > _OFTEN_S:
            self._told = time.monotonic()
            self._tell(messages.Worked())

    def say(self, sentence: str) -> None:
        """A sentence in between."""
        self.check()
        self._tell(messages.Told(sentence))

    def check(self) -> None:
        """Raises Stopped when a person wants no more of it."""
        if self._stop.is_set():
            raise Stopped

    def stop(self) -> None:
        """No more of it; it ends when it tells its progress next."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def close(self) -> None:
        """The app ends: no more of it, and a moment for it to leave things as they should be."""
        self.stop()
        self._thread.join(_FAREWELL_S)

    def _run(self) -> None:
        said = ""
        try:
            said = self._do(self)
        except Stopped:
            pass
        except EdgeopsError as error:
            said = str(error)
        finally:
            self._tell(messages.JobEnded(said))

    @property
    def rate(self) -> float:
        """Of what done counts, so much a second."""
        passed = time.monotonic() - self.began
        return self.done / passed if passed > 1 else 0.0
