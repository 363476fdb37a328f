"""A log that is looked at: read at any place, never whole, and watched for what becomes of it."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum

from edgeops.intake.sources import open_log
from edgeops.intake.streams import utf16
from edgeops.records import Skipped

_HEAD = 65536
_FINGER = 256
_LATEST = 2**35


class Turn(StrEnum):
    """What became of a file since it was looked at before."""

    SAME = "same"
    GREW = "grew"
    SHRANK = "shrank"
    REPLACED = "replaced"
    VANISHED = "vanished"


class File:
    """An open file. size is as it was at the last look; codec names UTF-16 if it is that; begin is behind a byte order mark.

    successor is the device and inode of the file that has its path now, where that is another.
    """

    def __init__(self, path: str, fd: int) -> None:
        self.path, self.fd = path, fd
        self.failure = ""
        self._turn = Turn.SAME
        self.successor: tuple[int, int] | None = None
        self._measure()

    def _measure(self) -> None:
        status = os.fstat(self.fd)
        self.size = status.st_size
        self.written = datetime.fromtimestamp(min(max(status.st_mtime, 0), _LATEST), UTC)
        head = self.read(0, _HEAD)
        self._finger = head[:_FINGER]
        self.codec, mark = utf16(head)
        self.begin = mark or 3 * head.startswith(b"\xef\xbb\xbf")
        self.newline = "\n".encode(self.codec or "ascii")

    def read(self, at: int, count: int) -> bytes:
        """So many bytes from there on; fewer at the end, and none, with a sentence in failure, where the disk fails."""
        try:
            return os.pread(self.fd, count, max(at, 0))
        except OSError as error:
            self.failure = f"It cannot be read at byte {at} ({error.strerror or error}); check the disk and its mount."
            return b""

    def look(self) -> Turn:
        """What became of it since. After SHRANK all that was known of it is void; REPLACED and VANISHED are told once."""
        status = os.fstat(self.fd)
        before, self.size = self.size, status.st_size
        if self.size < before or (self.size > before and not self._goes_on()):
            self._measure()
            return Turn.SHRANK
        if self.size > before:
            if not before:
                self._measure()
            return Turn.GREW
        turn = self._at_path((status.st_dev, status.st_ino))
        told, self._turn = self._turn, turn
        return turn if turn is not told else Turn.SAME

    def _goes_on(self) -> bool:
        """Whether it begins as it did: between two looks it may have been cut and written to beyond its old size."""
        begin = self.read(0, _FINGER)
        same = begin.startswith(self._finger)
        self._finger = begin
        return same

    def _at_path(self, identity: tuple[int, int]) -> Turn:
        """Whether its path still leads to it."""
        self.successor = None
        try:
            status = os.stat(self.path)  # noqa: PTH116 - looked at several times a second
        except OSError:
            return Turn.VANISHED
        if (status.st_dev, status.st_ino) == identity:
            return Turn.SAME
        self.successor = (status.st_dev, status.st_ino)
        return Turn.REPLACED

    @property
    def identity(self) -> tuple[int, int]:
        """Its device and inode, which no other file has while this one is open."""
        status = os.fstat(self.fd)
        return status.st_dev, status.st_ino

    @property
    def name(self) -> str:
        """What it is called now, without its directories: a rotated file has another name than its path says."""
        path = self.path
        if self._turn in (Turn.REPLACED, Turn.VANISHED):
            with suppress(OSError):
                path = os.readlink(f"/proc/self/fd/{self.fd}")  # noqa: PTH115 - a name for a person
        return path.rpartition("/")[2]

    def close(self) -> None:
        """Give the descriptor back."""
        if self.fd >= 0:
            with suppress(OSError):
                os.close(self.fd)
            self.fd = -1


def open_file(path: str) -> File | Skipped:
    """The file of that path, or why it cannot be looked at."""
    found = open_log(path)
    if isinstance(found, Skipped):
        return found
    with found:
        return File(path, os.dup(found.fileno()))
