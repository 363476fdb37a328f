"""The own log files of BIND (named) and of strongSwan (charon)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared
from edgeops.intake.formats.relayed import Relayed
from edgeops.records import Event, Line

_CLIENT = re.compile(r"client (?:@0x[0-9a-f]{1,16} )?([0-9a-fA-F.:]{2,45})#(\d{1,5})(?: \(([^)]{1,255})\))?")
_ZONE = re.compile(r"\bzone ([^\s/]{1,255})/")


class Bind(Declared):
    """named's file channel, with print-category or print-severity, or lines that only named writes."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        return replace(event, unit="named", fields=(*event.fields, *of_query(event.message)))


def of_query(message: str) -> list[tuple[str, str]]:
    """Who asked, for what name, in which zone, as named tells it."""
    fields: list[tuple[str, str]] = []
    if (client := _CLIENT.search(message)) is not None:
        fields += [("client", client[1]), ("port", client[2])] + ([("query", client[3])] if client[3] else [])
    if (zone := _ZONE.search(message)) is not None:
        fields.append(("zone", zone[1]))
    return fields


BIND = Bind(
    "bind",
    rb"(?P<time>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d\.\d{3}) "
    rb"(?:(?P<category>[a-z][a-z-]{2,20}): )?(?:(?P<level>critical|error|warning|notice|info|debug)(?: (?P<debug>\d{1,2}))?: "
    rb"|(?<=: )|(?=client (?:@0x|\d)|zone \S{1,255}/|error \(|lame server|managed-keys))(?P<message>.*)",
    hint=b":",
)


class Charon(Relayed):
    """charon's file log: a thread, a subsystem, and the connection it is about."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        return replace(event, unit="charon") if event.format == self.name else event


CHARON = Charon(
    "charon",
    rb"(?:(?P<time>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?"
    rb"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?) )?"
    rb"(?P<thread>\d\d)\[(?P<subsystem>DMN|MGR|IKE|CHD|JOB|CFG|KNL|NET|ASN|ENC|TNC|IMC|IMV|PTS|TLS|APP|ESP|LIB)\d?\] "
    rb"(?:<(?P<connection>[^<>]{1,100})> )?(?P<message>.*)",
    hint=b"] ",
)
