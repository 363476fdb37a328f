"""Standard input, or another descriptor that bytes come out of, followed to its end.

Nothing of a pipe can be read twice: what was taken and not committed before a kill is lost, as it is for any reader of a pipe.
"""

from __future__ import annotations

import fcntl
import os
import select
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from struct import pack, unpack
from termios import FIONREAD

from edgeops.intake.account import Account
from edgeops.intake.feed import Batch, Checkpoint, Standing
from edgeops.intake.framing import Lines, Run

_MIB = 1 << 20


class Pipe:
    """Follows an open descriptor, which stays the caller's to close. max_line in bytes, idle_s in seconds.

    A last line without a newline is given when nothing came for idle_s, or at the end. Of a FIFO that writers open one after
    the other, hand over a descriptor opened for reading and writing: it never ends.
    """

    def __init__(
        self,
        descriptor: int,
        checkpoint: Checkpoint,
        *,
        max_line: int = 65536,
        idle_s: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fd, self._clock, self._idle_s = descriptor, clock, idle_s
        self._account = Account(checkpoint)
        self._lines = Lines(max_line)
        self._ready: deque[Run] = deque()
        self._heard = clock()
        self._ended = self._closed = False
        self._trouble = ""
        self._notes: list[str] = []
        enlarge(descriptor)

    def poll(self, most: int) -> Iterator[Batch]:
        """What is new, at most so many bytes; at the end a batch whose checkpoint is retired."""
        if self._closed:
            return
        if not self._ready:
            self._take(most)
        while self._ready:
            yield self._account.batch(self._ready.popleft())
        if self._ended and not self._account.checkpoint.retired:
            last = self._account.closed()
            lines = last.checkpoint.lines + self._account.open
            name = "Standard input" if last.checkpoint.source == "-" else last.checkpoint.source
            self._notes.append(
                self._trouble or f"{name} has ended after {lines:,} {'line' if lines == 1 else 'lines'}."
            )
            yield last

    def descriptors(self) -> Sequence[int]:
        """The descriptor, until all of it was given."""
        return [] if self._closed or self._account.checkpoint.retired else [self._fd]

    def standings(self) -> Sequence[Standing]:
        """How far it was read, and what waits in the pipe and for a newline."""
        now = self._account.checkpoint
        lag = 0 if self._ended or self._closed else in_pipe(self._fd)
        return [Standing(now.source, now.stream, now.offset, lag + self._lines.waiting, self._trouble)]

    def notes(self) -> Sequence[str]:
        """That the input ended, once."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Read no more."""
        self._closed = True

    def _take(self, most: int) -> None:
        pieces: list[bytes] = []
        while most > 0 and not self._ended and (data := self._read(most)):
            pieces.append(data)
            most -= len(data)
        now = self._clock()
        if pieces:
            self._heard = now
            self._ready.extend(self._lines.feed(b"".join(pieces)))
        if (self._ended or now - self._heard >= self._idle_s) and (rest := self._lines.flush()):
            self._ready.append(rest)

    def _read(self, most: int) -> bytes:
        """What can be had at once. The descriptor's flags are shared with other programs, so it is asked before instead."""
        data = b""
        try:
            if not readable(self._fd):
                return b""
            data = os.read(self._fd, min(most, _MIB))
        except BlockingIOError:
            return b""
        except OSError as error:
            self._trouble = f"It cannot be read any more ({error.strerror}); start the program before the pipe again."
        self._ended = not data
        return data


def readable(descriptor: int) -> bool:
    """Whether a read would return at once, were it with the end."""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(0))


def in_pipe(descriptor: int) -> int:
    """How many bytes wait in a pipe; 0 where that cannot be told."""
    try:
        return int(unpack("i", fcntl.ioctl(descriptor, FIONREAD, pack("i", 0)))[0])
    except OSError:
        return 0


def enlarge(descriptor: int) -> None:
    """Let a pipe hold a mebibyte instead of 64 KiB, where it may."""
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _MIB)
