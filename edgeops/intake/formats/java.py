"""Middleware in Java whose headers a learnt layout would not read whole: Elasticsearch, Kafka, ZooKeeper, ActiveMQ; the JVM.

(The common log4j and logback patterns are read by `layout`.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import Declared, Expression, text
from edgeops.records import Event, Line

_STAMP = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[,.]\d{3}"
_LEVEL = rb"(?P<level>TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|DEPRECATION|CRITICAL) {0,8}"
_LOGGER = rb"[A-Za-z_$][\w$-]{0,80}(?:\.[\w$-]{1,80}){0,16}"

ELASTIC = Declared(
    "elastic",
    rb"\[(?P<time>" + _STAMP + rb"(?:Z|[+-]\d\d:?\d\d)?)\]\[" + _LEVEL + rb"\]\[(?P<unit>" + _LOGGER + rb") *\]"
    rb"(?:\[(?P<pipeline>[^\]]{1,80})\](?:\[[0-9a-f]{64}\])?)?(?: \[(?P<node>[^\]]{1,80})\])? (?P<message>.*)",
    hint=b"][",
)
"""Elasticsearch, OpenSearch and Logstash."""

ZOOKEEPER = Declared(
    "zookeeper",
    rb"(?P<time>" + _STAMP + rb") (?:\[myid:(?P<myid>\d{0,9})\] )?- " + _LEVEL + rb"\[(?P<thread>.{1,160}?):"
    rb"(?P<unit>" + _LOGGER + rb")@\d{1,6}\] - (?P<message>.*)",
    hint=b"] - ",
)

_TRAILING = Expression(rb"(?:.*\S)? ?\((" + _LOGGER + rb")(?::\d{1,6})?\)\s*$")
_LONGEST = 400


class Kafka(Declared):
    """Lines that end in their logger: `[<stamp>] INFO text (kafka.server.KafkaServer)`."""

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """Itself, when most of the lines with its header end in a logger."""
        found = [raw for raw in sample if self.starts(raw)]
        ending = sum(_trailing(raw) != (raw, b"") for raw in found)
        return self if ending > len(found) / 2 and len(found) >= 0.2 * len(sample) else None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        body, logger = _trailing(event.message.encode())
        return replace(event, message=text(body), unit=text(logger))


def _trailing(raw: bytes) -> tuple[bytes, bytes]:
    """A line without the logger in parentheses at its end, and the logger; empty when it has none."""
    at = raw.rfind(b"(", -_LONGEST)
    found = _TRAILING.match(raw[at:]) if at >= 0 else None
    return (raw[:at].rstrip(), found[1]) if found and b"." in found[1] else (raw, b"")


KAFKA = Kafka("kafka", rb"\[(?P<time>" + _STAMP + rb")\] " + _LEVEL + rb"(?P<message>.*)", hint=b"] ")


class ActiveMq(Declared):
    """Five columns with the message in the middle, `<stamp> | WARN  | text | logger | thread`; others have it last."""

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        return super().fit(sample) if any(b"activemq" in raw for raw in sample) else None


ACTIVEMQ = ActiveMq(
    "activemq",
    rb"(?P<time>"
    + _STAMP
    + rb") \| "
    + _LEVEL
    + rb"\| (?P<message>.*) \| (?P<unit>"
    + _LOGGER
    + rb") \| (?P<thread>[^|]{1,200})$",
    hint=b" | ",
)
JVM = Declared(
    "jvm",
    rb"(?:\[(?P<time>" + _STAMP + rb"[+-]\d{4})\])?(?:\[(?P<age>\d{1,9}[.,]\d{3}s)\])?(?:\[(?P<pid>\d{1,10})\])?"
    rb"\[(?P<level>trace|debug|info|warning|error) *\]\[(?P<unit>[a-z][a-z\d,+-]{1,60}) *\] (?P<message>.*)",
    hint=b"][",
)
"""What the JVM itself says, of its garbage mostly, as since Java 9."""

OTEL_AGENT = Declared(
    "otel-agent",
    rb"\[(?:otel|opentelemetry)\.javaagent (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3} [+-]\d{4})\] \[(?P<thread>[^\]]{1,200})\] "
    + _LEVEL
    + rb"(?P<unit>"
    + _LOGGER
    + rb") - (?P<message>.*)",
    hint=b".javaagent ",
)
"""The agent that OpenTelemetry puts into other programs, whose logs it writes into."""
