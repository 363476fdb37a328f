"""Notes that people wrote beside lines, found again in the logs that are shown: by where the line stands and what it says."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from edgeops.intake.sources import log_of
from edgeops.knowledge.linenotes import LineNote, digest_of
from edgeops.view.lines import Row, row_at
from edgeops.view.log import Log, Volume

_MOST_ALIKE = 16
"""So many rotated files of one log may have a noted line at the same place."""


class Notebook:
    """notes are those of all logs."""

    def __init__(self, notes: Sequence[LineNote] = ()) -> None:
        self.notes = tuple(notes)
        self._of_log: dict[str, list[LineNote]] = {}
        for note in sorted(notes, key=lambda note: note.at):
            self._of_log.setdefault(note.log, []).append(note)
        self._names: dict[str, str] = {}

    def on(self, volume: Volume, row: Row) -> LineNote | None:
        """The note on a line."""
        known = self._of_log.get(self._name(volume))
        if not known:
            return None
        begin = bisect_left(known, row.at, key=lambda note: note.at)
        near = [note for note in known[begin : begin + _MOST_ALIKE] if note.at == row.at]
        digest = digest_of(row.raw) if near else ""
        return next((note for note in near if note.digest == digest), None)

    def next(self, volume: Volume, at: int, by: int) -> int | None:
        """Where the next line with a note begins, after a place or before it."""
        known = self._of_log.get(self._name(volume), [])
        cut = (
            bisect_right(known, at, key=lambda note: note.at) if by > 0 else bisect_left(known, at, key=lambda n: n.at)
        )
        ahead = known[cut:] if by > 0 else reversed(known[:cut])
        return next((note.at for note in ahead if _stands(volume, note)), None)

    def place(self, log: Log, note: LineNote) -> tuple[int, int] | None:
        """In which file of the log a note's line stands, and where."""
        for number, volume in enumerate(log.volumes):
            if self._name(volume) == note.log and _stands(volume, note):
                return number, note.at
        return None

    def _name(self, volume: Volume) -> str:
        path = volume.file.path
        if path not in self._names:
            self._names[path] = log_name(path)
        return self._names[path]


def _stands(volume: Volume, note: LineNote) -> bool:
    row = row_at(volume.file, note.at)
    return row is not None and digest_of(row.raw) == note.digest


def log_name(path: str) -> str:
    """The name of the log that a file belongs to, from wherever it was named."""
    return log_of(os.path.abspath(path)).encode("utf-8", "replace").decode()  # noqa: PTH100 - a name, not a file
