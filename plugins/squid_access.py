"""An example plugin: reads Squid's access log, and knows the fault behind a run of 503 answers.

1732260662.123   5012 10.0.0.7 TCP_MISS/503 4108 GET http://repo.internal/x - HIER_NONE/- text/html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from edgeops.hooks import Clock, Format, implementation
from edgeops.records import Event, Fault, Line, Role, Rule, Severity, Step, Wording

_LINE = re.compile(
    rb"(?P<time>\d{10}\.\d{3}) +(?P<took>\d+) (?P<client>\S+) (?P<result>[A-Z_]+)/(?P<status>\d{3}) (?P<size>\d+) "
    rb"(?P<method>[A-Z]+) (?P<url>\S+)"
)
_DIGITS = b"0123456789"


class SquidAccess:
    """Squid's native access log. Answers from 500 on are errors."""

    name = "squid_access"

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        return self if sample and all(map(self.starts, sample)) else None

    def starts(self, raw: bytes) -> bool:
        return _LINE.match(raw) is not None

    def shape(self, raw: bytes) -> bytes:
        """Result and status decide the severity, so lines that differ in them have different shapes."""
        found = _LINE.match(raw)
        return found["result"] + b"/" + found["status"] if found else raw.translate(None, _DIGITS)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        found = _LINE.match(line.raw)
        if not found:
            return Event(line=line, format=self.name, message=line.text, more=tuple(more))
        part = {name: value.decode("utf-8", "replace") for name, value in found.groupdict().items()}
        time, inferred = clock.read(found["time"])
        return Event(
            line=line,
            format=self.name,
            message=f"{part['result']}/{part['status']} {part['method']} {part['url']}",
            time=time,
            time_inferred=inferred,
            unit="squid",
            severity=Severity.ERROR if part["status"] >= "500" else Severity.INFO,
            fields=(("client", part["client"]), ("took_ms", part["took"])),
            more=tuple(more),
        )


@implementation
def edgeops_formats() -> Iterable[Format]:
    """The log format of this plugin."""
    return (SquidAccess(),)


@implementation
def edgeops_faults() -> Iterable[Fault]:
    """The fault that this plugin knows."""
    name = "squid-origin-unreachable"
    return (
        Fault(
            id=name,
            title="Squid cannot reach the origin server",
            family="squid",
            services=("squid",),
            rules=(Rule(name, Role.SYMPTOM, "TCP_MISS/503 {method} {url:url}", services=("squid",)),),
            samples=("TCP_MISS/503 GET http://repo.internal/x",),
            en=Wording(
                "Squid cannot reach the origin server",
                "Squid answered 503 for {url}: it could not reach the server behind it.",
                "The origin server, its name or the way to it is down; Squid itself is well.",
                "Requests for the same address are answered with 200 or 304 again.",
            ),
            zh=Wording(
                "Squid 无法连接源服务器",
                "Squid 对 {url} 返回 503:无法连接后面的服务器。",
                "源服务器、其域名或到它的网络不可用;Squid 本身正常。",
                "对同一地址的请求重新返回 200 或 304。",
            ),
            checks=("squid-resolve-origin",),
            fixes=(),
        ),
    )


@implementation
def edgeops_steps() -> Iterable[Step]:
    """The check that the fault refers to."""
    return (
        Step(
            "squid-resolve-origin",
            "See how Squid sees its peers",
            "查看 Squid 的上游状态",
            ("squidclient", "mgr:server_list"),
        ),
    )
