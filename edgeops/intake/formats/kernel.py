"""The kernel's ring buffer as dmesg and console logs show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared
from edgeops.intake.formats.syslog import pri_kept
from edgeops.records import Event, Line

_LEVEL = rb"(?:<(?P<pri>\d{1,3})>|(?:kern|user|daemon|syslog|auth) *:(?P<level>\w{3,6}) *: )?"
_DATE = rb"(?P<time>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})"
_CPU = rb"(?:\[ *[TC]\d+\])?"


class Kernel(Declared):
    """Lines `[seconds since boot] message` or `[date] message`, with or without a priority before them."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        return replace(event, unit="kernel") if event.format == self.name else event


KERNEL = Kernel(
    "kernel",
    _LEVEL + rb"\[(?: *(?P<uptime>\d{1,9}\.\d{2,9})|" + _DATE + rb")\]" + _CPU + rb"(?: (?P<message>.*)|$)",
    shape=pri_kept,
)
