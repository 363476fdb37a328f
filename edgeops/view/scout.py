"""Our end of a process that looks through files: asks one thing at a time, and starts another where one takes too long."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

# msgspec: a reply that is none of ours raises its error.
import msgspec

from edgeops.errors import SourceError
from edgeops.view import wire
from edgeops.view.seeker import Born, Role, nursery

if TYPE_CHECKING:
    from edgeops.view.file import File

PATIENCE_S = 4.0
_START_S = 30.0


class Nursery:
    """Where scouts come from. Make it before there are threads; close it last. roles: see `seeker.nursery`."""

    def __init__(self, roles: Callable[[], Mapping[str, Role]]) -> None:
        self._end = nursery(roles)
        self._end.settimeout(_START_S)
        self._lock = threading.Lock()

    def bear(self, role: str) -> tuple[socket.socket, int]:
        """A process in that role and the socket that leads to it. Raises SourceError."""
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            try:
                wire.send(self._end, role, theirs.fileno())
                born, _ = wire.receive(self._end, Born)
            except (OSError, EOFError, msgspec.MsgspecError) as error:
                ours.close()
                raise SourceError(
                    "Searching is not possible: its process ended; leave edgeops and start it again."
                ) from error
        return ours, born.pid

    def close(self) -> None:
        """End all that came from it."""
        self._end.close()


class Scout:
    """Asks for one thread at a time; others wait. A scout that was stopped begins anew with the next question."""

    def __init__(self, source: Nursery, role: str = "seek") -> None:
        self._source, self._role = source, role
        self._lock = threading.Lock()
        self._end: socket.socket | None = None
        self._pid = 0
        self._known: dict[int, int] = {}

    def ask(self, order: wire.Order, file: File | None = None, patience_s: float = PATIENCE_S) -> wire.Reply:
        """The answer. Raises SourceError when there is none in time, or the order cannot be carried out."""
        with self._lock:
            try:
                end = self._ready(file)
                end.settimeout(patience_s)
                wire.send(end, order)
                reply: wire.Reply = wire.receive(end, wire.Reply)[0]
            except TimeoutError as error:
                self._stop()
                raise SourceError(
                    f"That took longer than {patience_s:.0f} s for one piece of the file and was stopped; "
                    "use a simpler expression, without a repetition inside of another."
                ) from error
            except (OSError, EOFError, msgspec.MsgspecError) as error:
                self._stop()
                raise SourceError(
                    "The process that searches ended; try again, and free memory if it does again."
                ) from error
        if reply.failure:
            raise SourceError(reply.failure)
        return reply

    def _ready(self, file: File | None) -> socket.socket:
        if self._end is None:
            self._end, self._pid = self._source.bear(self._role)
            self._known.clear()
        if file is not None and self._known.get(id(file)) != file.fd:
            self._end.settimeout(_START_S)
            path = file.path.encode("utf-8", "replace").decode()
            wire.send(self._end, wire.Open(id(file), path), file.fd)
            wire.receive(self._end, wire.Reply)
            self._known[id(file)] = file.fd
        return self._end

    def _stop(self) -> None:
        if self._end is not None:
            self._end.close()
            self._end = None
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process."""
        self._stop()
