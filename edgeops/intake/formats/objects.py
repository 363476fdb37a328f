"""Log records that are JSON objects: which keys hold time, level, message, host and unit, and what the values mean.

Keys differ from program to program; the tables say which are tried, best first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

# msgspec: decodes JSON several times faster than the standard library.
import msgspec

from edgeops.hooks import Clock
from edgeops.intake.severity import of_priority, severity_of
from edgeops.records import Severity

Flat = dict[str, Any]
# Python refuses to read a number of more than 4,300 digits.
_MOST_DIGITS = 10

# The last of each table are the keys of one program or library each: of MongoDB (t.$date s c), PostgreSQL (error_severity),
# MySQL (label), Traefik (StartUTC), nginx as it is often set up (time_local), Serilog (@t @l @m), .NET (LogLevel Category), hclog (@level).
TIME = (
    "__REALTIME_TIMESTAMP _SOURCE_REALTIME_TIMESTAMP time timestamp @timestamp ts t datetime date asctime eventTime timeMillis "
    "instant start_time timestamp_ns created Timestamp t.$date StartUTC StartLocal time_local time_iso8601 @t"
).split()
LEVEL = (
    "PRIORITY level severity lvl log.level loglevel log_level levelname level_name severity_text severityText severity_number "
    "error_severity Level LogLevel @level @l label s"
).split()
MESSAGE = (
    "MESSAGE message msg log fields.message body event text short_message error.message error err err.message "
    "Message @message @m RenderedMessage @mt"
).split()
HOST = "_HOSTNAME host hostname host.name node server hostName kubernetes.host Hostname".split()
UNIT = (
    "SYSLOG_IDENTIFIER _SYSTEMD_UNIT _COMM service service.name app application program logger logger_name name component "
    "unit module target caller kubernetes.container_name source category log.logger Category SourceContext @module c "
    "_application _service _logger _facility facility"
).split()
PID = "_PID SYSLOG_PID pid process.pid process_id _pid _process_id".split()
METHOD = "method request_method request.method http.request.method RequestMethod httpMethod verb".split()
PATH = "uri request_uri path request.uri url.path RequestPath url request".split()
STATUS = "status status_code statusCode response.status http.response.status_code DownstreamStatus code".split()


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


def commonest(keys: Sequence[str], objects: Sequence[tuple[bytes, Flat]], *, nested: bool = False) -> str:
    """The first of the keys that most objects have (at their top unless nested); empty when none has."""
    for key in keys:
        if (nested or "." not in key) and sum(key in flat for _, flat in objects) > len(objects) / 2:
            return key
    return ""


def first(flat: Flat, keys: Sequence[str]) -> tuple[str, Any]:
    """The first of the keys that has a value, and the value; empty when none has."""
    for key in keys:
        if (value := flat.get(key)) not in (None, ""):
            return key, value
    return "", ""


def text_of(value: Any) -> str:
    """A value as text; what is no text as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def message_of(value: Any) -> str:
    """A message as text; the journal gives one that is no UTF-8 as an array of its bytes."""
    if isinstance(value, list) and value and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
        return bytes(value).decode("utf-8", "replace")
    return text_of(value)


def time_of(flat: Flat, clock: Clock) -> tuple[datetime | None, bool]:
    """The time of an object, and whether it was inferred."""
    for key in TIME:
        if (value := flat.get(key)) is not None:
            time, inferred = clock.read(_stamp(value))
            if time is not None:
                return time, inferred
    return None, False


def _stamp(value: Any) -> bytes:
    return f"{value:.9f}".rstrip("0").rstrip(".").encode() if isinstance(value, float) else text_of(value).encode()


def whole_number(value: Any) -> int | None:
    """A number of at most 10 digits (a pid, a level), given as such or as text; None for anything else."""
    digits = str(value)
    return int(digits) if digits.isdecimal() and len(digits) <= _MOST_DIGITS else None


def request_in(flat: Flat) -> tuple[str, str]:
    """The request that an object without a message tells of, as the access formats show it, and its status; empty if none."""
    path, status = first(flat, PATH)[1], str(first(flat, STATUS)[1])
    if not isinstance(path, str) or not path or not (status.isdecimal() and len(status) == 3):
        return "", ""
    path = path.partition("?")[0].partition(" HTTP/")[0]
    return f'"{" ".join((text_of(first(flat, METHOD)[1]), path)).strip()}" {status}', status


def severity_in(flat: Flat) -> Severity:
    """The severity that an object states, in words or in one of the usual numbers."""
    key, value = first(flat, LEVEL)
    if isinstance(value, str) and not value.isdecimal():
        return severity_of(value) or severity_of(value.rstrip("12345"))
    level = whole_number(value) if key else None
    if level is None:
        return Severity.NONE
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
