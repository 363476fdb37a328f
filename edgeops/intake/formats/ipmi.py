"""The system event log of a server's management controller, as `ipmitool sel list` and `elist` print it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared, digitless
from edgeops.records import Event, Line, Severity

_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{2,4})")
_STATES = (
    (
        Severity.WARNING,
        re.compile(r"(?i)non-critical|\bcorrectable|predictive|\bredundancy (?:lost|degraded)|limit reached|throttl"),
    ),
    (
        Severity.CRITICAL,
        re.compile(
            r"(?i)non-recoverable|uncorrectable|thermal trip|\bIERR\b|machine check|bus fatal|fatal nmi|over-?temperature|run-?time stop|oem diagnostic"
        ),
    ),
    (
        Severity.ERROR,
        re.compile(
            r"(?i)critical|fail|fault|\blost\b|error|parity|absent|timeout|out of range|\bexceeded|intrusion|hard reset.*watchdog|degraded|not present|mismatch"
        ),
    ),
)
"""What a state means when it is asserted; the first that fits."""


class SystemEvents(Declared):
    """Rows of the event log: a sensor and the state that it entered or left."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        fields = {name: value.strip() for name, value in event.fields}
        date, of_day, zone = fields.pop("date", ""), fields.pop("clock", ""), fields.pop("zone", "")
        day = date if of_day.endswith("M") else _dated(date)
        time, inferred = clock.read(f"{day} {of_day}{zone and ' ' + zone}".encode()) if date else (None, False)
        assertion = fields.get("assertion", "")
        said = filter(None, (fields.get("sensor"), fields.get("state"), assertion, fields.get("reading")))
        return replace(
            event,
            message=" | ".join(said),
            time=time,
            time_inferred=inferred,
            unit="ipmi",
            severity=_severity(fields.get("state", ""), assertion),
            fields=tuple(fields.items()),
        )


def _dated(date: str) -> str:
    """The date with its year first; the controller writes the month first."""
    found = _DATE.match(date)
    return f"{found[3] if len(found[3]) > 2 else '20' + found[3]}-{found[1]}-{found[2]}" if found else date


def _severity(state: str, assertion: str) -> Severity:
    if assertion.startswith("Deassert"):
        return Severity.NOTICE
    return next((severity for severity, words in _STATES if words.search(state)), Severity.INFO)


def _without_number(raw: bytes) -> bytes:
    """The row without its number, which is in hexadecimal."""
    return digitless(raw.partition(b"|")[2])


IPMI = SystemEvents(
    "ipmi-sel",
    rb" {0,8}(?P<record>[0-9a-f]{1,5}) {1,3}\| "
    rb"(?:(?P<date>\d\d/\d\d/(?:\d\d){1,2}) {1,3}\| (?P<clock>\d\d:\d\d:\d\d(?: [AP]M)?)(?: (?P<zone>[A-Z]{3,4}))?|Pre-Init {0,4}\|? ?\d{1,12}) {0,3}"
    rb"\| (?P<sensor>[^|]{1,120})\| (?P<state>[^|]{1,200})(?:\| (?P<assertion>(?:Dea|A)sserted) {0,3})?(?:\| (?P<reading>[^|]{1,200}))?$",
    hint=b" | ",
    shape=_without_number,
)
