"""A file as the text that is in it, packed or plain, read from any offset; and by what its content is known again."""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Iterator
from fcntl import ioctl
from hashlib import blake2b
from io import FileIO
from typing import NamedTuple

from edgeops.intake.blocks import Piece
from edgeops.intake.extents import CHUNK
from edgeops.intake.feed import FileMark
from edgeops.intake.packed import Unpacking, compression
from edgeops.intake.sources import open_log
from edgeops.records import Skipped

NEAR = 1024
"""So many bytes at the head of a file, and right before an offset, tell whether it is the same file."""
# CLOCK_REALTIME_COARSE, which the time module does not name: the clock of file systems, which lags behind the others.
_COARSE = 5
_TICKS = 20_000_000
_SKEW = 1_000_000_000
_GET_VERSION = 0x80087601
_MAGIC = 16
_NOT_TOLD = 0


def file_time_ns() -> int:
    """The time that a file system would write down now."""
    return time.clock_gettime_ns(_COARSE)


def is_racy(mtime_ns: int, wall_ns: int) -> bool:
    """Whether another change could still bear this time: file systems tell time by the kernel's ticks, of up to 10 ms.

    A time that lies far ahead (another machine's clock) is not waited for.
    """
    return -_SKEW < wall_ns - mtime_ns < _TICKS


class Key(NamedTuple):
    """Which file of which file system."""

    device: int
    inode: int


class Look(NamedTuple):
    """What a file system says of a file, at one moment."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @property
    def key(self) -> Key:
        return Key(self.device, self.inode)


def look_of(status: os.stat_result) -> Look:
    """The part of a status that shows a change."""
    return Look(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class Text:
    """An open file. packed is the kind of compression, empty for none. Close it."""

    packed = ""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self.fd = file.fileno()
        self.look = look_of(os.fstat(self.fd))
        self.generation = _generation(self.fd)

    def read(self, at: int, count: int) -> bytes:
        """So many bytes of text from an offset on; fewer at its end. Raises OSError."""
        return os.pread(self.fd, count, at)

    def stat(self) -> os.stat_result:
        """Its state now."""
        return os.fstat(self.fd)

    def solid_from(self, at: int, most: int) -> int | None:
        """Where behind an offset the first byte stands that is no NUL; None if there is none yet. After `most` bytes any offset will do."""
        end = at + most
        while data := self.read(self._data_from(at), CHUNK):
            at = self._data_from(at)
            solid = data.lstrip(b"\0")
            if solid or at >= end:
                return at + len(data) - len(solid)
            at += len(data)
        return None

    def _data_from(self, at: int) -> int:
        """The next offset that is not in a hole of the file system."""
        try:
            return max(at, os.lseek(self.fd, at, os.SEEK_DATA))
        except OSError:
            return at

    def trouble(self) -> str:
        """Why nothing more can be read of it; empty as long as that is not so."""
        return ""

    def close(self) -> None:
        self._file.close()


class PackedText(Text):
    """What is packed in a file; reading it is cheap from front to back only."""

    def __init__(self, file: FileIO, packed: str) -> None:
        super().__init__(file)
        self.packed = packed
        self._start()

    def _start(self) -> None:
        self._notes: list[str] = []
        self._size = os.fstat(self.fd).st_size
        self._pieces = Unpacking(self.packed, 1 << 62, self._notes).pieces(self._raw())
        self._at, self._held, self._ended = 0, b"", False

    def _raw(self) -> Iterator[Piece]:
        at = 0
        while data := super().read(at, CHUNK):
            yield at, data
            at += len(data)

    def read(self, at: int, count: int) -> bytes:
        if at < self._at or (self._ended and self._notes and os.fstat(self.fd).st_size != self._size):
            self._start()
        while not self._ended and self._at + len(self._held) < at + count:
            # What stands right before the offset is asked for again.
            passed = min(max(0, at - NEAR - self._at), len(self._held))
            try:
                _, data = next(self._pieces, (0, b""))
            except OSError:
                self._start()
                raise
            self._at, self._held = self._at + passed, self._held[passed:] + data
            self._ended = not data
        return self._held[at - self._at : at - self._at + count]

    def _data_from(self, at: int) -> int:
        return at

    def at_end(self, at: int) -> bool:
        """Whether the offset is the sound end of what was packed."""
        return self._ended and not self._notes and at >= self._at + len(self._held)

    def tail(self) -> tuple[int, bytes] | None:
        """How long the text is and its last bytes; None while it is not whole."""
        at = self._at
        while not self._ended:
            self.read(at, CHUNK)
            at = self._at + len(self._held)
        end = self._at + len(self._held)
        return None if self._notes else (end, self.read(max(0, end - NEAR), NEAR))

    def trouble(self) -> str:
        return self._notes[0] if self._ended and self._notes else ""


def open_text(path: str) -> Text | str:
    """The text of a regular file; a sentence where it cannot be read."""
    opened = open_log(path)
    if isinstance(opened, Skipped):
        return opened.reason
    try:
        kind = compression(os.pread(opened.fileno(), _MAGIC, 0))
    except OSError:
        kind = ""
    return PackedText(opened, kind) if kind else Text(opened)


def _generation(fd: int) -> int:
    """The number by which ext4, xfs and btrfs tell apart files that had one inode after the other; 0 elsewhere."""
    number = array("i", [_NOT_TOLD, _NOT_TOLD])
    try:
        ioctl(fd, _GET_VERSION, number, True)
    except OSError:
        return _NOT_TOLD
    return number[0]


def print_of(data: bytes) -> str:
    """Bytes, short enough to be remembered."""
    return blake2b(data, digest_size=12).hexdigest()


def raw_print(text: Text) -> str:
    """By what a packed file is known that is not unpacked."""
    size = text.stat().st_size
    raw = os.pread(text.fd, NEAR, 0) + os.pread(text.fd, NEAR, max(0, size - NEAR))
    return print_of(b"%d " % size + raw)


def fits(text: Text, mark: FileMark, offset: int) -> bool:
    """Whether the text has what was read of the marked file, as far as that is remembered."""
    if mark.closed and mark.packed and not offset:
        return raw_print(text) == mark.head_hash
    if not text.packed and text.stat().st_size < offset:
        return False
    head = text.read(0, mark.head_size)
    if len(head) != mark.head_size or print_of(head) != mark.head_hash:
        return False
    near = text.read(offset - mark.near_size, mark.near_size)
    return len(near) == mark.near_size and print_of(near) == mark.near_hash
