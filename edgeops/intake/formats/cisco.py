"""Network devices that name each message `%FACILITY-severity-MNEMONIC:`: Cisco IOS, NX-OS and ASA, and Junos like them.

The digit in the name is the severity; it belongs to the mnemonic, so lines of one shape have the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared, digitless
from edgeops.intake.severity import of_priority
from edgeops.records import Event, Line

_MON = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_OF_DAY = rb"\d\d:\d\d:\d\d(?:\.\d{1,6})?"
_STAMP = (
    rb"(?:" + _MON + rb" {1,2}\d{1,2} (?:\d{4} )?" + _OF_DAY + rb"(?: \d{4}(?=[ :]))?(?: [A-Z]{3,4}(?=[ :]))?"
    rb"|\d{4} " + _MON + rb" {1,2}\d{1,2} " + _OF_DAY + rb"(?: [A-Z]{3,4}(?=[ :]))?"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d))"
)
_SEQUENCE = rb"(?:\d{1,10}: )?"
_NAME = re.compile(rb"%[A-Z][A-Z0-9_]{1,40}(?:-[A-Z][A-Z0-9_]{0,40}){0,3}-([0-7])-[A-Z0-9_]{1,80} ?:")
_YEAR_FIRST = re.compile(r"(\d{4}) ([A-Z][a-z]{2} {1,2}\d{1,2}) (.{1,40})")


def _named(raw: bytes) -> bytes:
    """The line without its digits but for those of the message's name."""
    found = _NAME.search(raw, 0, 400)
    return found[0] + digitless(raw[found.end() :]) if found else digitless(raw)


class Device(Declared):
    """Lines of a device, from its own buffer or by way of a syslog server, whose stamp then goes before the device's."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        fields = dict(event.fields)
        priority = int(fields.pop("severity"))
        own, relayed = fields.pop("own", ""), fields.pop("relayed", "")
        # The star says that the device's clock was never set.
        stamps = (relayed, own) if own.startswith("*") else (own, relayed)
        readings = [clock.read(_ordered(stamp.lstrip("*."))) for stamp in stamps if stamp]
        read = [reading for reading in readings if reading[0] is not None]
        time, inferred = min(read, key=lambda reading: reading[1], default=(None, False))
        return replace(
            event,
            message=f"%{fields['name']}: {event.message}",
            time=time,
            time_inferred=inferred,
            unit=fields.pop("process", "") or fields["name"].partition("-")[0],
            severity=of_priority(priority),
            fields=tuple(fields.items()),
        )


def _ordered(stamp: str) -> bytes:
    """The stamp with its year after the day."""
    found = _YEAR_FIRST.match(stamp)
    return (f"{found[2]} {found[1]} {found[3]}" if found else stamp).encode()


CISCO = Device(
    "cisco",
    rb"(?:<\d{1,3}>)?" + _SEQUENCE + rb"(?:(?P<relayed>" + _STAMP + rb"):? {1,2})?"
    rb"(?:(?!\d{1,10}: |[*.]|[\dwdhy:]{4,12}: )(?P<host>[\w.:-]{1,255}?)(?: ?:)? )?"
    + _SEQUENCE
    + rb"(?:(?P<node>[A-Z]{2,4}/\d/\w{1,8}/CPU\d):)?"
    rb"(?:(?P<own>[*.]?" + _STAMP + rb") ?: |[\dwdhy:]{4,12}: )?(?:(?P<process>[\w-]{1,40})\[(?P<pid>\d{1,10})\] ?: )?"
    rb"%(?P<name>[A-Z][A-Z0-9_]{1,40}(?:-[A-Z][A-Z0-9_]{0,40}){0,3}-(?P<severity>[0-7])-[A-Z0-9_]{1,80}) ?: ?(?P<message>.*)",
    hint=b"%",
    shape=_named,
)
