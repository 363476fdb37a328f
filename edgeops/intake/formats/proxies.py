"""Access lines that are not in the common log format: Squid, Envoy, the load balancers and buckets of AWS, uWSGI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared, digitless
from edgeops.intake.formats.web import of_status
from edgeops.records import Event, Line

_QUOTED = rb"[^\"\\]*(?:\\.[^\"\\]*)*"
_ISO = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z"
_PAIR = rb"(?:-|[\da-fA-F.:\[\]]{2,60}:\d{1,5})"


class Requests(Declared):
    """Lines of requests; the message is the method, the path without its query, and the status."""

    def __init__(self, name: str, pattern: bytes, *, hint: bytes) -> None:
        super().__init__(name, pattern, hint=hint, shape=self._kept)

    def _kept(self, raw: bytes) -> bytes:
        """Method, path and status class: what the message and the severity depend on."""
        found = self._pattern.match(raw)
        if found is None:
            return digitless(raw)
        return b"%s %s %s" % (
            found["method"],
            digitless(found["path"].partition(b"?")[0]),
            (found["status"] or b"-")[:1],
        )

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        fields = dict(event.fields)
        method, status = fields.pop("method", ""), fields.get("status", "-")
        path, _, query = fields.pop("path", "").partition("?")
        kept = {**fields, "query": query}
        return replace(
            event,
            message=f'"{method} {path}" {status}',
            severity=of_status(status),
            fields=tuple((name, value) for name, value in kept.items() if value and value != "-"),
        )


_REQUEST = rb"\"(?P<method>[A-Z]{1,20}|-) (?P<path>[^\s\"]{0,8000}) ?(?:HTTP/(?P<protocol>[\d.]{1,4})|-)? ?\""

SQUID = Requests(
    "squid",
    rb"(?P<time>1\d{9}\.\d{3}) +(?P<took>-?\d{1,12}) (?P<client>[\w.:-]{1,255}) (?P<result>[A-Z_]{3,60})/(?P<status>\d{3}) "
    rb"(?P<bytes>\d{1,18}) (?P<method>[A-Z_]{1,30}) (?P<path>\S{1,8000}) (?P<user>\S{1,255}) (?P<peer>\S{1,300})(?: .*)?$",
    hint=b"/",
)
SQUID_CACHE = Declared(
    "squid-cache",
    rb"(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{3})?)(?: (?P<unit>kid\d{1,4}))?\| (?P<message>.*)",
    hint=b"| ",
)
ENVOY = Requests(
    "envoy",
    rb"\[(?P<time>" + _ISO + rb")\] " + _REQUEST + rb" (?P<status>\d{1,3}) (?P<flags>-|[A-Za-z,_]{2,40})(?= |$).*",
    hint=b'] "',
)
"""Envoy and Istio; flags say what went wrong (`UF`, `NR`, ...)."""
LOAD_BALANCER = Requests(
    "load-balancer",
    rb"(?:(?P<kind>https?|h2|grpcs|wss?) )?(?P<time>"
    + _ISO
    + rb") (?P<balancer>[\w./-]{1,120}) (?P<client>"
    + _PAIR
    + rb") "
    rb"(?P<target>"
    + _PAIR
    + rb") -?[\d.]{1,12} -?[\d.]{1,12} -?[\d.]{1,12} (?P<status>\d{3}|-) (?P<backend_status>\d{3}|-) "
    rb"(?P<received>\d{1,18}|-) (?P<sent>\d{1,18}|-) " + _REQUEST + rb".*",
    hint=b' "',
)
"""AWS: the classic load balancer and the application load balancer."""
BUCKET = Requests(
    "bucket",
    rb"[0-9a-f]{64} (?P<bucket>\S{1,80}) \[(?P<time>\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] (?P<client>[\da-fA-F.:-]{1,60}) "
    rb"\S{1,300} (?P<request>[0-9A-Z]{1,40}) (?P<operation>[A-Z][A-Z.0-9_a-z]{1,80}) (?P<key>\S{1,3000}) "
    + _REQUEST
    + rb" "
    rb"(?P<status>\d{3}|-) (?P<error>\w{1,80}|-) .*",
    hint=b' "',
)
"""AWS: server access logs of S3."""
UWSGI = Requests(
    "uwsgi",
    rb"\[pid: (?P<pid>\d{1,10})\|app: -?\d{1,6}\|req: [\d/-]{1,40}\] (?P<client>[\w.:-]{1,60}) \((?P<user>[^()]{0,120})\) "
    rb"\{[^{}]{0,80}\} \[(?P<time>[^\]]{10,40})\] (?P<method>[A-Z]{1,20}) (?P<path>\S{1,8000}) => "
    rb"generated (?P<bytes>-?\d{1,18}) bytes in (?P<took>\d{1,12} m?secs?) \(HTTP/(?P<protocol>[\d.]{1,4}) (?P<status>\d{3})\).*",
    hint=b"|app: ",
)
