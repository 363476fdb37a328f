"""Which incident is explained next: the gravest first, each once however often it grew, and no more than fit."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count
from threading import Condition

from edgeops.records import Incident

MOST = 100


@dataclass(slots=True)
class _Wish:
    incident: Incident
    rank: float
    place: int


@dataclass
class Wishes:
    """Explanations that are wanted. Safe for one thread that puts and another that takes."""

    most: int = MOST
    _wishes: dict[str, _Wish] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)
    _changed: Condition = field(default_factory=Condition)

    def put(self, incident: Incident, rank: float) -> list[str]:
        """Want an explanation; the ids of those that had to be given up for want of room, the least grave."""
        with self._changed:
            before = self._wishes.get(incident.id)
            place = before.place if before else next(self._numbers)
            self._wishes[incident.id] = _Wish(incident, rank, place)
            over = len(self._wishes) - self.most
            lost = heapq.nsmallest(
                over, self._wishes, key=lambda name: (self._wishes[name].rank, -self._wishes[name].place)
            )
            for name in lost if over > 0 else ():
                del self._wishes[name]
            self._changed.notify()
            return lost if over > 0 else []

    def take(self, timeout: float) -> Incident | None:
        """The gravest, of equal ones the oldest; None when none came in so many seconds."""
        with self._changed:
            if not self._wishes and not self._changed.wait_for(lambda: bool(self._wishes), timeout):
                return None
            name = min(self._wishes, key=lambda one: (-self._wishes[one].rank, self._wishes[one].place))
            return self._wishes.pop(name).incident

    def __len__(self) -> int:
        return len(self._wishes)
