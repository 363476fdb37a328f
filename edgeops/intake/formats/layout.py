"""Any other log with a header: the layout is learnt from a sample, column by column.

A line is matched token by token (a stamp, a level, `[thread]`, `logger:`, a column of few words ...). A token joins
the layout when nearly all lines that have come so far have it next; what remains is the message. So the many headers
of log4j, logback, Spring, Hadoop, Android, glog and home-made loggers need no declaration of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import digitless, number, plain, text
from edgeops.intake.severity import LEVELS, guess, severity_of
from edgeops.intake.timestamps import STAMP
from edgeops.records import Event, Line, Severity

_WORDS = "|".join(sorted((word for word in LEVELS if len(word) > 2), key=len, reverse=True)).encode()
_LEVEL = rb"(?i:" + _WORDS + rb")\d?|[VDIWEFTC]"
_GROUPED = rb"\[(?:[^\[\]]|\[[^\[\]]{0,80}\]){0,160}\]"
_NAME = rb"[A-Za-z_/#$*~][\w.$/@*#+<>~-]{0,120}"
_OPEN = rb"[\[(<\"'|#*]{0,2} ?"
_CLOSE = rb"[\])>\"']?(?: ?[,:;|]|\))?(?:\s+|$|(?=\[|\(|\{))"


@dataclass(frozen=True, slots=True)
class Token:
    """One column of a header: what it holds and the expression (with one group) that takes it and the space after it."""

    holds: str
    pattern: re.Pattern[bytes]
    ends: bool = False


def _token(holds: str, pattern: bytes, *, ends: bool = False) -> Token:
    return Token(holds, re.compile(pattern), ends)


_TIME = _token("time", _OPEN + rb"(?<![\w.])(" + STAMP + rb")(?![\w])" + _CLOSE)
_TIME_IN = _token("time", _OPEN + rb"(?<![\w.])(" + STAMP + rb")(?![\w])[ ,]+(?=[^\]]{0,100}\])")
_SEVERITY = _token(
    "level", rb"[\[(<|*]{0,2} *(" + _LEVEL + rb")(?![\w=/.])\s*[\])>*]{0,2}(?: ?[,:|] ?)?(?:\s+|$|(?=[\[(\w]))"
)
_BRACKET = _token("group", rb"(" + _GROUPED + rb"|\([^()]{1,120}\)|\{[^{}]{1,120}\})(?: ?[:|-])?(?:\s+|$|(?=[\[(]))")
_FILLER = _token("column", rb"(" + _GROUPED + rb"|\([^()]{1,120}\)|\S{1,120})\s+")
_PIPED = _token("column", rb"\s*([^|\s][^|]{0,80}?|)\s*\|\s*")
_UNIT = _token(
    "unit",
    rb"(" + _NAME + rb")(?:\[(\d+)[^\]]{0,40}\]|\([^()\s]{0,60}\)(?:\[(\d+)\])?|:\d+\]?)?\s*:(?:\s+|$)",
    ends=True,
)
_TAGGED = _token("unit", rb"(" + _NAME + rb"(?: [^\s\[\]()]{1,40}){0,2}?)(?:\[(\d+)\])? +(?:-|\|) +", ends=True)
_DOTTED = _token("unit", rb"([A-Za-z_$][\w$]*(?:\.[\w$<>*-]+){1,12}(?::\d+)?)\s+(?![=:])")
_ALIGNED = _token("unit", rb"(" + _NAME + rb")(?:  +|\t+)")
_NUMBER = _token("pid", rb"(\d{1,10}|0x[0-9a-f]{1,16})\s+")
_DASH = _token("dash", rb"(-{1,3}|\||::|--)(?:\s+)")

_NEARLY_ALL = 0.9
_MOST_COLUMNS = 8


@dataclass
class _Cursor:
    """One sample line and how far its header has been read."""

    raw: bytes
    at: int = 0


class Layout:
    """A learnt header; without tokens it is the learner itself."""

    name = "layout"

    def __init__(self, tokens: tuple[Token, ...] = ()) -> None:
        self.tokens = tokens
        anchors = [i for i, token in enumerate(tokens) if token.holds in ("time", "level")]
        self._anchor = tokens[: anchors[0] + 1] if anchors else ()

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """A layout with a stamp or a level that most lines of the sample have in the same place, if there is one."""
        tokens = _learn(sample)
        return type(self)(tokens) if tokens else None

    def starts(self, raw: bytes) -> bool:
        return bool(self._anchor) and _walk(raw, self._anchor) is not None

    def shape(self, raw: bytes) -> bytes:
        return digitless(raw)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        columns: list[tuple[str, re.Match[bytes]]] = []
        at = 0
        for token in self.tokens:
            found = token.pattern.match(line.raw, at)
            if found is None:
                break
            columns.append((token.holds, found))
            at = found.end()
        if len(columns) < len(self._anchor):
            return plain(line, more)
        return _event(self.name, line, more, clock, columns, at)


LAYOUT = Layout()


def _walk(raw: bytes, tokens: Sequence[Token]) -> int | None:
    """Where the message begins after these tokens, or None when the line does not have them."""
    at = 0
    for token in tokens:
        found = token.pattern.match(raw, at)
        if found is None:
            return None
        at = found.end()
    return at


def _event(
    name: str, line: Line, more: Sequence[Line], clock: Clock, columns: list[tuple[str, re.Match[bytes]]], at: int
) -> Event:
    held: dict[str, bytes] = {}
    fields: list[tuple[str, str]] = []
    for holds, found in columns:
        if holds in ("group", "column"):
            fields.append(("thread" if holds == "group" else "column", text(found[1]).strip("[](){} ")))
        elif holds != "dash":
            held.setdefault(holds, found[1])
        if holds == "unit" and found.lastindex and found.lastindex > 1:
            held.setdefault("pid", found[found.lastindex])
    message = text(line.raw[at:]).strip()
    time, inferred = clock.read(held["time"]) if "time" in held else (None, False)
    level = severity_of(text(held.get("level")))
    return Event(
        line=line,
        format=name,
        message=message,
        time=time,
        time_inferred=inferred,
        unit=text(held.get("unit")),
        pid=number(held.get("pid")),
        severity=level if level != Severity.NONE else guess(message),
        fields=tuple(fields),
        more=tuple(more),
    )


# ---------------------------------------------------------------- learning


def _learn(sample: Sequence[bytes]) -> tuple[Token, ...]:
    """The header that the sample's lines share; empty when they share neither stamp nor level."""
    begun = _begin([_Cursor(raw) for raw in sample])
    if begun is None:
        return ()
    tokens, cursors = begun
    while len(tokens) < _MOST_COLUMNS and not tokens[-1].ends:
        found = _next(tokens, cursors)
        if not found:
            break
        for token in found:
            cursors = _advance(cursors, token)
        tokens += found
    while tokens[-1].holds in ("column", "dash") and len(tokens) > 1:
        tokens.pop()
    return tuple(tokens)


