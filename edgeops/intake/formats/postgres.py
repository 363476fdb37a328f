"""PostgreSQL's server log as it goes to stderr or syslog, under the usual prefixes. (csvlog: `postgres_csv`; jsonlog: `json_lines`.)

`log_line_prefix` is the site's choice, so what stands between the stamp and the `LOG:  ` is searched for what it may hold.
Lines that add to a message (DETAIL, HINT, CONTEXT, STATEMENT) follow it at once and are joined to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import Declared, Expression, number, text
from edgeops.records import Event, Line, Severity

# What the server calls its levels in the languages that lc_messages is often set to.
_LEVELS: dict[Severity, str] = {
    Severity.DEBUG: "DEBUG DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5 调试",
    Severity.INFO: "INFO LOG 日志 信息",
    Severity.NOTICE: "NOTICE HINWEIS 注意",
    Severity.WARNING: "WARNING WARNUNG ATTENTION 警告",
    Severity.ERROR: "ERROR FEHLER ERREUR 错误",
    Severity.FATAL: "FATAL PANIC PANIK 致命错误 比致命错误还过分的错误",
}
_ADDITIONS: dict[str, str] = {
    "detail": "DETAIL DÉTAIL 详细信息",
    "hint": "HINT TIPP ASTUCE 提示",
    "context": "CONTEXT ZUSAMMENHANG CONTEXTE 上下文",
    "statement": "STATEMENT ANWEISUNG INSTRUCTION 语句",
    "query": "QUERY ANFRAGE REQUÊTE 查询",
    "location": "LOCATION ORT EMPLACEMENT 位置",
}
SEVERITIES = {word: level for level, words in _LEVELS.items() for word in words.split()}
_ADDED = {word: name for name, words in _ADDITIONS.items() for word in words.split()}
# These words tell the server from programs that write `ERROR:  ` too.
_TELLING = {word.encode() for word in (*_ADDED, *"LOG 日志 FATAL 致命错误 PANIC".split())}
LONGEST = 1000

STAMP = rb"(?:19|20)\d\d-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?: (?:[A-Z]{1,5}|[+-]\d\d(?::?\d\d)?)(?![\w.]))?|1\d{9}\.\d{3}"


def any_of(words: Sequence[str]) -> bytes:
    """An alternation of the words, the longest first."""
    return b"|".join(word.encode() for word in sorted(words, key=len, reverse=True))


_WORD = any_of((*SEVERITIES, *_ADDED))
_LINE = (
    rb"(?:< ?|\[)?(?P<time>" + STAMP + rb")(?P<prefix>[^\n\"]{0,200}?)(?<![A-Za-z])(?P<level>" + _WORD + rb"):  ?"
    rb"(?P<message>.*)"
)
_PID = Expression(rb"\[(\d{1,10})(?:-\d{1,10})?\]|(?:^|[ ,])(?:pid=)?(\d{1,10})(?=[ ,:]|$)")
_PAIR = Expression(
    rb"\b(user|u|db|database|d|app|a|client|host|h|remote|sqlstate|state|e|queryid|session|xid)=([^,\s\]]+)"
)
_SHORT = {
    "u": "user",
    "d": "database",
    "db": "database",
    "a": "app",
    "h": "client",
    "host": "client",
    "remote": "client",
    "e": "sqlstate",
}
_WHO = Expression(rb"(?:^|[\s:\[])([\w.$-]{1,63})@([\w.$-]{1,63})(?=[\s:\],]|$)")
_FROM = Expression(rb"(?:^|[\s:])([\da-fA-F.:]{7,45})\(\d{1,5}\)|(\[local\])")


class Postgres(Declared):
    """Lines `<prefix>LEVEL:  message`; the message has its detail, the other additions are fields."""

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        found = [match for raw in sample if b": " in raw and (match := self._pattern.match(raw))]
        exact = sum(
            match.end("level") + 3 == match.start("message") and match["message"][:1] != b" " for match in found
        )
        told = any(match["level"] in _TELLING or _PID.search(match["prefix"]) for match in found)
        return self if told and exact >= 0.9 * len(found) and len(found) >= 0.2 * len(sample) else None

    def continues(self, raw: bytes) -> bool:
        """Whether the line adds to the message before it."""
        found = self._pattern.match(raw) if b":  " in raw else None
        return found is not None and text(found["level"]) in _ADDED

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        found = self._pattern.match(line.raw)
        event = super().parse(line, more, clock)
        if found is None:
            return event
        if event.time is None:
            time, inferred = read_again(found["time"], clock)
            event = replace(event, time=time, time_inferred=inferred)
        additions = list(self._additions(more))
        pid = _PID.search(found["prefix"])
        return replace(
            event,
            message="; ".join((event.message, *(words for name, words in additions if name == "detail"))),
            unit="postgres",
            pid=number(pid[1] or pid[2]) if pid else None,
            severity=SEVERITIES.get(text(found["level"]), Severity.INFO),
            fields=(*_described(found["prefix"]), *additions),
        )

    def _additions(self, more: Sequence[Line]) -> Iterator[tuple[str, str]]:
        """What the lines that add to a message are called and say, each with the indented lines after it."""
        name, words = "", ""
        for line in more:
            found = self._pattern.match(line.raw)
            if found is not None and text(found["level"]) in _ADDED:
                if name:
                    yield name, words
                name, words = _ADDED[text(found["level"])], text(found["message"])[:LONGEST].strip()
            elif name and len(words) < LONGEST:
                words += " " + line.text.strip()[:LONGEST]
        if name:
            yield name, words


def read_again(stamp: bytes, clock: Clock) -> tuple[datetime | None, bool]:
    """A stamp whose zone is unknown or has hours only."""
    head, _, zone = stamp.rpartition(b" ")
    return clock.read(stamp + b"00" if zone[:1] in (b"+", b"-") else head)


def _described(prefix: bytes) -> Iterator[tuple[str, str]]:
    """What a prefix says of the session: user, database, client and the like."""
    pairs = {_SHORT.get(name, name): value for name, value in _PAIR.pairs(prefix)}
    if (who := _WHO.search(prefix)) is not None:
        pairs |= {"user": text(who[1]), "database": text(who[2])}
    if (client := _FROM.search(prefix)) is not None:
        pairs["client"] = text(client[1] or client[2])
    yield from ((name, value) for name, value in pairs.items() if value not in ("[unknown", "[unknown]"))


_NUMBERED = Expression(rb"\[\d{1,9}-\d{1,9}\] (?:(?:.{0,200}?)(?<![A-Za-z])(" + _WORD + rb"):  |(?:\t|#011|  ))")


def level_in(raw: bytes) -> Severity:
    """The severity of a line as the server gives it to syslog, each numbered (`[5-1]`); NONE if it is no such line."""
    found = _NUMBERED.match(raw)
    if found is None:
        return Severity.NONE
    return SEVERITIES.get(text(found[1]), Severity.INFO)


POSTGRES = Postgres("postgres", _LINE, hint=b": ")
