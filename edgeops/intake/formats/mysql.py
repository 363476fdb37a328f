"""MySQL and MariaDB: error log (all versions since 5.1), slow query log, general query log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import STAMPED, Declared, Expression, Stanza, digitless, plain, text
from edgeops.records import Event, Line, Severity

_STAMP = rb"(?:\d{4}-\d\d-\d\d(?:T\d\d|[ ][ \d]\d):\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?|\d{6} [ \d]\d:\d\d:\d\d)"
_SIGNAL = rb"(?= UTC - \w{1,20} got (?:signal|exception) )"
_DIED = Expression(rb"\w{1,20} got (?:signal|exception) ")
_TELLING = (b"[Note]", b"[MY-", b"InnoDB", b"mysqld", b"mariadbd")


class MySqlError(Declared):
    """The error log; the lines of a crash report, which have no stamp, belong to the line that announces it."""

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """Itself, when something in the lines is the server's own: many programs write `<stamp> 7 [Warning] ...`."""
        told = any(word in raw for raw in sample for word in _TELLING)
        return super().fit(sample) if told else None

    def continues(self, raw: bytes) -> bool:
        """Whether the line has no stamp; InnoDB once wrote messages without."""
        return not raw.startswith(b"InnoDB: ") and not self.starts(raw) and STAMPED.match(raw) is None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        died = _DIED.match(event.message.encode()) is not None
        return replace(event, unit="mysqld", severity=Severity.FATAL if died else event.severity)


MYSQL_ERROR = MySqlError(
    "mysql-error",
    rb"(?P<time>" + _STAMP + rb"|\d\d:\d\d:\d\d" + _SIGNAL + rb")(?:"
    rb"(?:(?<=\d\d\d\d\d\d [ \d]\d:\d\d:\d\d)| +(?P<thread>\d{1,20}|0x[0-9a-f]{1,16}))"
    rb" \[(?P<level>System|Note|Warning|ERROR|Error|\w{1,10}(?=\] \[MY-))\]"
    rb"(?: \[(?P<code>MY-\d{1,6})\] \[(?P<subsystem>[\w.]{1,40})\])? "
    rb"| (?=mysqld_safe )| +(?:[0-9a-fx]{1,18} +)?(?=InnoDB: )|" + _SIGNAL + rb" UTC - )(?P<message>.*)",
    hint=b" ",
)

_TIMED = Expression(rb"# Time: {1,3}(" + _STAMP + rb")")
_SET = Expression(rb"SET timestamp=(\d{10})(?:\.\d{1,9})?;")
_WHO = Expression(rb"# User@Host: ([^\[\s]{0,80})\[[^\]]{0,80}\] @ +([^\[\s]{0,255}) ?\[([^\]]{0,64})\]")
_FIGURE = Expression(rb"([A-Z][A-Za-z_]{1,40}): {1,9}([^\s:]{1,200})(?=\s|$)")
_FIGURES = "query_time lock_time rows_sent rows_examined rows_affected schema thread_id id errno last_errno".split()
_SETTINGS = (b"# ", b"SET timestamp=", b"use ")
_LONGEST = 2000


class MySqlSlow:
    """The slow query log: each query has a head of `#` lines, then its SQL, which is the message.

    timed: each head begins with `# Time:`, as MySQL writes it; MariaDB and old versions write that line only where the
    second changes, so there a message begins with the `# User@Host:` that is in every head.
    """

    name = "mysql-slow"
    shape = staticmethod(digitless)

    def __init__(self, *, timed: bool = True) -> None:
        self._first = b"# Time: " if timed else b"# User@Host: "

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        heads = [raw[:6] for raw in sample if _TIMED.match(raw) or _WHO.match(raw)]
        if not heads:
            return None
        pairs = zip([b"", *heads], heads, strict=False)
        return type(self)(timed=all(before == b"# Time" for before, head in pairs if head == b"# User"))

    def starts(self, raw: bytes) -> bool:
        return raw.startswith(b"# ") and (_TIMED.match(raw) or _WHO.match(raw)) is not None

    def continues(self, raw: bytes) -> bool:
        return not raw.startswith(self._first) and STAMPED.match(raw) is None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        if not self.starts(line.raw):
            return plain(line, more)
        lines = [line.raw, *(one.raw for one in more)]
        fields = dict(_figures([raw for raw in lines if raw.startswith(b"# ")]))
        stamps = (found[1] for raw in lines if (found := _TIMED.match(raw) if raw is line.raw else _SET.match(raw)))
        time, inferred = clock.read(next(stamps, b""))
        said = b" ".join(raw.strip() for raw in lines if not raw.startswith(_SETTINGS)) or _command(lines)
        return Event(
            line=line,
            format=self.name,
            message=text(said[:_LONGEST]).strip() or line.text.strip(),
            time=time,
            time_inferred=inferred,
            unit="mysqld",
            severity=Severity.NOTICE,
            fields=tuple(fields.items()),
            more=tuple(more),
        )


def _command(lines: Sequence[bytes]) -> bytes:
    """What was done where there is no SQL, as in `# administrator command: Ping;`."""
    return next((raw[2:] for raw in lines if raw.startswith(b"# administrator command")), b"")


def _figures(heads: Sequence[bytes]) -> list[tuple[str, str]]:
    """Who asked, and the figures of the query."""
    found: list[tuple[str, str]] = []
    for raw in heads:
        if (who := _WHO.match(raw)) is not None:
            found += [("user", text(who[1])), ("client", text(who[3] or who[2]))]
        found += [(name.lower(), value) for name, value in _FIGURE.pairs(raw) if name.lower() in _FIGURES]
    return [(name, value) for name, value in found if value]


MYSQL_SLOW = MySqlSlow()


class MySqlGeneral(Stanza):
    """The general query log: what clients asked is no message of the server, so it has no severity but info."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        return replace(event, unit="mysqld", severity=Severity.INFO) if event.format == self.name else event


MYSQL_GENERAL = MySqlGeneral(
    "mysql-general",
    rb"(?:(?P<time>" + _STAMP + rb")\t|\t\t) {0,9}(?P<connection>\d{1,20}) "
    rb"(?P<message>(?:Connect|Query|Quit|Init DB|Prepare|Execute|Close stmt|Reset stmt|Field List|Statistics|Ping|"
    rb"Change user|Binlog Dump|Refresh|Shutdown|Kill|Sleep)(?:\t.*|$))",
    hint=b"\t",
)
