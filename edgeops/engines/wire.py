"""The language of parent and child: frames (four bytes of length, then JSON) that hold one message each.

Everything read from the other side is bounded and checked against a type; what does not fit raises EngineLost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

# msgspec: checks each message against its type while decoding it; see knowledge.starter.
import msgspec

from edgeops.engines.header import Header
from edgeops.engines.settings import EngineSettings
from edgeops.errors import EngineLost
from edgeops.records import (
    Choose,
    Chosen,
    Finished,
    Piece,
    Progress,
    Reply,
    Sampling,
    Say,
    Script,
    Write,
    Written,
)

MOST_DOWN = 8 << 20
"""Bytes of the largest message to the child (a script)."""
MOST_UP = 1 << 20
"""Bytes of the largest message from the child."""

Slot = Say | Choose | Write
Named = tuple[str, msgspec.Raw]
"""A record and the name of its class: msgspec tells dataclasses apart by name only if we write it."""

_SLOTS: dict[str, Any] = {kind.__name__: kind for kind in (Say, Choose, Write)}
_REPLIES: dict[str, Any] = {kind.__name__: kind for kind in (Progress, Piece, Chosen, Written, Finished)}


class Load(msgspec.Struct, frozen=True, tag=True):
    """Down: open the model. parent is the process that the child must not outlive."""

    settings: EngineSettings
    parent: int


class Run(msgspec.Struct, frozen=True, tag=True):
    """Down: fill a script."""

    run: int
    system: str
    user: str
    answer: tuple[Named, ...]
    sampling: Sampling


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Down: stop this run within a token."""

    run: int


class Alive(msgspec.Struct, frozen=True, tag=True):
    """Up: a sign of life while nothing is ready to be told (loading, scoring many options)."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Up: the model is open."""

    model: str
    context: int


class Told(msgspec.Struct, frozen=True, tag=True):
    """Up: a reply of a run."""

    run: int
    reply: Named


class Ended(msgspec.Struct, frozen=True, tag=True):
    """Up: a run was cancelled."""

    run: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Up: a run (0: the loading) could not be done; the child goes on. kind is a class of `edgeops.errors`."""

    run: int
    kind: str
    message: str
    needed: int = 0
    room: int = 0


class Look(msgspec.Struct, frozen=True, tag=True):
    """Down, to `probe`: read the header of a file."""

    path: str
    parent: int
    allow_unsandboxed: bool


class Seen(msgspec.Struct, frozen=True, tag=True):
    """Up, from `probe`: the header."""

    header: Header


Down = Load | Run | Cancel | Look
Up = Alive | Ready | Told | Ended | Failed | Seen

_encode = msgspec.json.Encoder().encode
_down = msgspec.json.Decoder(Down)
_up = msgspec.json.Decoder(Up)
_pair = msgspec.json.Decoder(Named)


def frame(message: Down | Up) -> bytes:
    """A message as bytes for the pipe."""
    body = _encode(message)
    return len(body).to_bytes(4, "big") + body


def down(body: bytes) -> Down:
    """A message for the child."""
    message: Down = _down.decode(body)
    return message


def up(body: bytes) -> Up:
    """A message from the child. Raises EngineLost when it is none."""
    try:
        message: Up = _up.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EngineLost(f"The model's process sent something that is no message ({error}); it was stopped.") from error
    return message


def run_of(number: int, script: Script) -> Run:
    """The message that carries a script."""
    return Run(number, script.system, script.user, tuple(named(slot) for slot in script.answer), script.sampling)


def script_of(message: Run) -> Script:
    """The script that a message carries."""
    answer = tuple(msgspec.json.decode(raw, type=_SLOTS[name]) for name, raw in message.answer)
    return Script(message.system, message.user, answer, message.sampling)


def named(record: Slot | Reply) -> Named:
    """A record with its class's name."""
    return type(record).__name__, msgspec.Raw(_encode(record))


def reply_of(pair: Named) -> Reply:
    """The reply that a pair carries. Raises EngineLost when it is none."""
    name, raw = pair
    if name not in _REPLIES:
        raise EngineLost(f"The model's process sent a reply of the unknown kind {name[:40]!r}; it was stopped.")
    try:
        reply: Reply = msgspec.json.decode(raw, type=_REPLIES[name])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EngineLost(f"The model's process sent a broken {name} ({error}); it was stopped.") from error
    return reply


class Frames:
    """Cuts a stream of bytes into frames. Raises EngineLost when one claims more than `most` bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that are complete once data has come."""
        self._held += data
        while len(self._held) >= 4:
            size = int.from_bytes(self._held[:4], "big")
            if size > self._most:
                raise EngineLost(f"The model's process announced a message of {size} bytes; it was stopped.")
            if len(self._held) < 4 + size:
                return
            body = bytes(self._held[4 : 4 + size])
            del self._held[: 4 + size]
            yield body


def replies(pairs: Iterable[Named]) -> list[Reply]:
    """The replies of a recording."""
    return [reply_of(pair) for pair in pairs]
