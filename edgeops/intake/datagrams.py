"""Syslog that comes one message a datagram, over UDP or a unix socket.

The kernel keeps few datagrams (some hundreds over UDP), so a thread of its own takes them from it, also while the reader is
busy. When it may keep no more either, senders over a unix socket wait; what comes over UDP is dropped by the kernel, and counted.
"""

from __future__ import annotations

import ctypes
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from struct import error as StructError
from struct import unpack

from edgeops.intake.account import resumed
from edgeops.intake.feed import Batch, Checkpoint, Loss, Standing
from edgeops.intake.framing import Run, merged, message_lines, runs
from edgeops.intake.sockets import Opened

# Called without giving up the interpreter, since it never waits: whoever gives it up for each message while the reader is
# busy gets it back 200 times a second, so that all that came between would be dropped.
_RECEIVE = ctypes.PyDLL(None).recv
_RECEIVE.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_RECEIVE.restype = ctypes.c_ssize_t
# By the first, the true size of a longer datagram is told.
_FLAGS = socket.MSG_TRUNC | socket.MSG_DONTWAIT
_LARGEST = 1 << 18
_AT_ONCE = 256
_KERNEL_ROOM = 8 << 20
_SO_RCVBUFFORCE = 33
_SO_MEMINFO = 55
_DROPS = 8
_TELL_S = 60.0


class Datagrams:
    """Follows a socket of datagrams, which it closes at last. room: bytes that may wait for the reader; max_line in bytes."""

    def __init__(
        self,
        opened: Opened,
        checkpoint: Checkpoint,
        *,
        max_line: int = 65536,
        room: int = 16 << 20,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._opened, self._socket = opened, opened.socket
        self._account = resumed(checkpoint)
        self._max, self._room, self._clock = max_line, room, clock
        self._waiting: deque[tuple[bytes, int]] = deque()
        self._bytes = 0
        self._ready: deque[Run] = deque()
        self._guard = threading.Condition()
        self._closed = False
        self._dropped, self._untold, self._told_at = 0, 0, float("-inf")
        self._notes: list[str] = []
        _enlarge(self._socket)
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._receive, name=str(opened.address), daemon=True)
        self._thread.start()

    def poll(self, most: int) -> Iterator[Batch]:
        """The messages that have come, at most so many bytes of them (at least one)."""
        if not self._ready and not self._closed:
            self._account_drops()
            self._ready.extend(self._lines(self._taken(most)))
        while self._ready:
            yield self._account.batch(self._ready.popleft())
        if self._account.owing:
            yield self._account.settled()

    def descriptors(self) -> Sequence[int]:
        """What becomes readable when messages wait."""
        return [] if self._closed else [self._bell]

    def standings(self) -> Sequence[Standing]:
        """What waits, and how many messages were lost since the start."""
        now = self._account.checkpoint
        trouble = f"{self._dropped:,} messages came faster than they could be taken and are lost." * bool(self._dropped)
        return [Standing(now.source, now.stream, now.offset, self._bytes, trouble)]

    def notes(self) -> Sequence[str]:
        """That messages were lost, at most once a minute."""
        if self._untold and self._clock() - self._told_at >= _TELL_S:
            self._notes.append(
                f"{self._account.checkpoint.source}: {self._untold:,} messages came faster than they could be taken and are "
                "lost; send over tcp or a unix socket, where senders wait instead."
            )
            self._untold, self._told_at = 0, self._clock()
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Listen no more. What waits and was not polled is lost."""
        if self._closed:
            return
        with self._guard:
            self._closed = True
            self._guard.notify()
        os.eventfd_write(self._stop, 1)
        self._thread.join()
        self._opened.close()
        os.close(self._bell)
        os.close(self._stop)

    def _receive(self) -> None:
        """The life of the thread: from the kernel to what waits, while there is room."""
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        poller.register(self._stop, select.POLLIN)
        room = ctypes.create_string_buffer(_LARGEST)
        buffer, at = memoryview(room).cast("B"), ctypes.addressof(room)
        while not self._closed:
            poller.poll()
            came = _drained(self._socket.fileno(), buffer, at)
            with self._guard:
                if came and not self._waiting:
                    os.eventfd_write(self._bell, 1)
                self._waiting += came
                self._bytes += sum(len(message) for message, _ in came)
                while self._bytes >= self._room and not self._closed:
                    self._guard.wait()

    def _taken(self, most: int) -> list[tuple[bytes, int]]:
        taken: list[tuple[bytes, int]] = []
        with self._guard:
            while self._waiting and (most > 0 or not taken):
                taken.append(self._waiting.popleft())
                size = len(taken[-1][0])
                most -= size
                self._bytes -= size
            if not self._waiting:
                with suppress(BlockingIOError):
                    os.eventfd_read(self._bell)
            self._guard.notify()
        return taken

    def _lines(self, messages: list[tuple[bytes, int]]) -> Iterator[Run]:
        """The messages' lines; one of several lines stays together."""
        lines: list[bytes] = []
        parts: list[Run] = []
        for message, cut in messages:
            lines += message_lines(message)
            if cut and lines:
                parts += runs(lines[:-1], self._max)
                head = lines[-1][: self._max]
                parts.append(Run([head], len(lines[-1]) - len(head) + cut))
                lines = []
        parts += runs(lines, self._max)
        return merged(parts)

    def _account_drops(self) -> None:
        """A gap for what the kernel has dropped since it was asked last; how large a message was it does not say."""
        dropped = _drops(self._socket)
        if dropped > self._dropped:
            self._account.owe(Loss.OVERRUN, dropped - self._dropped, None)
            self._untold += dropped - self._dropped
            self._dropped = dropped


def _drained(descriptor: int, buffer: memoryview, at: int) -> list[tuple[bytes, int]]:
    """Datagrams that are there, each with how many of its bytes were too many for the buffer, which is at this address."""
    came: list[tuple[bytes, int]] = []
    while len(came) < _AT_ONCE and (size := _RECEIVE(descriptor, at, len(buffer), _FLAGS)) >= 0:
        came.append((bytes(buffer[:size]), max(0, size - len(buffer))))
    return came


def _enlarge(source: socket.socket) -> None:
    """Let the kernel keep more; beyond net.core.rmem_max for an administrator only."""
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):
        with suppress(OSError):
            source.setsockopt(socket.SOL_SOCKET, option, _KERNEL_ROOM)
            return


def _drops(source: socket.socket) -> int:
    """How many datagrams the kernel has dropped at this socket; 0 where it does not tell. The count that SO_RXQ_OVFL sends along,
    but known without waiting for the next datagram."""
    try:
        return int(unpack("9I", source.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 36))[_DROPS])
    except (OSError, StructError):
        return 0
