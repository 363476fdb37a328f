"""JSON, one object a line: application logs of any make, container logs, and `journalctl -o json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import DIGITS, digitless, plain
from edgeops.intake.formats.objects import (
    HOST,
    LEVEL,
    MESSAGE,
    METHOD,
    PATH,
    PID,
    STATUS,
    TIME,
    UNIT,
    Flat,
    commonest,
    first,
    flatten,
    message_of,
    request_in,
    severity_in,
    text_of,
    time_of,
    whole_number,
)
from edgeops.intake.formats.payload import stated
from edgeops.intake.formats.web import of_status
from edgeops.intake.severity import guess
from edgeops.records import Event, Line

_OWN = frozenset((*TIME, *LEVEL, *HOST, *PID))
_MOST_FIELDS = 40
_LONGEST_VALUE = 400
_STARTS = (b'{"', b"{ ")
# What servers say of any request.
_ROUTINE = frozenset(("", "handled request", "request", "access", "request completed"))


class JsonLines:
    """JSON objects. A fitted copy knows which keys hold message and level, so that `shape` need not decode."""

    name = "json"

    def __init__(self, message: str = "", level: str = "", requests: Sequence[str] = ()) -> None:
        self._message = message
        self._requests = [b'"%s":' % key.rpartition(".")[2].encode() for key in requests]
        self._message_mark = b'"%s":' % message.encode()
        self._level_mark = b'"%s":' % level.rpartition(".")[2].encode() if level else b""
        self._messages = [message, *MESSAGE] if message else MESSAGE

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        objects = [(raw, flat) for raw in sample if (flat := flatten(raw)) is not None and self.owns(flat)]
        if len(objects) < 0.2 * len(sample) or not objects:
            return None
        message = commonest(MESSAGE, objects)
        level = commonest(LEVEL, objects, nested=True)
        if not message or _says_nothing(message, objects):
            keys = [key for table in (METHOD, PATH, STATUS) if (key := commonest(table, objects, nested=True))]
            return type(self)(message, level, keys if len(keys) > 1 else ())
        fitted = type(self)(message, level)
        exact = all(
            fitted.sliced(raw) == flat.get(message) for raw, flat in objects if "\\" not in str(flat.get(message))
        )
        return fitted if exact else type(self)("", level)

    def owns(self, flat: Flat) -> bool:
        """Whether an object is of this format; any is, but for the journal's."""
        return "__REALTIME_TIMESTAMP" not in flat

    def starts(self, raw: bytes) -> bool:
        return raw.startswith(_STARTS) and raw.rstrip().endswith(b"}")

    def shape(self, raw: bytes) -> bytes:
        mark = self._level_mark
        at = raw.find(mark) if mark else -1
        level = raw[at + len(mark) : at + len(mark) + 12].split(b",", 1)[0] if at >= 0 else b""
        message = self._slice(raw)
        if self._requests and (message or b"").decode("utf-8", "replace") in _ROUTINE:
            values = [_value(raw, mark) for mark in self._requests]
            return level + b"|" + (b"|".join(values) if all(values) else digitless(raw))
        return level + b"|" + (digitless(raw) if message is None else message.translate(None, b"0123456789"))

    def sliced(self, raw: bytes) -> str | None:
        """The message cut out of the line without decoding it, or None where it is not found."""
        message = self._slice(raw)
        return None if message is None else message.decode("utf-8", "replace")

    def _slice(self, raw: bytes) -> bytes | None:
        if not self._message:
            return None
        start = raw.find(self._message_mark)
        if start < 0:
            return None
        start = raw.find(b'"', start + len(self._message_mark), start + len(self._message_mark) + 2) + 1
        end = raw.find(b'"', start) if start else -1
        while end > 0 and raw[end - 1] == 0x5C:
            end = raw.find(b'"', end + 1)
        return raw[start:end] if end > 0 else None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        flat = flatten(line.raw)
        if flat is None:
            return plain(line, more)
        key, message = first(flat, self._messages)
        text = message_of(message).strip()
        request, status = request_in(flat) if self._requests and text in _ROUTINE else ("", "")
        text = request or text or line.text.strip()
        time, inferred = time_of(flat, clock)
        unit_key, unit = first(flat, UNIT)
        taken = {key, unit_key}
        fields = [(k, text_of(v)[:_LONGEST_VALUE]) for k, v in flat.items() if k not in _OWN and k not in taken]
        return Event(
            line=line,
            format=self.name,
            message=text,
            time=time,
            time_inferred=inferred,
            host=text_of(first(flat, HOST)[1]),
            unit=text_of(unit).removeprefix("-"),
            pid=whole_number(first(flat, PID)[1]),
            severity=max(severity_in(flat), of_status(status)) if status else severity_in(flat) or guess(text),
            fields=tuple(fields[:_MOST_FIELDS]),
            more=tuple(more),
        )


def _says_nothing(message: str, objects: Sequence[tuple[bytes, Flat]]) -> bool:
    """Whether all messages are what is said of any request."""
    return all(isinstance(said := flat.get(message, ""), str) and said in _ROUTINE for _, flat in objects)


def _value(raw: bytes, mark: bytes) -> bytes:
    """What of a request's value its template and severity depend on: a path without query and digits, a status's class."""
    at = raw.find(mark)
    if at < 0:
        return b""
    at += len(mark)
    at += raw[at : at + 1] == b" "
    if raw[at : at + 1] != b'"':
        return raw[at : at + 1]
    value = raw[at + 1 : raw.find(b'"', at + 1)]
    if value.isdigit():
        return value[:1]
    path, query, _ = value.partition(b"?")
    # Of a whole request line the protocol stands after the query.
    return (path if query else path.partition(b" HTTP/")[0]).translate(None, DIGITS)


class Journal(JsonLines):
    """What `journalctl -o json` prints."""

    name = "journal"

    def owns(self, flat: Flat) -> bool:
        return "__REALTIME_TIMESTAMP" in flat

    def starts(self, raw: bytes) -> bool:
        return super().starts(raw) and b'"__REALTIME_TIMESTAMP"' in raw

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        return replace(event, severity=stated(event.message.encode()) or event.severity)


JSON = JsonLines()
JOURNAL = Journal()
