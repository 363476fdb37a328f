"""What the process that looks through files is asked and what it answers; files travel as descriptors beside the words."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any

# msgspec: frames are its records, checked as they are read.
import msgspec

from edgeops.view.query import Phrase, Query
from edgeops.view.tally import Tally

_HEAD = struct.Struct("<I")
_MOST = 64 << 20


class Open(msgspec.Struct, tag=True):
    """Take the descriptor that comes along as that of this file."""

    key: int
    path: str


class Slabs(msgspec.Struct, tag=True):
    """Which lines of these slabs are wanted."""

    key: int
    query: Query
    numbers: list[int]


class Next(msgspec.Struct, tag=True):
    """The first wanted line from at on, or the last before it, up to limit."""

    key: int
    query: Query
    at: int
    limit: int
    back: bool = False


class Tallies(msgspec.Struct, tag=True):
    """What these slabs hold; the time of each in so many stretches at most."""

    key: int
    numbers: list[int]
    stretches: int = 16
    patterns: bool = False


class Spans(msgspec.Struct, tag=True):
    """Where a phrase is found in each of these lines."""

    phrase: Phrase
    lines: list[bytes]


Order = Open | Slabs | Next | Tallies | Spans


class Reply(msgspec.Struct):
    """The answer: what was asked for, or a sentence that says why there is none."""

    slabs: list[bytes] = []
    place: int = -1
    tallies: list[Tally] = []
    spans: list[list[tuple[int, int]]] = []
    failure: str = ""


def send(end: socket.socket, frame: Any, fd: int = -1) -> None:
    """One frame, with a descriptor if one goes along. Raises OSError."""
    data = msgspec.msgpack.encode(frame)
    if fd >= 0:
        socket.send_fds(end, [_HEAD.pack(len(data))], [fd])
    else:
        end.sendall(_HEAD.pack(len(data)))
    end.sendall(data)


def receive(end: socket.socket, kind: Any) -> tuple[Any, int]:
    """The next frame, and the descriptor that came along or -1. Raises EOFError at the end, TimeoutError, OSError."""
    head, fds, _, _ = socket.recv_fds(end, _HEAD.size, 1)
    fd = fds[0] if fds else -1
    try:
        head += _exactly(end, _HEAD.size - len(head)) if head else b""
        if not head:
            raise EOFError
        (size,) = _HEAD.unpack(head)
        if size > _MOST:
            raise EOFError
        return msgspec.msgpack.decode(_exactly(end, size), type=kind), fd
    except (EOFError, OSError, msgspec.MsgspecError):
        if fd >= 0:
            os.close(fd)
        raise


def _exactly(end: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = end.recv(min(size - len(data), 1 << 20))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)
