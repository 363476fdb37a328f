"""JSON, one object a line: application logs of any make, container logs, and `journalctl -o json`.

What time, level, message, host and unit are called differs; the tables say which keys are tried, best first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

# msgspec: decodes JSON several times faster than the standard library.
import msgspec

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import digitless, plain
from edgeops.intake.severity import guess, of_priority, severity_of
from edgeops.records import Event, Line, Severity

Flat = dict[str, Any]

TIME = "__REALTIME_TIMESTAMP _SOURCE_REALTIME_TIMESTAMP time timestamp @timestamp ts t datetime date asctime eventTime timeMillis instant start_time timestamp_ns created".split()
LEVEL = "PRIORITY level severity lvl log.level loglevel log_level levelname level_name severity_text severityText severity_number".split()
MESSAGE = (
    "MESSAGE message msg log fields.message body event text short_message error.message error err err.message".split()
)
HOST = "_HOSTNAME host hostname host.name node server hostName kubernetes.host".split()
UNIT = (
    "SYSLOG_IDENTIFIER _SYSTEMD_UNIT _COMM service service.name app application program logger logger_name name component "
    "unit module target caller kubernetes.container_name source category"
).split()
PID = "_PID SYSLOG_PID pid process.pid process_id".split()

_OWN = frozenset((*TIME, *LEVEL, *HOST, *PID))
_MOST_FIELDS = 40
_LONGEST_VALUE = 400
_MOST_DIGITS = 10
_STARTS = (b'{"', b"{ ")


class JsonLines:
    """JSON objects. A fitted copy knows which keys hold message and level, so that `shape` need not decode."""

    name = "json"

    def __init__(self, message: str = "", level: str = "") -> None:
        self._message = message
        self._message_mark = b'"%s":' % message.encode()
        self._level_mark = b'"%s":' % level.rpartition(".")[2].encode() if level else b""
        self._messages = [message, *MESSAGE] if message else MESSAGE

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        objects = [(raw, flat) for raw in sample if (flat := flatten(raw)) is not None and self.owns(flat)]
        if len(objects) < 0.2 * len(sample) or not objects:
            return None
        message = _commonest(MESSAGE, objects)
        level = _commonest(LEVEL, objects, nested=True)
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
        key, message = _first(flat, self._messages)
        text = _message(message).strip() if key else line.text.strip()
        time, inferred = _time(flat, clock)
        unit_key, unit = _first(flat, UNIT)
        host, pid = _first(flat, HOST)[1], _first(flat, PID)[1]
        taken = {key, unit_key}
        fields = [(k, _text(v)[:_LONGEST_VALUE]) for k, v in flat.items() if k not in _OWN and k not in taken]
        return Event(
            line=line,
            format=self.name,
            message=text,
            time=time,
            time_inferred=inferred,
            host=_text(host),
            unit=_text(unit),
            pid=int(pid) if str(pid).isdecimal() and len(str(pid)) <= _MOST_DIGITS else None,
            severity=_severity(flat) or guess(text),
            fields=tuple(fields[:_MOST_FIELDS]),
            more=tuple(more),
        )


class Journal(JsonLines):
    """What `journalctl -o json` prints."""

    name = "journal"

    def owns(self, flat: Flat) -> bool:
        return "__REALTIME_TIMESTAMP" in flat

    def starts(self, raw: bytes) -> bool:
        return super().starts(raw) and b'"__REALTIME_TIMESTAMP"' in raw


JSON = JsonLines()
JOURNAL = Journal()


def flatten(raw: bytes) -> Flat | None:
    """The object of a line with one level of nesting joined by dots, or None when the line is no JSON object."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return dict(_flat(value)) if isinstance(value, dict) else None


def _flat(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from ((f"{key}.{name}", deeper) for name, deeper in inner.items())
        else:
            yield key, inner


def _commonest(keys: Sequence[str], objects: Sequence[tuple[bytes, Flat]], *, nested: bool = False) -> str:
    """The first of the keys that most objects have (at their top unless nested); empty when none has."""
    for key in keys:
        if (nested or "." not in key) and sum(key in flat for _, flat in objects) > len(objects) / 2:
            return key
    return ""


def _first(flat: Flat, keys: Sequence[str]) -> tuple[str, Any]:
    for key in keys:
        if (value := flat.get(key)) not in (None, ""):
            return key, value
    return "", ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _message(value: Any) -> str:
    """A message as text; the journal gives one that is no UTF-8 as an array of its bytes."""
    if isinstance(value, list) and value and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
        return bytes(value).decode("utf-8", "replace")
    return _text(value)


def _time(flat: Flat, clock: Clock) -> tuple[datetime | None, bool]:
    for key in TIME:
        if (value := flat.get(key)) is not None:
            time, inferred = clock.read(_stamp(value))
            if time is not None:
                return time, inferred
    return None, False


def _stamp(value: Any) -> bytes:
    return f"{value:.9f}".rstrip("0").rstrip(".").encode() if isinstance(value, float) else _text(value).encode()


def _severity(flat: Flat) -> Severity:
    key, value = _first(flat, LEVEL)
    if isinstance(value, str) and not value.isdecimal():
        return severity_of(value)
    # Python refuses to read a number of more than 4,300 digits.
    if not key or not str(value).isdecimal() or len(str(value)) > _MOST_DIGITS:
        return Severity.NONE
    level = int(value)
    if key == "severity_number":
        return _OTEL[(level - 1) // 4] if 1 <= level <= 24 else Severity.NONE
    # Up to 7 it is a syslog severity (journal, GELF); from 10 on a level of bunyan or pino.
    return of_priority(level) if level < 8 else _TENS.get(level // 10, Severity.NONE)


_OTEL = (Severity.DEBUG, Severity.DEBUG, Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.FATAL)
_TENS = {
    1: Severity.DEBUG,
    2: Severity.DEBUG,
    3: Severity.INFO,
    4: Severity.WARNING,
    5: Severity.ERROR,
    6: Severity.FATAL,
}
