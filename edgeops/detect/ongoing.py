"""Incidents that go on: the signals of late are grouped again whenever there are new ones, and an incident keeps its id while it grows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from edgeops.detect.incidents import group
from edgeops.detect.recurrence import Place, place_of
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Incident, Signal

MOST_SIGNALS = 2_000
"""So many signals of late are held; grouping them takes about 0.2 s."""

Key = tuple[str, int, str, str, str]
"""What a signal is known by while it grows: its source, where and when it began, its kind and template."""


def key_of(signal: Signal) -> Key:
    """The signal's key."""
    event = signal.event
    return event.line.source, event.line.offset, str(event.time or ""), signal.kind.value, signal.template


class Ongoing:
    """Give it signals by `hear`; `incidents` says what became of them.

    known: signals from before, each with its incident's id (empty: it was never looked at).
    """

    def __init__(self, rules: RuleBook, gap: timedelta, known: Iterable[tuple[Signal, str]] = ()) -> None:
        self._rules, self._gap = rules, gap
        self._signals: dict[Key, Signal] = {}
        self._owner: dict[Key, str] = {}
        self._places: dict[Place, str] = {}
        self._told: dict[str, Incident] = {}
        self._new = 0
        self._adopted: list[Signal] = []
        fresh = []
        for signal, incident in known:
            if not incident:
                fresh.append(signal)
                continue
            self.hear([signal])
            self._owner[key_of(signal)] = incident
        self.incidents()  # which were told before
        self.hear(fresh)

    def hear(self, signals: Sequence[Signal]) -> None:
        """Signals that began or went on."""
        for signal in signals:
            key = key_of(signal)
            # The one heard last comes last, whatever it was before.
            self._signals.pop(key, None)
            self._signals[key] = signal
        self._new += len(signals)

    @property
    def is_stale(self) -> bool:
        """Whether something was heard that no incident was asked about."""
        return self._new > 0

    def incidents(self, rare: Sequence[Event] = ()) -> list[Incident]:
        """The incidents that are new or changed since this was asked last, worst first."""
        self._new = 0
        self._thin()
        changed, claimed = [], set[str]()
        for found in group(self._signals.values(), rare, self._rules, self._gap):
            keys = [key_of(signal) for signal in found.signals]
            self._adopt(keys, found.signals)
            name = next((name for name in self._names(found, keys) if name not in claimed), found.id)
            claimed.add(name)
            self._owner |= dict.fromkeys(keys, name)
            self._places[place_of(found)] = name
            incident = replace(found, id=name)
            if _differ(self._told.get(name), incident):
                self._told[name] = incident
                changed.append(incident)
        return changed

    def _adopt(self, keys: Sequence[Key], signals: Sequence[Signal]) -> None:
        """Keep what an incident took in of the rare lines: they will not be rare for ever."""
        for key, signal in zip(keys, signals, strict=True):
            if key not in self._signals:
                self._signals[key] = signal
                self._adopted.append(signal)

    def adopted(self) -> list[Signal]:
        """The signals that incidents took in by themselves since this was asked last."""
        adopted, self._adopted = self._adopted, []
        return adopted

    def _names(self, found: Incident, keys: Sequence[Key]) -> list[str]:
        """Which incident it may be: the one that most of its signals belong to, or one with this root in this place."""
        before = Counter(self._owner[key] for key in keys if key in self._owner)
        again = self._places.get(place_of(found))
        return [*(name for name, _ in before.most_common()), *([again] if again else [])]

    def settle(self, name: str) -> None:
        """An incident was resolved: what comes from now on is another one."""
        for key in [key for key, owner in self._owner.items() if owner == name]:
            self._signals.pop(key, None)
            del self._owner[key]
        self._places = {place: owner for place, owner in self._places.items() if owner != name}
        self._told.pop(name, None)

    def owner(self, signal: Signal) -> str:
        """The id of the incident that a signal belongs to; empty when to none."""
        return self._owner.get(key_of(signal), "")

    def _thin(self) -> None:
        """There are too many: those not heard of for longest are forgotten, and incidents of which nothing is left."""
        for key in list(self._signals)[: max(0, len(self._signals) - MOST_SIGNALS)]:
            del self._signals[key]
        if len(self._owner) > 4 * MOST_SIGNALS:
            self._owner = {key: name for key, name in self._owner.items() if key in self._signals}
            alive = set(self._owner.values())
            self._told = {name: incident for name, incident in self._told.items() if name in alive}
            self._places = {place: name for place, name in self._places.items() if name in alive}


def _differ(before: Incident | None, now: Incident) -> bool:
    """Whether an incident is another than it was told: a change of the root, more signals, more lines of one, a later end."""
    return before is None or _state(before) != _state(now)


def _state(incident: Incident) -> tuple[object, ...]:
    return (
        key_of(incident.signals[incident.root]),
        incident.times,
        incident.until,
        [(key_of(signal), signal.count) for signal in incident.signals],
    )
