"""Databases of vendors: Oracle's alert log, SQL Server's errorlog, Db2's db2diag.log; and CockroachDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import STAMPED, Declared, Expression, Stanza, digitless, number, plain, text
from edgeops.intake.severity import guess, severity_of
from edgeops.records import Event, Line, Severity

_ENOUGH = 600


class Alerts(Stanza):
    """A stamp on a line of its own, below it what happened: Oracle's alert log, and scripts that call `date`."""

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """Itself, when stamps stand alone, not all of the lines, and no other line has one."""
        heads = sum(map(self.starts, sample))
        stamped = sum(STAMPED.match(raw) is not None for raw in sample)
        return self if heads >= 0.05 * len(sample) > 0 and heads == stamped < len(sample) else None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        said = " ".join(one.text.strip() for one in more if one.raw[:1] not in (b"", b" ", b"\t"))[:_ENOUGH].strip()
        oracle = "ORA-" in said
        severity = max(guess(said), Severity.ERROR) if oracle else guess(said)
        return replace(event, message=said or line.text.strip(), severity=severity, unit="oracle" if oracle else "")


ALERTS = Alerts(
    "stamp-line",
    rb"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)|"
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[A-Z]{3,5} )?\d{4})\s{0,8}$",
    hint=b":",
)

_FAULT = Expression(rb".{0,120}?\bError: \d{1,8}, Severity: (\d{1,2}), State: ")


class SqlServer(Declared):
    """SQL Server says how severe an error is in a number: to 10 it informs, from 17 on resources lack, from 20 on it is fatal."""

    def __init__(self, name: str, pattern: bytes, *, hint: bytes) -> None:
        super().__init__(name, pattern, hint=hint, shape=self._kept)

    def _kept(self, raw: bytes) -> bytes:
        found = _FAULT.match(raw) if b"Severity: " in raw else None
        return digitless(raw) + (found[1] if found else b"")

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        found = _FAULT.match(line.raw)
        return replace(event, unit="mssql", severity=_of_number(int(found[1])) if found else event.severity)


def _of_number(severity: int) -> Severity:
    limits = ((20, Severity.FATAL), (17, Severity.CRITICAL), (15, Severity.ERROR), (11, Severity.WARNING))
    return next((level for least, level in limits if severity >= least), Severity.INFO)


SQL_SERVER = SqlServer(
    "mssql",
    rb"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d) {1,4}(?P<source>spid\d{1,6}s?|Logon|Server|Backup|Recovery) +(?P<message>.*)",
    hint=b".",
)

_KEY = Expression(rb"([A-Z][A-Z #]{1,12}?) {0,8}: ")
_PART = Expression(rb"([A-Z]{2,10}) {0,8}: {0,4}(\S+)")
_SAYING = (b"MESSAGE", b"DATA", b"FUNCTION")


class Db2(Stanza):
    """Records of db2diag.log: a head with level and zone in minutes, then named lines; the message is that of their MESSAGE."""

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        return self if sum(map(self.starts, sample)) >= 0.02 * len(sample) > 0 else None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        found = self._pattern.match(line.raw)
        if found is None:
            return plain(line, more)
        hours, minutes = divmod(abs(int(found["zone"])), 60)
        time, inferred = clock.read(b"%s%s%02d:%02d" % (found["time"], found["zone"][:1], hours, minutes))
        named = _named(more)
        parts = dict(pair for one in more[:4] for pair in _PART.pairs(one.raw))
        message = next((text(named[key]) for key in _SAYING if key in named), line.text.strip())
        kept = {"record": text(found["record"]), "database": parts.get("DB", ""), "process": parts.get("PROC", "")}
        return Event(
            line=line,
            format=self.name,
            message=message,
            time=time,
            time_inferred=inferred,
            unit=parts.get("INSTANCE", "db2"),
            pid=number(parts.get("PID", "").encode()),
            severity=severity_of(text(found["level"])) or Severity.INFO,
            fields=tuple((name, value) for name, value in kept.items() if value),
            more=tuple(more),
        )


def _named(lines: Sequence[Line]) -> dict[bytes, bytes]:
    """What the named lines say, each with the indented lines after it."""
    named: dict[bytes, bytes] = {}
    key = b""
    for line in lines:
        if (found := _KEY.match(line.raw)) is not None:
            key = found[1].split(b" ")[0]
            named.setdefault(key, line.raw[found.end() :].strip()[:_ENOUGH])
        elif key in named and line.raw[:1] == b" " and len(named[key]) < _ENOUGH:
            named[key] += b" " + line.raw.strip()[:_ENOUGH]
    return named


DB2 = Db2(
    "db2",
    rb"(?P<time>\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d\.\d{6})(?P<zone>[+-]\d{1,3}) (?P<record>\S{1,40}) +LEVEL: (?P<level>\w{1,12})",
    hint=b"LEVEL: ",
)
COCKROACH = Declared(
    "cockroach",
    rb"(?P<level>[IWEFD])(?P<time>\d{6} \d\d:\d\d:\d\d\.\d{6}) (?P<goroutine>\d{1,12}) (?:\d{1,3}@)?(?P<unit>[\w./-]{1,200}\.go):\d{1,6} "
    rb"(?:\xe2\x8b\xae )?(?:\[(?P<tags>[^\]]{0,200})\] )?(?:\d{1,12} {1,2})?(?P<message>.*)",
    hint=b".go:",
)
