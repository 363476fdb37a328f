"""The processes that look through files, so that the screen never waits and an expression that never ends can be stopped.

They are forked from one that was forked first, before there were threads: a copy of a process with threads might wait for
ever for a lock that one of them held.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from datetime import tzinfo

# msgspec: a frame that is no frame of ours raises its error.
import msgspec

from edgeops.errors import EdgeopsError
from edgeops.hooks import Format
from edgeops.view import wire
from edgeops.view.file import File, Turn
from edgeops.view.lens import Lens
from edgeops.view.query import needle
from edgeops.view.scan import Scan, tally

_PR_SET_PDEATHSIG = 1
_NICE = 5


class Born(msgspec.Struct):
    """The number of a process that was started."""

    pid: int


def nursery(formats: Sequence[Format], zone: tzinfo) -> socket.socket:
    """Fork the process that others are forked from; it takes a socket for each and ends when ours is closed."""
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        theirs.close()
        return ours
    try:
        ours.close()
        _alone(parent)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        _bear(theirs, formats, zone)
    finally:
        os._exit(0)


def _alone(parent: int) -> None:
    """Die with the parent, hear nothing of the terminal and say nothing to it."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGWINCH, signal.SIGTSTP, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN if one is not signal.SIGTERM else signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)


def _bear(mother: socket.socket, formats: Sequence[Format], zone: tzinfo) -> None:
    with suppress(EOFError, OSError, msgspec.MsgspecError):
        while True:
            yields, fd = wire.receive(mother, bool)
            end = socket.socket(fileno=fd)
            parent = os.getpid()
            pid = os.fork()
            if not pid:
                mother.close()
                _alone(parent)
                os.nice(_NICE * yields)
                serve(end, formats, zone)
                os._exit(0)
            end.close()
            wire.send(mother, Born(pid))


def serve(end: socket.socket, formats: Sequence[Format], zone: tzinfo) -> None:
    """Answer one order after the other until the other end is closed."""
    desk = _Desk(formats, zone)
    with suppress(EOFError, OSError, msgspec.MsgspecError):
        while True:
            order, fd = wire.receive(end, wire.Order)
            try:
                reply = desk.do(order, fd)
            except EdgeopsError as error:
                reply = wire.Reply(failure=str(error))
            wire.send(end, reply)


class _Desk:
    """The files that are known to one of these processes."""

    def __init__(self, formats: Sequence[Format], zone: tzinfo) -> None:
        self._formats, self._zone = formats, zone
        self._files: dict[int, tuple[File, Lens]] = {}

    def do(self, order: wire.Order, fd: int) -> wire.Reply:
        match order:
            case wire.Open(key, path):
                if old := self._files.pop(key, None):
                    old[0].close()
                file = File(path, fd)
                self._files[key] = file, Lens(file, self._formats, self._zone)
                return wire.Reply()
            case wire.Slabs(key, query, numbers):
                scan = Scan(*self._fresh(key), query)
                return wire.Reply(slabs=[scan.slab(number).tobytes() for number in numbers])
            case wire.Next(key, query, at, limit, back):
                scan = Scan(*self._fresh(key), query)
                return wire.Reply(place=scan.previous(at, limit) if back else scan.next(at, limit))
            case wire.Tallies(key, numbers, patterns):
                file, lens = self._fresh(key)
                return wire.Reply(tallies=[tally(file, lens, number, patterns) for number in numbers])
            case wire.Spans(phrase, lines):
                one = needle(phrase)
                return wire.Reply(spans=[one.spans(line) for line in lines])

    def _fresh(self, key: int) -> tuple[File, Lens]:
        file, lens = self._files[key]
        before = file.size
        if file.look() is Turn.SHRANK or (not before and file.size):
            lens.learn()
        return file, lens
