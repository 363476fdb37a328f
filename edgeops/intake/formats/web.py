"""What web servers write: access lines (common, combined, with a virtual host) and the error logs of nginx and Apache."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared, digitless
from edgeops.records import Event, Line, Severity

_CLF = rb"\d{1,2}/\w{3}/\d{4}[: ]\d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d{4})?"
_QUOTED = rb"(?:[^\"\\]|\\.)*"
# Possessive: whatever the line is, it is gone through once.
_REQUEST = re.compile(rb'\] "([^\s"]*+) ?([^ ?"]*+)[^"]*+" (\d)?')


def _request_kept(raw: bytes) -> bytes:
    """Method, path and status class: what an access line's template and severity depend on."""
    found = _REQUEST.search(raw)
    if found is None:
        return digitless(raw)
    method, path, status = found.groups()
    return b"%s %s %s" % (method, digitless(path), status or b"-")


class Access(Declared):
    """Access lines; the message is the request without its query, and the status."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        fields = dict(event.fields)
        request, _, protocol = fields.pop("request", "").partition(" HTTP/")
        path, _, query = request.partition("?")
        kept = {**fields, "protocol": protocol, "query": query}
        status = fields.get("status", "-")
        return replace(
            event,
            message=f'"{path}" {status}',
            severity=of_status(status),
            fields=tuple((name, value) for name, value in kept.items() if value and value != "-"),
        )


def of_status(status: str) -> Severity:
    """The severity of an HTTP status: an error when the server failed."""
    return {"5": Severity.ERROR, "4": Severity.NOTICE}.get(status[:1], Severity.INFO)


# A user's name may hold spaces, so runs of spaces are bounded: a line of blanks took seconds.
ACCESS = Access(
    "access",
    rb"(?:(?P<vhost>[\w.:*-]{1,255}) )?(?P<client>[^\s\[\"]{1,255}) {1,9}[^\s\[\"]{1,255} {1,9}(?P<user>[^\[\"]{1,255}?) {1,9}\[(?P<time>"
    + _CLF
    + rb")\] "
    rb"\"(?P<request>" + _QUOTED + rb")\" (?P<status>\d{3}|-) (?P<bytes>\d+|-)"
    rb"(?: \"(?P<referrer>" + _QUOTED + rb")\" \"(?P<agent>" + _QUOTED + rb")\")?.*",
    shape=_request_kept,
)

_DETAIL = re.compile(r', (client|server|request|upstream|host|referrer): ("(?:[^"\\]|\\.)*"|[^,]*)')


class NginxError(Declared):
    """nginx's error log; what follows the message (client, upstream, ...) is left in it and also given as fields."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        details = tuple((name, value.strip('"')) for name, value in _DETAIL.findall(event.message))
        return replace(event, unit="nginx", fields=event.fields + details)


NGINX_ERROR = NginxError(
    "nginx-error",
    rb"(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>emerg|alert|crit|error|warn|notice|info|debug)\] "
    rb"(?P<pid>\d+)#\d+: (?:\*(?P<connection>\d+) )?(?P<message>.*)",
)


class ApacheError(Declared):
    """Apache's error log, 2.2 and 2.4; the client is left in the message and also given as a field."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        return replace(event, unit="apache") if event.format == self.name else event


APACHE_ERROR = ApacheError(
    "apache-error",
    rb"\[(?P<time>\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4})\] "
    rb"\[(?:(?P<module>[\w.-]*):)?(?P<level>emerg|alert|crit|error|warn|notice|info|debug|trace\d)\] "
    rb"(?:\[pid (?P<pid>\d+)(?::tid \d+)?\] )?(?P<message>(?:\[(?:client|remote) (?P<client>[^\]]*)\] )?.*)",
)
