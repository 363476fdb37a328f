"""Comma-separated tables with a first row that names the columns, as Export-Csv, the event viewer and many appliances write.

A quoted value may run over several lines.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import digitless, number, plain
from edgeops.intake.severity import guess, severity_of
from edgeops.records import Event, Line, Severity

_TIME = (
    "timecreated",
    "dateandtime",
    "timegenerated",
    "timestamp",
    "@timestamp",
    "datetime",
    "time",
    "date",
    "eventtime",
)
_LEVEL = ("leveldisplayname", "entrytype", "severity", "loglevel", "level")
_MESSAGE = ("message", "msg", "description", "messagetext", "details", "event")
_UNIT = ("providername", "source", "sourcename", "service", "logger", "component", "unit", "program", "process")
_HOST = ("machinename", "computer", "computername", "host", "hostname")
_PID = ("processid", "pid")
_MOST_COLUMNS = 60
_LONGEST = 400
_WORD = re.compile(r"[\w@ ().:/#-]{1,60}")


class Table:
    """Rows of a table; a fitted copy knows its columns. Where no column is left for it, the last value is the message."""

    name = "csv"

    def __init__(self, columns: tuple[str, ...] = (), *, quoted: bool = True) -> None:
        self.columns = columns
        self._quoted = quoted
        self._header = b""
        self._at = next((at for at, column in enumerate(columns) if column in _TIME), 0)

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """A copy that knows the columns, when one of the first lines names a time and more that a log has."""
        for at, raw in enumerate(sample[:3]):
            columns = _columns(raw)
            known = [any(column in names for column in columns) for names in (_TIME, _LEVEL, _MESSAGE, _UNIT)]
            if known[0] and sum(known) > 2:
                return self._of(raw, columns, sample[at + 1 :])
        return None

    def _of(self, header: bytes, columns: tuple[str, ...], rows: Sequence[bytes]) -> Format | None:
        fitted = Table(columns, quoted=bool(rows) and rows[0].startswith(b'"'))
        fitted._header = header
        return fitted if rows and fitted.starts(rows[0]) else None

    def starts(self, raw: bytes) -> bool:
        if not self.columns:
            return False
        if self._quoted:
            # A quote that opens a value, not one that ends or is doubled within a value that began above.
            return raw[:1] == b'"' and (raw[1:2] not in (b'"', b",", b"") or raw[1:3] == b'",')
        values = raw.split(b",", self._at + 1)
        return len(values) > self._at + 1 and values[self._at].lstrip(b' "')[:1].isdigit()

    def continues(self, raw: bytes) -> bool:
        return not self.starts(raw)

    def shape(self, raw: bytes) -> bytes:
        """Its whole text: which column a digit stands in is not known without reading the row."""
        return raw if self._level_is_number else digitless(raw)

    @property
    def _level_is_number(self) -> bool:
        return not any(column in self.columns for column in _LEVEL[:2]) and "level" in self.columns

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        values = _row(b"\n".join(one.raw for one in (line, *more))) if self.starts(line.raw) else []
        if len(values) < 3 or line.raw == self._header:
            return plain(line, more)
        row = dict(zip(self.columns, values, strict=False))
        spare = values[-1] if len(values) > len(self.columns) else ""
        message = " ".join((_first(row, _MESSAGE) or spare or values[-1]).split())
        time, inferred = clock.read(_stamp(row).encode())
        own = {*_TIME, *_LEVEL, *_MESSAGE, *_UNIT, *_HOST, *_PID} - {"event", "date", "time"}
        return Event(
            line=line,
            format=self.name,
            message=message,
            time=time,
            time_inferred=inferred,
            host=_first(row, _HOST),
            unit=_first(row, _UNIT),
            pid=number(_first(row, _PID).encode()),
            severity=_severity(row) or guess(message),
            fields=tuple((key, value[:_LONGEST]) for key, value in row.items() if value and key not in own),
            more=tuple(more),
        )


def _columns(raw: bytes) -> tuple[str, ...]:
    """The names of the columns in lower case without spaces; empty when the line does not look like a row of names."""
    if raw.count(b",") < 2:
        return ()
    names = _row(raw.removeprefix(b"\xef\xbb\xbf"))
    if len(names) > _MOST_COLUMNS or not all(_WORD.fullmatch(name.strip()) for name in names):
        return ()
    return tuple(name.strip().lower().replace(" ", "").replace("_", "") for name in names)


def _row(raw: bytes) -> list[str]:
    try:
        return next(csv.reader([raw.decode("utf-8", "replace")]), [])
    except csv.Error:
        return []


def _first(row: dict[str, str], names: Sequence[str]) -> str:
    return next((row[name].strip() for name in names if row.get(name)), "")


def _stamp(row: dict[str, str]) -> str:
    """The time; a date and a time of day may have a column each."""
    if "date" in row and "time" in row:
        return f"{row['date'].strip()} {row['time'].strip()}"
    return _first(row, _TIME)


_OF_WINDOWS = {
    "1": Severity.CRITICAL,
    "2": Severity.ERROR,
    "3": Severity.WARNING,
    "4": Severity.INFO,
    "5": Severity.DEBUG,
}
_OF_AUDIT = {"failureaudit": Severity.WARNING, "successaudit": Severity.INFO}


def _severity(row: dict[str, str]) -> Severity:
    word = _first(row, _LEVEL)
    # The words of Windows are in the language of the machine, its numbers are not.
    numbered = _OF_WINDOWS.get(row.get("level", ""), Severity.NONE) if "providername" in row else Severity.NONE
    return severity_of(word) or _OF_AUDIT.get(word.lower()) or numbered


TABLE = Table()
