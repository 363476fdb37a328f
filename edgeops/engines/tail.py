"""The growing text of a Write slot: what may be shown now, and where it stops.

A stop string is never shown, not even its beginning, and a code point is never split.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class Tail:
    """Takes the bytes of each token; gives text that is certain to stay. `stopped` tells that a stop string has come."""

    def __init__(self, stops: Sequence[str], drop_space: bool = False) -> None:
        self._stops = tuple(stop.encode() for stop in stops if stop)
        self._data = bytearray()
        self._shown = 0
        self._drop_space = drop_space
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.stopped = False

    @property
    def kept(self) -> int:
        """Bytes that belong to the text (a stop string does not), counted from the first token."""
        return self._shown

    def push(self, data: bytes) -> str:
        """The text that is certain after these bytes."""
        self._data += data
        found = [at for stop in self._stops if (at := self._data.find(stop, self._shown)) >= 0]
        if found:
            self.stopped = True
            return self._show(min(found), final=True)
        return self._show(len(self._data) - self._held())

    def end(self) -> str:
        """What was held back, when no stop string came after all."""
        return "" if self.stopped else self._show(len(self._data), final=True)

    def _held(self) -> int:
        """The length of the longest ending that may turn out to begin a stop string."""
        longest = max((len(stop) - 1 for stop in self._stops), default=0)
        most = min(longest, len(self._data) - self._shown)
        for size in range(most, 0, -1):
            ending = self._data[len(self._data) - size :]
            if any(stop.startswith(ending) for stop in self._stops):
                return size
        return 0

    def _show(self, upto: int, final: bool = False) -> str:
        text = self._decoder.decode(self._data[self._shown : upto], final)
        self._shown = upto
        if self._drop_space and text:
            self._drop_space = False
            text = text.removeprefix(" ")
        return text
