"""Line numbers of a file of any size: how many line feeds each slab of it holds, counted in the background.

Eight bytes for each 256 KiB; what lies within a slab is counted when it is asked for.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left

from edgeops.view.file import File
from edgeops.view.lines import find, newlines

SLAB = 1 << 18
STEP = 1 << 17


class LineIndex:
    """Threads may count on, one at a time, while others ask. done: so many bytes are counted."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """The file is another: begin anew."""
        with self._lock:
            self._before = array("Q", [0])
            self._here = self.done = 0

    @property
    def total(self) -> int:
        """Line feeds counted so far."""
        return self._before[-1] + self._here

    def count_on(self, most: int) -> bool:
        """Count so many bytes more; whether there is more to count."""
        stop = min(self.done + most, self._file.size)
        while self.done < stop:
            if not self._count_piece():
                return False
        return self.done < self._file.size

    def _count_piece(self) -> bool:
        with self._lock:
            room = SLAB - self.done % SLAB
            data = self._file.read(self.done, min(STEP, room, self._file.size - self.done))
            here = self._here + newlines(data, self._file.newline)
            if len(data) == room:
                self._before.append(self._before[-1] + here)
                here = 0
            self._here = here
            self.done += len(data)
            return bool(data)

    def number_of(self, at: int) -> int | None:
        """The number, from 1, of the line that holds this byte; None where it is not counted yet."""
        if at > self.done:
            return None
        slab = min(at // SLAB, len(self._before) - 1)
        inside = self._file.read(slab * SLAB, at - slab * SLAB)
        return self._before[slab] + newlines(inside, self._file.newline) + 1

    def place_of(self, number: int) -> int | None:
        """Where the line of that number begins; None where it is not counted yet, or there is none."""
        wanted = number - 1
        if wanted <= 0:
            return self._file.begin
        if wanted > self.total:
            return None
        slab = bisect_left(self._before, wanted) - 1
        left, at = wanted - self._before[slab], -1
        data = self._file.read(slab * SLAB, SLAB)
        for _ in range(left):
            at = find(data, self._file.newline, at + len(self._file.newline) if at >= 0 else 0)
            if at < 0:
                return None
        place = slab * SLAB + at + len(self._file.newline)
        return place if place < self._file.size else None
