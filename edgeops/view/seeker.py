"""The processes that look through files, so that the screen never waits and an expression that never ends can be stopped.

They are forked from one that was forked first, before there were threads: a copy of a process with threads might wait for
ever for a lock that one of them held.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import tzinfo

# msgspec: a frame that is no frame of ours raises its error.
import msgspec

from edgeops.hooks import Format
from edgeops.view import wire

_PR_SET_PDEATHSIG = 1
_NICE = 5


class Born(msgspec.Struct):
    """The number of a process that was started."""

    pid: int


Role = Callable[[socket.socket], None]
"""What a process is for: it is given the socket that leads to whoever wanted it."""


def nursery(roles: Callable[[], Mapping[str, Role]]) -> socket.socket:
    """Fork the process that others are forked from; it takes a socket and a role for each, and ends when ours is closed.

    roles is called there: whatever must be loaded is loaded once, and not here.
    """
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
        _bear(theirs, roles())
    finally:
        os._exit(0)


def seeking(formats: Sequence[Format], zone: tzinfo) -> dict[str, Role]:
    """The roles of those that look through files: `seek` for what a person waits for, `toil` for the rest."""
    # Whoever only wants scouts need not wait for what reads logs to be loaded.
    from edgeops.view.desk import serve

    def yielding(end: socket.socket) -> None:
        os.nice(_NICE)
        serve(end, formats, zone)

    return {"seek": lambda end: serve(end, formats, zone), "toil": yielding}


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


def _bear(mother: socket.socket, roles: Mapping[str, Role]) -> None:
    with suppress(EOFError, OSError, msgspec.MsgspecError):
        while True:
            role, fd = wire.receive(mother, str)
            end = socket.socket(fileno=fd)
            parent = os.getpid()
            pid = os.fork()
            if not pid:
                mother.close()
                _alone(parent)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                roles[role](end)
                os._exit(0)
            end.close()
            wire.send(mother, Born(pid))
