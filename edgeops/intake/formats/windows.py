"""The Windows event log as text: `wevtutil qe /f:text`, and the tables of Get-EventLog and Get-WinEvent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import Declared, digitless, plain, text
from edgeops.intake.severity import guess, severity_of
from edgeops.records import Event, Line, Severity

_EVENT = re.compile(rb"Event\[\d{1,9}\]:?\s{0,4}$")
_ENTRY = re.compile(rb" {1,4}([A-Z][A-Za-z ]{2,20}):(?: (.{0,4000}))?$", re.DOTALL)
_SEVENTH_DIGIT = re.compile(rb"(\.\d{6})\d{1,3}")
_STEADY = (b"Log Name", b"Source", b"Event ID", b"Level", b"Keyword")
_FIELDS = {"Log Name": "log", "Event ID": "event_id", "Task": "task", "Keyword": "keywords", "User Name": "user"}
_KEYWORDS = {"Audit Failure": Severity.WARNING, "Audit Success": Severity.INFO}


class EventText:
    """Stanzas `Event[0]:`, entries, and a description that runs to the next stanza."""

    name = "windows-event"

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        return self if any(map(self.starts, sample)) else None

    def starts(self, raw: bytes) -> bool:
        return raw.startswith(b"Event[") and _EVENT.match(raw) is not None

    def continues(self, raw: bytes) -> bool:
        return not self.starts(raw)

    def shape(self, raw: bytes) -> bytes:
        """Entries that name the kind of event are kept whole; times, records and people do not matter."""
        found = _ENTRY.match(raw)
        if found is None:
            return digitless(raw)
        return raw.strip() if found[1] in _STEADY else found[1]

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        if not self.starts(line.raw):
            return plain(line, more)
        entries, description = _entries(more)
        time, inferred = clock.read(_SEVENTH_DIGIT.sub(rb"\1", entries.get("Date", "").encode()))
        message = description or f"{entries.get('Source', '')} {entries.get('Event ID', '')}".strip()
        level = severity_of(entries.get("Level", "")) or _KEYWORDS.get(entries.get("Keyword", ""), Severity.NONE)
        return Event(
            line=line,
            format=self.name,
            message=message,
            time=time,
            time_inferred=inferred,
            host=entries.get("Computer", ""),
            unit=entries.get("Source", ""),
            severity=level or guess(message),
            fields=tuple(
                (name, value) for key, name in _FIELDS.items() if (value := entries.get(key, "")) not in ("", "N/A")
            ),
            more=tuple(more),
        )


def _entries(more: Sequence[Line]) -> tuple[dict[str, str], str]:
    """The entries of a stanza, and the text after `Description:`."""
    entries: dict[str, str] = {}
    for at, line in enumerate(more):
        found = _ENTRY.match(line.raw)
        if found is None:
            continue
        key, value = text(found[1]), text(found[2]).strip()
        if key == "Description":
            said = [value, *(one.text.strip() for one in more[at + 1 :])]
            return entries, " ".join(filter(None, said))
        entries[key] = value
    return entries, ""


_LEVEL = rb"(?P<level>Information|Warning|Error|Critical|Verbose|SuccessAudit|FailureAudit|0) {1,20}"


class EventRow(Declared):
    """A row of a table that PowerShell printed."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        raw = line.raw
        found = self._pattern.match(raw)
        if found is None:
            return plain(line, more)
        groups = {name: text(value).strip() for name, value in found.groupdict().items()}
        stamp = groups["time"] if groups["time"].count(":") > 1 else groups["time"] + ":00"
        time, inferred = clock.read(stamp.encode())
        level = {"FailureAudit": Severity.WARNING, "SuccessAudit": Severity.INFO, "0": Severity.NONE}.get(
            groups["level"]
        )
        return Event(
            line=line,
            format=self.name,
            message=groups["message"],
            time=time,
            time_inferred=inferred,
            unit=groups.get("unit", ""),
            severity=(severity_of(groups["level"]) if level is None else level) or guess(groups["message"]),
            fields=tuple((name, groups[name]) for name in ("index", "event_id") if groups.get(name)),
            more=tuple(more),
        )


EVENT_TEXT = EventText()
EVENT_LOG_ROW = EventRow(
    "windows-eventlog",
    rb" {0,12}(?P<index>\d{1,10}) (?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d) {1,4}"
    + _LEVEL
    + rb"(?P<unit>\S.{0,60}?) {1,40}(?P<event_id>\d{1,10}) (?P<message>.*)",
    hint=b":",
)
WIN_EVENT_ROW = EventRow(
    "windows-winevent",
    rb"(?P<time>\d{1,2}/\d{1,2}/\d{4} {1,2}\d{1,2}:\d\d:\d\d(?: [AP]M)?) {1,40}(?P<event_id>\d{1,6}) "
    + _LEVEL
    + rb"(?P<message>.*)",
    hint=b"/",
)
