"""Samba: a header with the debug level and the place in the source, and what it says on indented lines below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared, digitless, number
from edgeops.intake.severity import guess
from edgeops.records import Event, Line, Severity

# Level 0 is what is always logged: errors, and that a daemon has started.
_LEVELS = (Severity.ERROR, Severity.WARNING, Severity.NOTICE, Severity.INFO)
_STARTED = re.compile(r"\bversion \S{1,80} started|\bready to serve connections|\bfinished starting up|\bCopyright ")
_DETAIL = re.compile(r"\b(pid|class|traceid)=([\w.-]{1,40})")
_RULER = re.compile(r"[=*-]{5,200}$")


def _at_place(raw: bytes) -> bytes:
    """The debug level and the place in the source, which tell messages apart; the date, the pid and the ids do not."""
    level, _, rest = raw[20:].partition(b",")[2].lstrip().partition(b"]")
    return level[:2] + digitless(level[2:]) + rest


class Samba(Declared):
    """A message is what the lines below the header say."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        fields = dict(event.fields)
        details = dict(_DETAIL.findall(fields.pop("details", "")))
        said = [text for one in more if (text := one.text.strip()) and not _RULER.match(text)]
        message = " ".join(filter(None, (event.message, *said)))
        debug = int(fields.pop("debug", "0"))
        severity = _LEVELS[debug] if debug < len(_LEVELS) else Severity.DEBUG
        return replace(
            event,
            message=message or fields["place"],
            unit="samba",
            pid=number(details.pop("pid", "").encode()),
            severity=_weighed(severity, message),
            fields=(*fields.items(), *details.items()),
        )


def _weighed(stated: Severity, message: str) -> Severity:
    """The severity of the debug level, unless the words say that it is not so bad, or worse."""
    if stated > Severity.INFO and _STARTED.search(message):
        return Severity.INFO
    return (
        Severity.WARNING if stated in (Severity.NOTICE, Severity.INFO) and guess(message) >= Severity.ERROR else stated
    )


SAMBA = Samba(
    "samba",
    rb"\[(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?), {1,3}(?P<debug>\d{1,2})(?P<details>,[^\]]{0,300})?\] "
    rb"(?P<place>[\w./-]{1,200}:\d{1,6}\([^()\s]{0,120}\)) ?(?P<message>.*)",
    hint=b".c:",
    shape=_at_place,
)
