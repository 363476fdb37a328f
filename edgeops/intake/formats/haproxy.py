"""HAProxy: HTTP and TCP traffic, handshake errors and notices, behind a syslog header or without; its alerts on stderr.

How a session ended (`SC--`) says who failed: docs.haproxy.org, configuration manual, "Session state at disconnection".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import Expression, digitless, number, plain, text
from edgeops.intake.formats.web import of_status
from edgeops.intake.severity import guess
from edgeops.records import Event, Line, Severity

_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_HEAD = Expression(
    rb"(?:<\d{1,3}>)?(?P<time>" + _MONTH + rb" [ \d]\d \d\d:\d\d:\d\d|"
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) "
    rb"(?:(?P<host>[^\s\[\]]{1,255}) )?(?P<unit>[\w./-]{1,80})(?:\[(?P<pid>\d{1,10})\])?: "
)
_CLIENT = Expression(
    rb"(?P<client>[\w.:-]{1,60}):(?P<port>\d{1,5}) "
    rb"\[(?P<accepted>\d\d/" + _MONTH + rb"/\d{4}:\d\d:\d\d:\d\d(?:\.\d{3})?)\] (?P<said>(?P<frontend>[^\s/]{1,120}).*)"
)
_TRAFFIC = Expression(
    rb"[^\s/]{1,120} (?P<backend>[^\s/]{1,120})/(?P<server>\S{1,120}) (?P<timers>[+-]?\d{1,12}(?:/[+-]?\d{1,12}){1,5}) "
    rb"(?:(?P<status>-1|\d{1,3}) )?(?P<bytes>\+?\d{1,18}) (?:\S{1,200} \S{1,200} )?(?P<state>[A-Za-z-]{2}[\w-]{0,2}) "
    rb"\d{1,9}(?:/\+?\d{1,9}){4} (?P<queues>\d{1,9}/\d{1,9})(?P<rest>.*)"
)
_REQUEST = Expression(rb"[^\"]{0,4000}\"(<BADREQ>|[A-Z]{1,20} [^\s?\"]{1,8000})")
_ALERT = Expression(
    rb"\[(?P<level>DIAG|NOTICE|WARNING|ALERT|EMERG)\] {1,4}(?:\d{3}/\d{6} )?\((?P<pid>\d{1,10})\) : (?P<message>.*)"
)
# Who ended the session, by the first letter of its state. What the client did, or an operator, is no fault of ours.
_ENDED = {
    **dict.fromkeys("SDRI", Severity.ERROR),
    **dict.fromkeys("s", Severity.WARNING),
    **dict.fromkeys("PCcKU", Severity.NOTICE),
}
_ALERTS = {
    "DIAG": Severity.INFO,
    "NOTICE": Severity.NOTICE,
    "WARNING": Severity.WARNING,
    "ALERT": Severity.ERROR,
    "EMERG": Severity.CRITICAL,
}
_NEWS = ((" has no server available", Severity.CRITICAL), (" is DOWN", Severity.ERROR), (" is UP", Severity.NOTICE))


class HaProxy:
    """What HAProxy writes; the message of traffic has the parts that say where it went and how it ended."""

    name = "haproxy"

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        return self if sum(map(self.starts, sample)) >= 0.2 * len(sample) > 0 else None

    def starts(self, raw: bytes) -> bool:
        head = _HEAD.match(raw)
        if head is not None and b"haproxy" in head["unit"]:
            return True
        return b"] " in raw and (_CLIENT.match(raw[head.end() :] if head else raw) or _ALERT.match(raw)) is not None

    def shape(self, raw: bytes) -> bytes:
        """Of traffic only what its message and severity depend on."""
        head = _HEAD.match(raw)
        client = _CLIENT.match(raw, head.end() if head else 0)
        found = _TRAFFIC.match(client["said"]) if client else None
        if client is None or found is None:
            return digitless(raw)
        return b"%s %s %s" % (digitless(_said(client, found)), (found["status"] or b"-")[:1], found["state"])

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        head = _HEAD.match(line.raw)
        body = line.raw[head.end() :] if head else line.raw
        if (client := _CLIENT.match(body)) is not None:
            message, severity, fields = _session(client)
        elif head is None and (alert := _ALERT.match(body)) is not None:
            message, severity, fields = text(alert["message"]).strip(), _ALERTS[text(alert["level"])], {}
            return _event(line, more, message, severity, pid=number(alert["pid"]))
        elif head is not None:
            message, fields = text(body).strip(), {}
            severity = next((level for words, level in _NEWS if words in message), guess(message))
        else:
            return plain(line, more)
        time, inferred = clock.read(_stamp(head, client))
        pid, host = (number(head["pid"]), text(head["host"])) if head else (None, "")
        return _event(line, more, message, severity, pid=pid, host=host, time=time, inferred=inferred, fields=fields)


def _event(
    line: Line,
    more: Sequence[Line],
    message: str,
    severity: Severity,
    *,
    pid: int | None,
    host: str = "",
    time: datetime | None = None,
    inferred: bool = False,
    fields: dict[str, str] | None = None,
) -> Event:
    return Event(
        line=line,
        format=HaProxy.name,
        message=message,
        time=time,
        time_inferred=inferred,
        host=host,
        unit="haproxy",
        pid=pid,
        severity=severity,
        fields=tuple((name, value) for name, value in (fields or {}).items() if value),
        more=tuple(more),
    )


def _stamp(head: re.Match[bytes] | None, client: re.Match[bytes] | None) -> bytes:
    """The header's stamp, which may lack a year: that of when the session began, or the next if New Year lay between."""
    if head is None:
        return client["accepted"] if client else b""
    stamp: bytes = head["time"]
    if client is None or stamp[:1].isdigit():
        return stamp
    began = client["accepted"]
    later = began[3:6] == b"Dec" and stamp[:3] == b"Jan"
    return b"%s %d" % (stamp, int(began[7:11]) + later)


def _said(client: re.Match[bytes], found: re.Match[bytes]) -> bytes:
    """Frontend, backend, server, timers, status, end and request without its query."""
    request = _REQUEST.match(found["rest"])
    parts = (
        client["frontend"],
        found["backend"] + b"/" + found["server"],
        found["timers"],
        found["status"],
        found["state"],
    )
    return b" ".join(part for part in (*parts, b'"%s"' % request[1] if request else None) if part)


def _session(client: re.Match[bytes]) -> tuple[str, Severity, dict[str, str]]:
    """What is said of a client: its request or connection and how that ended, or why it was refused."""
    fields = {"client": text(client["client"]), "frontend": text(client["frontend"]).rstrip("~")}
    found = _TRAFFIC.match(client["said"])
    if found is None:
        # Whoever fails a handshake is a client.
        message = text(client["said"]).strip()
        return message, min(guess(message), Severity.WARNING), fields
    kept = ("backend", "server", "status", "bytes", "timers", "state", "queues")
    fields |= {name: text(found[name]) for name in kept}
    severity = max(of_status(fields["status"]), _ENDED.get(fields["state"][:1], Severity.INFO))
    return text(_said(client, found)), severity, fields


HAPROXY = HaProxy()
