"""Reading for incidents in a process of its own, so that keys are answered meanwhile: what it is asked and what it tells."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

# msgspec: frames are its records; records of ours go through it unchanged.
import msgspec

from edgeops.assistant.tour import Headway
from edgeops.errors import EdgeopsError
from edgeops.records import Explanation, Reading, Tier
from edgeops.tui import watcher
from edgeops.view import wire
from edgeops.view.seeker import Role, seeking

if TYPE_CHECKING:
    from edgeops.session import Session
    from edgeops.view.scout import Nursery

MOST_ANSWERED = 200
_OFTEN_S = 0.1
_NICE = 5


class Wanted(msgspec.Struct):
    """What to read, and in which language to answer."""

    arguments: list[str]
    lang: str


class Frame(msgspec.Struct):
    """One thing that it tells: a sentence, how far it is, or what it found, with what is known of it without a model."""

    told: str = ""
    headway: Headway | None = None
    reading: Reading | None = None
    answers: tuple[Explanation, ...] = ()


def roles(make: Callable[[Callable[[str], None]], Session]) -> Mapping[str, Role]:
    """The processes of the app: those that look through files, and the one that reads for incidents."""
    session = make(lambda text: None)
    return {
        **seeking(session.formats, session.zone),
        "read": lambda end: _read(end, session),
        "watch": lambda end: watcher.serve(end, make),
    }


def _read(end: socket.socket, session: Session) -> None:
    """Serve one order."""
    os.nice(_NICE)
    with suppress(EOFError, OSError):
        wanted = msgspec.json.decode(wire.receive(end, bytes)[0], type=Wanted)
        session.say = lambda text: _tell(end, Frame(told=text))
        try:
            _do(end, session, wanted)
        except EdgeopsError as error:
            _tell(end, Frame(told=str(error)))


def _do(end: socket.socket, session: Session, wanted: Wanted) -> None:
    told = 0.0

    def heard(headway: Headway) -> None:
        nonlocal told
        if time.monotonic() - told > _OFTEN_S:
            told = time.monotonic()
            _tell(end, Frame(headway=headway))

    reading = session.read(wanted.arguments, progress=heard)
    answers = tuple(session.explain(reading.incidents[:MOST_ANSWERED], wanted.lang, "known"))
    _tell(end, Frame(reading=reading, answers=answers))
    # What states itself is remembered as `edgeops explain` would; where the model may know more, it is asked first.
    pairs = zip(reading.incidents, answers, strict=False)
    session.remember([(incident, answer) for incident, answer in pairs if answer.tier is Tier.KNOWN])


def _tell(end: socket.socket, frame: Any) -> None:
    try:
        data = msgspec.json.encode(frame)
    except UnicodeEncodeError:  # a name that is no UTF-8 loses the bytes that are none
        data = json.dumps(msgspec.to_builtins(frame), ensure_ascii=False).encode("utf-8", "replace")
    wire.send(end, data)


def told(nursery: Nursery, arguments: Sequence[str], lang: str, stopped: Callable[[], bool]) -> Iterator[Frame]:
    """What reading these gives, as it comes; it is ended when it is stopped. Raises SourceError."""
    end, pid = nursery.bear("read")
    with end, suppress(EOFError, OSError, msgspec.MsgspecError):
        try:
            _tell(end, Wanted(list(arguments), lang))
            while not stopped():
                if select.select([end], [], [], _OFTEN_S)[0]:
                    yield msgspec.json.decode(wire.receive(end, bytes)[0], type=Frame)
        finally:
            if stopped():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
