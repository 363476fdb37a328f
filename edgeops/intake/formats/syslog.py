"""syslog as files and the journal show it: RFC 3164, its ISO-stamped variant, and RFC 5424."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import digitless
from edgeops.intake.formats.details import details
from edgeops.intake.formats.payload import stated
from edgeops.intake.formats.relayed import Relayed
from edgeops.intake.severity import of_priority
from edgeops.records import Event, Line

_PRI = rb"<(?P<pri>\d{1,3})>"
_LEVEL_WORD = rb"(?i:trace|debug|info|notice|warn|warning|err|error|crit|critical|alert|emerg|fatal|severe|verbose)"
_HOST = rb"(?:(?P<host>[^\s\[\]\"=(){}]*[^\s\[\]\"=(){}:,]) +)"
_FACILITY = rb"(?:\w+\.(?P<level>emerg|alert|crit|err|error|warn|warning|notice|info|debug) )?"
# The second word is a version (`syslogd 1.4.1:`) or stands before a pid (`Setup Assistant[99]:`).
_TAG = (
    rb"(?:(?P<unit>[^\s:\[\]\"=]{1,80}(?: [^\s:\[\]\"=]{1,40}(?=\[))?)(?: \d[\w.]*)?"
    rb"(?:\[(?P<pid>\d{1,10})[^\]\s]{0,20}\])?(?: \([^)\s]{1,200}\))?:(?= |$)(?: \[ *\d+\.\d{3,9}\](?= ))?)"
)
_REST = rb" ?(?P<message>.*)"
_MONTH_STAMP = rb"(?P<time>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]?\d (?:(?:19|20)\d\d )?\d\d:\d\d:\d\d(?:\.\d{1,9})?)"
_FULL_STAMP = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [A-Z]{3,5}))"
_ISO_STAMP = rb"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)|1\d{9}\.\d{6})"

_ISO_TAIL = rb" (?!" + _LEVEL_WORD + rb"\b)" + _HOST + rb"(?!" + _LEVEL_WORD + rb"\b)" + _TAG + _REST


def pri_kept(raw: bytes) -> bytes:
    """The line without its digits but for those of a leading `<PRI>`, which say the severity."""
    end = raw.find(b">", 1, 5) + 1 if raw.startswith(b"<") else 0
    return raw[:end] + digitless(raw[end:]) if end else digitless(raw)


_DIGIT = re.compile(r"-([0-7])-")


class Syslog(Relayed):
    """syslog lines; where the sample has no `<PRI>`, shapes need not keep it."""

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        if super().fit(sample) is None:
            return None
        bare = not any(raw.startswith(b"<") for raw in sample)
        return type(self)(self.name, self.source, shape=digitless if bare else pri_kept)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        event = replace(event, severity=stated(event.message.encode()) or event.severity)
        named = details(event.unit, event.message)
        if not named:
            return event
        severity = event.severity
        if event.message.startswith("%") and named[0][0] == "name":
            severity = of_priority(int(_DIGIT.findall(named[0][1])[0]))
        return replace(event, severity=severity, fields=(*event.fields, *named))


SYSLOG = Syslog(
    "syslog",
    rb"(?:" + _PRI + rb")?" + _MONTH_STAMP + rb" {1,2}" + _HOST + rb"?" + _FACILITY + _TAG + rb"?" + _REST,
    shape=pri_kept,
)
JOURNAL_FULL = Syslog("syslog-full", _FULL_STAMP + b" " + _HOST + _TAG + _REST)
SYSLOG_ISO = Syslog("syslog-iso", rb"(?:" + _PRI + rb")?" + _ISO_STAMP + _ISO_TAIL, shape=pri_kept)

_NAME = rb"[\x21-\x7e]{1,%d}"
_DATA = rb"(?:-|(?:\[(?:[^\]\"\\]|\\.|\"(?:[^\"\\]|\\.)*\")*\])+)"
_PARAMETER = re.compile(r' ([^\s="\]]+)="((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r'\\(["\\\]])')


class Rfc5424(Relayed):
    """RFC 5424; structured data become fields, a `-` becomes nothing."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        fields: list[tuple[str, str]] = []
        for name, value in event.fields:
            if name == "data":
                fields += [(key, _ESCAPE.sub(r"\1", text)) for key, text in _PARAMETER.findall(value)]
            elif value != "-":
                fields.append((name, value))
        unit, host = ("" if value == "-" else value for value in (event.unit, event.host))
        message = event.message.removeprefix("\ufeff")
        severity = stated(message.encode()) or event.severity
        return replace(event, unit=unit, host=host, message=message, severity=severity, fields=tuple(fields))


RFC5424 = Rfc5424(
    "rfc5424",
    rb"(?:\d{1,6} )?<(?P<pri>\d|[1-9]\d|1[0-8]\d|19[01])>[1-9]\d{0,2} (?:-|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))) "
    rb"(?P<host>" + _NAME % 255 + rb") (?P<unit>" + _NAME % 48 + rb") "
    rb"(?P<pid>" + _NAME % 128 + rb") (?P<msgid>" + _NAME % 32 + rb") (?P<data>" + _DATA + rb")(?:$| (?P<message>.*))",
    shape=pri_kept,
)
