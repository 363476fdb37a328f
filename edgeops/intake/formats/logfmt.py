"""logfmt: `time=... level=info msg="..." key=value`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import digitless, number, plain, text
from edgeops.intake.severity import guess, severity_of
from edgeops.records import Event, Line

_KEY = rb"[A-Za-z_@][\w.@/-]{0,80}"
_VALUE = rb"\"(?:[^\"\\]|\\.)*\"|[^\s\"]*"
_PAIRS = re.compile(rb"(?<![\w.@/-])(" + _KEY + b")=(" + _VALUE + b")")
_START = re.compile(b"(?:" + _KEY + b"=(?:" + _VALUE + rb")(?:\s+|$)){2}")
_KEYS = re.compile(rb"(?:^|\s)(?:msg|message|level|lvl|severity)=")
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)

_TIME = ("time", "ts", "timestamp", "t", "at", "date")
_LEVEL = ("level", "lvl", "severity", "loglevel")
_MESSAGE = ("msg", "message", "err", "error")
_HOST = ("host", "hostname", "node")
_UNIT = ("service", "app", "logger", "component", "unit", "module", "source", "caller")
_OWN = frozenset((*_TIME, *_LEVEL, *_HOST, "pid"))
_MOST_FIELDS = 40


class Logfmt:
    """Lines of key=value pairs."""

    name = "logfmt"

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        return self if sum(map(self.starts, sample)) >= 0.2 * len(sample) > 0 else None

    def starts(self, raw: bytes) -> bool:
        return _START.match(raw) is not None and _KEYS.search(raw) is not None

    def shape(self, raw: bytes) -> bytes:
        start, level = raw.find(b'msg="'), raw.find(b"level=")
        end = raw.find(b'"', start + 5) if start >= 0 else -1
        if end < 0 or level < 0 or raw[end - 1] == 0x5C:
            return digitless(raw)
        return raw[level : level + 9] + b"|" + digitless(raw[start:end])

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        pairs = {text(key): _unquoted(value) for key, value in _PAIRS.findall(line.raw)}
        if not pairs:
            return plain(line, more)
        message_key, message = _first(pairs, _MESSAGE)
        unit_key, unit = _first(pairs, _UNIT)
        shown = text(message).strip() or line.text.strip()
        time, inferred = _time(pairs, clock)
        kept = [
            (key, text(value)) for key, value in pairs.items() if key not in _OWN and key not in (message_key, unit_key)
        ]
        return Event(
            line=line,
            format=self.name,
            message=shown,
            time=time,
            time_inferred=inferred,
            host=text(_first(pairs, _HOST)[1]),
            unit=text(unit),
            pid=number(pairs.get("pid")),
            severity=severity_of(text(_first(pairs, _LEVEL)[1])) or guess(shown),
            fields=tuple(kept[:_MOST_FIELDS]),
            more=tuple(more),
        )


LOGFMT = Logfmt()


def _unquoted(value: bytes) -> bytes:
    return _ESCAPE.sub(rb"\1", value[1:-1]) if value[:1] == b'"' else value


def _first(pairs: dict[str, bytes], keys: Sequence[str]) -> tuple[str, bytes]:
    return next(((key, pairs[key]) for key in keys if pairs.get(key)), ("", b""))


def _time(pairs: dict[str, bytes], clock: Clock) -> tuple[datetime | None, bool]:
    stamp = _first(pairs, _TIME)[1]
    return clock.read(stamp) if stamp else (None, False)
