"""Explains incidents in the background: at once with what is known, then by the model when the host can spare it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Thread
from typing import Protocol

from edgeops.errors import EdgeopsError
from edgeops.records import Explanation, Incident, Tier
from edgeops.watch.queue import Wishes

PATIENCE_S = 1.0
STRIKES = 3
"""After so many failures in a row the model is left alone for REST_S."""
REST_S = 600.0
RETRY_S = 5.0
"""After so long it is tried again where the store refused."""
IDLE_S = 120.0
"""After so long without work the model's process is let go."""


@dataclass(frozen=True, slots=True)
class Explained:
    """An incident with its answer; final when no better one will follow by itself."""

    incident: Incident
    answer: Explanation
    final: bool


class Desk(Protocol):
    """What the explaining thread works with; made and used in that thread alone."""

    def answer(self, incident: Incident, *, model: bool) -> Explanation:
        """An explanation, without the model or with it."""

    def keep(self, incident: Incident, answer: Explanation, *, final: bool) -> None:
        """Store it. Raises StoreError."""

    def rest(self) -> None:
        """Let the model's process go until it is needed again."""


Opened = Callable[[], AbstractContextManager[Desk]]
Pause = Callable[[], str]


@dataclass
class Explainer:
    """A thread with two queues: of what was never looked at, and of what waits for the model.

    opened gives the desk; pause a sentence while the model must not work (empty: it may); done gets each answer,
    shed the ids of incidents that were given up for graver ones.
    """

    opened: Opened
    clock: Callable[[], float]
    pause: Pause = lambda: ""
    model: bool = True
    quick: Wishes = field(default_factory=Wishes)
    slow: Wishes = field(default_factory=Wishes)
    done: SimpleQueue[Explained] = field(default_factory=SimpleQueue)
    shed: SimpleQueue[str] = field(default_factory=SimpleQueue)
    trouble: str = ""
    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _strikes: int = 0
    _resting: float = 0.0
    _owed: set[str] = field(default_factory=set)

    def start(self) -> None:
        """Begin to work."""
        self._thread = Thread(target=self._run, name="explainer", daemon=True)
        self._thread.start()

    def put(self, incident: Incident) -> None:
        """Want an explanation."""
        self._owed.add(incident.id)
        self._give_up(self.quick.put(incident, rank_of(incident)))

    def _give_up(self, names: list[str]) -> None:
        for name in names:
            self._owed.discard(name)
            self.shed.put(name)

    @property
    def waiting(self) -> int:
        """How many incidents wait, or are being explained."""
        return len(self._owed)

    @property
    def paused(self) -> str:
        """Why the model does not work now; empty when it may."""
        if self._resting > self.clock():
            return f"The model failed {STRIKES} times in a row; known faults are explained without it."
        return self.pause()

    @property
    def stuck(self) -> str:
        """Why it would be vain to wait for what is left; empty when it would not."""
        return self.trouble or (self.paused if len(self.slow) >= len(self._owed) else "")

    def stop(self, timeout: float) -> None:
        """End soon; an answer on its way is given up, and its incident waits in the store."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            try:
                with self.opened() as desk:
                    return self._work(desk)
            except EdgeopsError as error:
                self.trouble = f"Incidents are found but not explained: {error}"
            if self._stop.wait(RETRY_S):
                return

    def _work(self, desk: Desk) -> None:
        idle_since = self.clock()
        while not self._stop.is_set():
            if incident := self.quick.take(0.0 if self.slow else PATIENCE_S):
                self._try(self._first, desk, incident)
            elif self.model and not self.paused and (incident := self.slow.take(0.0)):
                self._try(self._second, desk, incident)
            else:
                if self.slow:
                    self._stop.wait(PATIENCE_S)
                if self.clock() - idle_since > IDLE_S:
                    desk.rest()
                continue
            idle_since = self.clock()

    def _try(self, step: Callable[[Desk, Incident], None], desk: Desk, incident: Incident) -> None:
        try:
            step(desk, incident)
        except EdgeopsError:
            # Behind all others, so that one that cannot be explained keeps nobody waiting.
            self._give_up(self.quick.put(incident, 0.0))
            raise
        self.trouble = ""

    def _first(self, desk: Desk, incident: Incident) -> None:
        answer = desk.answer(incident, model=False)
        better = self.model and answer.tier is Tier.INSUFFICIENT
        self._tell(desk, incident, answer, final=not better)
        if better:
            self._give_up(self.slow.put(incident, rank_of(incident)))

    def _second(self, desk: Desk, incident: Incident) -> None:
        answer = desk.answer(incident, model=True)
        if answer.model or answer.tier is not Tier.INSUFFICIENT:
            self._strikes = 0
        elif answer.notes:
            self._strikes += 1
            if self._strikes >= STRIKES:
                self._strikes, self._resting = 0, self.clock() + REST_S
        self._tell(desk, incident, answer, final=True)

    def _tell(self, desk: Desk, incident: Incident, answer: Explanation, *, final: bool) -> None:
        desk.keep(incident, answer, final=final)
        self.done.put(Explained(incident, answer, final))
        if final:
            self._owed.discard(incident.id)


def rank_of(incident: Incident) -> float:
    """How grave an incident is: its strongest signal, then its root's severity."""
    root = incident.signals[incident.root]
    return max(signal.score for signal in incident.signals) + root.event.severity.value / 100
