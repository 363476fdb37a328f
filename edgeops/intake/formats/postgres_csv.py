"""PostgreSQL's csvlog: a row for each message, whose quoted columns may hold newlines."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import Expression, digitless, number, plain
from edgeops.intake.formats.postgres import LONGEST, SEVERITIES, STAMP, any_of, read_again
from edgeops.intake.severity import guess
from edgeops.records import Event, Line, Severity

_LINE = Expression(
    rb"(?P<time>" + STAMP + rb"),(?:\"[^\"\n]{0,70}\"|[^\",\n]{0,70}),(?:\"[^\"\n]{0,70}\"|[^\",\n]{0,70}),\d{0,10},"
)
_TAIL = Expression(rb",(?:" + any_of(tuple(SEVERITIES)) + rb"),[0-9A-Z]{5},")
_COLUMNS = (
    "time user database pid client session line command started virtual transaction level sqlstate message detail hint "
    "internal position context statement cursor location app backend leader queryid"
).split()
_KEPT = "user database client command sqlstate detail hint context statement app backend".split()


class PostgresCsv:
    """PostgreSQL's csvlog; a quoted column may hold newlines."""

    name = "postgres-csv"

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        begun = [raw for raw in sample if _LINE.match(raw)]
        return self if len(begun) >= 0.05 * len(sample) > 0 and any(map(_TAIL.search, begun)) else None

    def starts(self, raw: bytes) -> bool:
        return _LINE.match(raw) is not None

    def continues(self, raw: bytes) -> bool:
        return _LINE.match(raw) is None

    def shape(self, raw: bytes) -> bytes:
        """Without the columns before the severity: names, addresses and sessions."""
        found = _TAIL.search(raw) if raw[:2] in (b"20", b"19", b"17") else None
        return digitless(raw[found.start() :] if found else raw)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        found = _LINE.match(line.raw)
        row = _row("\n".join((line.text, *(one.text for one in more))))
        if found is None or len(row) < 14:
            return plain(line, more)
        columns = dict(zip(_COLUMNS, row, strict=False))
        time, inferred = clock.read(found["time"])
        if time is None:
            time, inferred = read_again(found["time"], clock)
        return Event(
            line=line,
            format=self.name,
            message="; ".join(columns[name] for name in ("message", "detail") if columns.get(name)),
            time=time,
            time_inferred=inferred,
            unit="postgres",
            pid=number(columns["pid"].encode()),
            severity=SEVERITIES.get(columns["level"], Severity.NONE) or guess(columns["message"]),
            fields=tuple((name, columns[name][:LONGEST]) for name in _KEPT if columns.get(name)),
            more=tuple(more),
        )


def _row(record: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(record, newline="")), [])
    except csv.Error:
        return []


POSTGRES_CSV = PostgresCsv()
