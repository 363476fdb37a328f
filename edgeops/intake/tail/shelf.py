"""Open files, never more than so many: those that were read longest ago are closed first, and opened again when they grow."""

from __future__ import annotations

import errno
import os
import resource

from edgeops.intake.tail.stream import Stream
from edgeops.intake.tail.text import Text, open_text

_TOO_MANY = os.strerror(errno.EMFILE)
_FEW = 4


class Shelf:
    """most: how many files may be open, of those that can be found again by name."""

    def __init__(self, most: int) -> None:
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._most = max(_FEW, min(most, soft // 2) if soft != resource.RLIM_INFINITY else most)
        self._used: dict[Stream, None] = {}
        self.notes: list[str] = []

    def open(self, path: str) -> Text | str:
        """A file's text or a sentence; other files are closed where no more may be open."""
        text = open_text(path)
        if isinstance(text, str) and _TOO_MANY in text:
            if not self.notes:
                self.notes.append(
                    "This process may not open more files (see: ulimit -n); files are opened in turn, which is slower."
                )
            self._most = max(_FEW, self._most // 2)
            self.tidy()
            text = open_text(path)
        return text

    def use(self, stream: Stream) -> None:
        """The stream is read now."""
        self._used.pop(stream, None)
        self._used[stream] = None

    def has_room(self, more: int) -> bool:
        """Whether so many more may stay open."""
        return len(self._used) + more <= self._most

    def tidy(self) -> None:
        """Close what is too much. A file without a name stays: it could not be found again."""
        if len(self._used) <= self._most:
            return
        for stream in [stream for stream in self._used if stream.text is None]:
            del self._used[stream]
        spare = len(self._used) - self._most
        for stream in [stream for stream in self._used if stream.path][: max(0, spare)]:
            stream.shut()
            del self._used[stream]
