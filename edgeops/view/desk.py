"""What a process does that looks through files: it answers one order after the other."""

from __future__ import annotations

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
            case wire.Tallies(key, numbers, most, patterns):
                file, lens = self._fresh(key)
                return wire.Reply(tallies=[tally(file, lens, number, most, patterns) for number in numbers])
            case wire.Spans(phrase, lines):
                one = needle(phrase)
                return wire.Reply(spans=[one.spans(line) for line in lines])

    def _fresh(self, key: int) -> tuple[File, Lens]:
        file, lens = self._files[key]
        before = file.size
        if file.look() is Turn.SHRANK or (not before and file.size):
            lens.learn()
        return file, lens