def _begin(cursors: list[_Cursor]) -> tuple[list[Token], list[_Cursor]] | None:
    """The tokens up to the first stamp or level, at the earliest column where enough lines have one."""
    enough = max(1, 0.2 * len(cursors))
    for skipped in range(5):
        fillers = [_FILLER] * skipped
        for anchor in (_TIME_IN, _TIME, _SEVERITY) if skipped < 1 else (_TIME,):
            ahead = cursors
            for token in (*fillers, anchor):
                ahead = _advance(ahead, token)
            if len(ahead) >= enough and (anchor is not _TIME_IN or len(ahead) > 0.9 * len(_advance(cursors, _TIME))):
                return [*fillers, anchor], ahead
    return None


def _next(tokens: list[Token], cursors: list[_Cursor]) -> list[Token]:
    """What nearly all lines have next: one token, or columns that lead to a level or a unit."""
    holds = {token.holds for token in tokens}
    if "time" not in holds and _common(cursors, [_TIME]):
        return [_TIME]
    if "level" not in holds:
        for skipped in range(7):
            way = [_FILLER] * skipped + [_SEVERITY]
            if _common(cursors, way) and _steady(cursors, skipped):
                return way
    for token in (_DASH, _BRACKET):
        if _common(cursors, [token]):
            return [token]
    if "unit" in holds:
        return []
    for token in (_UNIT, _TAGGED, _DOTTED, _ALIGNED):
        if _common(cursors, [token]):
            return [token]
    if "pid" not in holds and _common(cursors, [_NUMBER]):
        return [_NUMBER]
    for skipped in range(1, 7):
        way = [_FILLER] * skipped + [_UNIT]
        if _common(cursors, way) and _steady(cursors, skipped):
            return way
    return [_PIPED] if _common(cursors, [_PIPED]) else []


def _advance(cursors: list[_Cursor], token: Token) -> list[_Cursor]:
    found = ((cursor, token.pattern.match(cursor.raw, cursor.at)) for cursor in cursors)
    return [_Cursor(cursor.raw, match.end()) for cursor, match in found if match is not None]


def _common(cursors: list[_Cursor], tokens: Sequence[Token]) -> bool:
    ahead = cursors
    for token in tokens:
        ahead = _advance(ahead, token)
    return len(ahead) >= _NEARLY_ALL * len(cursors) > 0


def _steady(cursors: list[_Cursor], columns: int) -> bool:
    """Whether the next columns look like a header's: numbers, stamps, groups, or few different words."""
    for _ in range(columns):
        seen = [found for c in cursors if (found := _FILLER.pattern.match(c.raw, c.at)) is not None]
        words = {found[1].translate(None, b"0123456789") for found in seen}
        if len(words) > max(4, 0.2 * len(seen)):
            return False
        cursors = _advance(cursors, _FILLER)
    return True
