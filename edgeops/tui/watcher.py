"""The watch that the app runs itself, in a process of its own: what it is told, what it tells, and how it ends with the app."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

# msgspec: frames are its records; what is none of ours raises its error.
import msgspec

from edgeops.errors import EdgeopsError, SourceError, StoreError
from edgeops.view import wire

if TYPE_CHECKING:
    from edgeops.session import Session
    from edgeops.watch.explaining import Explained
    from edgeops.watch.service import Service

Make = Callable[[Callable[[str], None]], "Session"]
RESTS = "You paused the watch."
_BEAT_S = 1.0


class Begin(msgspec.Struct, tag=True):
    """Follow these, explain in this language. from_end: pass over what files hold now that were never read. Paths are as the disk has them."""

    paths: list[bytes]
    lang: str
    journal: bool = False
    from_end: bool = False
    model: bool = True


class Rest(msgspec.Struct, tag=True):
    """Read nothing for now and let the model rest, or go on."""

    paused: bool


class Pulse(msgspec.Struct):
    """How it does: lines since its beginning and a second, what waits to be explained, why the model waits, what cannot be."""

    lines: int = 0
    rate: float = 0.0
    waiting: int = 0
    engine: str = ""
    trouble: str = ""
    paused: bool = False


class Frame(msgspec.Struct):
    """One thing that it tells: a sentence, or its pulse."""

    told: str = ""
    pulse: Pulse | None = None


@dataclass
class Helm:
    """What the app wants of the watch, heard in a thread. wake makes the watch look here soon."""

    end: socket.socket
    paused: bool = False
    ended: bool = False
    rung: Event = field(default_factory=Event)
    wake: Callable[[], None] = lambda: None
    _mouth: Lock = field(default_factory=Lock)

    def listen(self) -> None:
        """Hear orders until the app closes its end, which is the last of them."""
        with suppress(EOFError, OSError, msgspec.MsgspecError):
            while True:
                self.paused = wire.receive(self.end, Rest)[0].paused
                self._ring()
        self.ended = True
        self._ring()

    def _ring(self) -> None:
        self.rung.set()
        self.wake()

    def tell(self, frame: Frame) -> None:
        """Tell the app; when it is gone nobody listens, and the next order is the end."""
        frame.told = frame.told.encode("utf-8", "replace").decode()
        with suppress(OSError), self._mouth:
            wire.send(self.end, frame)

    def wait(self, seconds: float) -> None:
        """Until an order comes, at most so long."""
        self.rung.wait(seconds)
        self.rung.clear()


def serve(end: socket.socket, make: Make) -> None:
    """The process: one watch, until the app closes its end of the socket."""
    with suppress(EOFError, OSError, msgspec.MsgspecError):
        begin: Begin = wire.receive(end, Begin)[0]
        helm = Helm(end)
        Thread(target=helm.listen, name="helm", daemon=True).start()
        try:
            watch(make(lambda text: helm.tell(Frame(told=text))), begin, helm)
        except EdgeopsError as error:
            helm.tell(Frame(told=str(error)))


def watch(session: Session, begin: Begin, helm: Helm) -> None:
    """Watch until the helm says that it is the end. Raises StoreError where another watches for this store, and the feeds' errors."""
    # Nothing of this is wanted by the processes that look through files.
    from edgeops.watch import host
    from edgeops.watch.following import Targets, feeds
    from edgeops.watch.hand import hands_of
    from edgeops.watch.service import Ears, running

    if not session.keep:
        raise StoreError("Nothing is watched: --readonly was given, and a watch keeps what it reads in the store.")
    settings = session.config.watch
    hands = hands_of(settings, session.environ, session.say)
    handed: set[str] = set()

    def explained(one: Explained) -> None:
        if one.final and one.incident.id not in handed:
            handed.add(one.incident.id)
            for hand in hands:
                hand.give(one.answer)

    # Incidents and gaps are in the store, where the app sees them.
    ears = Ears(news=lambda incidents: None, explained=explained, lost=lambda gaps: None, say=session.say)
    targets = Targets([os.fsdecode(path) for path in begin.paths], journal=begin.journal, from_end=begin.from_end)
    host.give_way(settings.nice)
    with running(
        session, feeds(targets, settings, _no_stdin), ears, time.monotonic, explain=True, model=begin.model,
        lang=begin.lang, pause=lambda: RESTS if helm.paused else host.pause(),
    ) as service:  # fmt: skip
        helm.wake = service.loop.wake
        _follow(service, helm)
        service.loop.end(whole=False)
    for hand in hands:
        hand.close()


def _no_stdin() -> int:
    raise SourceError("The full screen reads keys from standard input, so it cannot follow a log there; name a file.")


def _follow(service: Service, helm: Helm) -> None:
    told, before = float("-inf"), 0
    while not helm.ended:
        if helm.paused:
            service.hear()
            helm.wait(_BEAT_S)
        else:
            service.step()
        now = time.monotonic()
        if now - told >= _BEAT_S:
            lines = service.loop.counters.lines
            helm.tell(Frame(pulse=_pulse(service, helm, (lines - before) / (now - told))))
            told, before = now, lines


def _pulse(service: Service, helm: Helm, rate: float) -> Pulse:
    explainer = service.explainer
    return Pulse(
        lines=service.loop.counters.lines,
        rate=rate,
        waiting=explainer.waiting if explainer else 0,
        engine=explainer.paused if explainer else "",
        trouble=service.loop.blocked or (explainer.trouble if explainer else ""),
        paused=helm.paused,
    )
