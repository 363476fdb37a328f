"""W3C extended logs (IIS, HTTPERR, CloudFront, the Windows firewall): `#Fields:` names the columns, and may change on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import DIGITS, Expression, digitless, plain, text
from edgeops.intake.formats.web import of_status
from edgeops.intake.severity import guess
from edgeops.records import Event, Line, Severity

_FIELDS = b"#Fields:"
_VALUE = re.compile(rb"\"[^\"]*\"|[^\s\"]+")
_VALUE_IN_COMMAS = re.compile(rb"(?:^|,)(\"[^\"]*\"|[^,\"]*)")
_MOST_LISTS = 64
_MOST_COLUMNS = 80
# How the values of some columns look: tells which of two lists of as many columns a line follows.
_LOOKS = {
    "date": Expression(rb"\d{4}-\d\d-\d\d$"),
    "time": Expression(rb"\d\d:\d\d:\d\d"),
    "sc-status": Expression(rb"(?:\d{3}|-)$"),
    "cs-method": Expression(rb"(?:[A-Z_]{3,20}|-)$"),
    "c-ip": Expression(rb"(?:[\da-fA-F.:%]{3,60}|-)$"),
    "s-ip": Expression(rb"(?:[\da-fA-F.:%]{3,60}|-)$"),
    "cs-uri-stem": Expression(rb"(?:[/*]|-$)"),
    "time-taken": Expression(rb"(?:[\d.]{1,18}|-)$"),
}
_METHOD, _PATH, _STATUS = ("cs-method",), ("cs-uri-stem", "cs-uri"), ("sc-status",)
_NAMES = {
    **{"c-ip": "client", "s-ip": "server", "cs-username": "user", "cs-uri-query": "query", "sc-status": "status"},
    **{
        "cs(User-Agent)": "agent",
        "cs(Referer)": "referrer",
        "time-taken": "took",
        "s-sitename": "site",
        "cs-host": "vhost",
    },
}
_OWN = frozenset("date time date-time cs-method cs-uri-stem cs-uri s-computername".split())


class Columns(NamedTuple):
    """A list of columns, and the places of those that make a request."""

    names: tuple[str, ...]
    method: int | None
    path: int | None
    status: int | None


def _place(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


class W3c:
    """A source's lists of columns, by how many they are. Lists that come later in the source are learnt when they are met."""

    name = "w3c"

    def __init__(self, directives: Sequence[bytes] = ()) -> None:
        self._lists: dict[int, list[Columns]] = {}
        self._local = any(raw.startswith(b"#Time Format: Local") for raw in directives)
        self._date = next((raw[6:].strip()[:10] for raw in directives if raw.startswith(b"#Date:")), b"")
        self._fitted = bool(directives)
        heads = [raw for raw in directives if raw.startswith(_FIELDS)]
        self._values = _between_commas if any(b"," in raw for raw in heads) else _between_blanks
        for raw in heads:
            self._learn(raw)

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """A copy that knows the lists of the sample, when most of its lines have such columns."""
        directives = [raw for raw in sample if raw.startswith(b"#")]
        if not any(raw.startswith(_FIELDS) for raw in directives):
            return None
        fitted = type(self)(directives)
        rows = [fitted._row(raw) for raw in sample if not raw.startswith(b"#")]
        return fitted if sum(bool(row) and _likeness(row) >= 0 for row in rows) >= len(rows) / 2 else None

    def _learn(self, raw: bytes) -> None:
        """Learn the columns that a `#Fields:` line names; what stands for all sources learns nothing."""
        names = tuple(map(text, self._values(raw[len(_FIELDS) :].strip())))
        if not self._fitted or not 0 < len(names) <= _MOST_COLUMNS:
            return
        known = self._lists.setdefault(len(names), [])
        if len(known) < _MOST_LISTS and all(columns.names != names for columns in known):
            known.append(Columns(names, *(_place(names, wanted) for wanted in (_METHOD, _PATH, _STATUS))))

    def starts(self, raw: bytes) -> bool:
        if raw[:1] == b"#":
            return bool(self._lists) or raw.startswith(_FIELDS)
        return bool(self._lists) and len(self._values(raw)) in self._lists

    def shape(self, raw: bytes) -> bytes:
        """Method, path and status class where there are any; a list of columns is learnt on the way."""
        if raw.startswith(_FIELDS):
            self._learn(raw)
            return raw
        values = self._values(raw)
        columns = self._columns(values)
        if columns is None or columns.path is None:
            return digitless(raw)
        method, path, status = (b"" if at is None else values[at] for at in columns[1:])
        return b"%s %s %s" % (method, path.translate(None, DIGITS), status[:1])

    def _row(self, raw: bytes) -> dict[str, bytes]:
        """A line's values by the names of the columns that it follows; empty when it follows none."""
        values = self._values(raw)
        columns = self._columns(values)
        return dict(zip(columns.names, values, strict=True)) if columns else {}

    def _columns(self, values: Sequence[bytes]) -> Columns | None:
        """The list that a line's values follow: of lists of as many columns the latest that they look most like."""
        lists = self._lists.get(len(values))
        if lists is None or len(lists) < 2:
            return lists[0] if lists else None
        return max(reversed(lists), key=lambda columns: _likeness(dict(zip(columns.names, values, strict=True))))

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        raw = line.raw
        if raw.startswith(_FIELDS):
            self._learn(raw)
        row = {} if raw[:1] == b"#" else self._row(raw)
        if not row:
            return (
                replace(plain(line, more), format=self.name, severity=Severity.NONE)
                if raw[:1] == b"#"
                else plain(line, more)
            )
        time, inferred = clock.read(self._stamp(row))
        method, path, status = (text(_of(row, names)) for names in (_METHOD, _PATH, _STATUS))
        rest = {name: text(value) for name, value in row.items() if name not in _OWN and value not in (b"", b"-")}
        message = f'"{method} {path}" {status}' if path else " ".join(rest.values())
        return Event(
            line=line,
            format=self.name,
            message=message.strip(),
            time=time,
            time_inferred=inferred,
            host=text(row.get("s-computername")),
            severity=of_status(status) if status else guess(message),
            fields=tuple((_NAMES.get(name, name), value) for name, value in rest.items()),
            more=tuple(more),
        )

    def _stamp(self, row: dict[str, bytes]) -> bytes:
        """Date and time, which are in UTC unless a directive says otherwise."""
        whole = row.get("date-time")
        stamp = whole or (row.get("date") or self._date) + b" " + row.get("time", b"")
        return stamp.strip() + (b"" if self._local or stamp.endswith(b"Z") else b"Z")


def _of(row: dict[str, bytes], names: Sequence[str]) -> bytes:
    """The first of the columns that is there."""
    return next((row[name] for name in names if name in row), b"")


def _likeness(row: dict[str, bytes]) -> int:
    """How many of the values look like what their columns hold, less those that do not."""
    looks = ((_LOOKS[name].match(value) is not None) for name, value in row.items() if name in _LOOKS)
    return sum(1 if right else -1 for right in looks)


def _between_blanks(raw: bytes) -> list[bytes]:
    return raw.split() if b'"' not in raw else [value.strip(b'"') for value in _VALUE.findall(raw)]


def _between_commas(raw: bytes) -> list[bytes]:
    return [value.strip(b'"') for value in _VALUE_IN_COMMAS.findall(raw)]


W3C = W3c()
