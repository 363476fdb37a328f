"""The kernel's ring buffer as dmesg and console logs show it, with every form of dmesg's times and prefixes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.relayed import Relayed
from edgeops.intake.formats.syslog import pri_kept
from edgeops.records import Event, Line

_LEVEL = (
    rb"(?:<(?P<pri>\d{1,3})>|(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local\d|res\d) {0,6}:"
    rb"(?P<level>emerg|alert|crit|err|warn|notice|info|debug) {0,3}: )?"
)
_DATE = rb"(?P<time>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})(?: <[ \d.+]{1,20}>)?"
_MINUTE = rb"(?P<minute>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ \d]\d \d\d:\d\d)"
_DELTA = rb"[ +<]{1,12}\d{1,9}\.\d{6}>?"
_ISO = rb"(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{6}[+-]\d\d:\d\d) (?![\[A-Z]{4})"
_CPU = rb"(?:\[ *[TC]\d+\])?"


class Kernel(Relayed):
    """Lines `[seconds since boot] message`, `[date] message` or `<ISO stamp> message`, with or without a priority before them."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        fields = dict(event.fields)
        minute, stamp = fields.pop("minute", ""), fields.pop("iso", "")
        if minute:
            stamp = f"{minute[:3]} {minute[3:]}:00"
        if uptime := dict(event.fields).get("uptime"):
            stamp = f"[{uptime}]"
        time, inferred = clock.read(stamp.encode()) if stamp else (event.time, event.time_inferred)
        return replace(event, unit="kernel", time=time, time_inferred=inferred, fields=tuple(fields.items()))


KERNEL = Kernel(
    "kernel",
    _LEVEL
    + rb"(?:\[(?: *(?P<uptime>\d{1,9}\.\d{2,9})|"
    + rb"|".join((_DATE, _MINUTE, _DELTA))
    + rb")\]"
    + _CPU
    + rb"(?: |$)|"
    + _ISO
    + rb")(?P<message>.*)",
    shape=pri_kept,
)
