"""Which signals of a window have to do with each other: they name the same thing, or come from the same program or host."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence
from pathlib import PurePath

from edgeops.detect.identifiers import telling
from edgeops.detect.onset import Onset
from edgeops.records import Event, Signal

SAME_THING, SAME_PROGRAM, SAME_HOST = 0.25, 0.2, 0.1


class Kin:
    """How near each signal is to the alarms of the onset, its own template's aside."""

    def __init__(self, signals: Sequence[Signal], onset: Onset) -> None:
        self._signals = signals
        self._names = telling([signal.event for signal in signals])
        hosts = {signal.event.host.lower() for signal in signals} - {""}
        self._hosts = [_host(signal.event, hosts) for signal in signals]
        self._templates: dict[Hashable, set[str]] = defaultdict(set)
        for position, signal in enumerate(signals):
            if onset.has(signal):
                for trait in (*self._names[position], *self._places(position)):
                    self._templates[trait].add(signal.template)

    def host(self, position: int) -> str:
        """The host that the signal's line names or, if none, its file's name."""
        return self._hosts[position]

    def of(self, position: int) -> float:
        """0 for a signal that has nothing to do with any alarm, up to 0.25."""
        if self.tied(position):
            return SAME_THING
        template = self._signals[position].template
        shared = [self._others(trait, template) for trait in self._places(position)]
        return SAME_PROGRAM if shared[0] else SAME_HOST if any(shared) else 0.0

    def tied(self, position: int) -> bool:
        """Whether an alarm of another template names what this one names."""
        template = self._signals[position].template
        return any(self._others(name, template) for name in self._names[position])

    def _others(self, trait: Hashable, template: str) -> bool:
        return bool(self._templates.get(trait, set()) - {template})

    def _places(self, position: int) -> list[Hashable]:
        """Where a signal comes from: its program (the file, where no line names one), and its host."""
        event, host = self._signals[position].event, self._hosts[position]
        program = (host, event.unit) if event.unit and event.host else (event.line.source,)
        return [program, ("host", host)] if host else [program]


_PARTS = re.compile(r"[A-Za-z0-9]+(?:-\d+)?")


def _host(event: Event, hosts: set[str]) -> str:
    """The event's host, or one of those that others name if its file is called after it."""
    if event.host:
        return event.host.lower()
    path = PurePath(event.line.source)
    return next((part for part in _PARTS.findall(f"{path.parent.name} {path.name}".lower()) if part in hosts), "")
