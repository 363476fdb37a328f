"""The table that `kubectl get events` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared
from edgeops.records import Event, Line, Severity


class Events(Declared):
    """Rows: how long ago, type, reason, object and message. They have no time of their own."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        fields = dict(event.fields)
        severity = Severity.WARNING if fields.pop("type") == "Warning" else Severity.INFO
        return replace(event, severity=severity, fields=tuple(fields.items()))


KUBERNETES_EVENTS = Events(
    "kubernetes-events",
    rb"(?:(?P<namespace>[a-z0-9][a-z0-9.-]{0,62}) {1,40})?(?P<ago>(?:\d{1,5}[smhdy]){1,3}|<unknown>)(?: \(x\d{1,6} over \w{1,12}\))? {1,40}"
    rb"(?P<type>Normal|Warning) {1,40}(?P<reason>[A-Za-z]\w{1,60}) {1,60}(?P<unit>[a-z]{2,40}/[\w.:-]{1,253}) {1,200}(?P<message>.*)",
    hint=b"/",
)
