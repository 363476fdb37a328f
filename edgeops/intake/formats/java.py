"""Servers in Java whose headers a learnt layout would not read whole: Elasticsearch, Kafka, ZooKeeper, JBoss, WebLogic, Tomcat.

(The common log4j and logback patterns are read by `layout`.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import Declared, Expression, plain, text
from edgeops.records import Event, Line, Severity

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

JBOSS = Declared(
    "jboss",
    rb"(?P<time>(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d,\d{3}) " + _LEVEL + rb"\[(?P<unit>" + _LOGGER + rb")\] "
    rb"\((?P<thread>[^()]{1,120}(?:\([^()]{0,60}\)[^()]{0,60})?)\) (?P<message>.*)",
    hint=b"] (",
)
"""WildFly, Keycloak and Quarkus."""


class WebLogic(Declared):
    """Every column stands in angle brackets, the message too."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        return replace(event, message=event.message.removesuffix(">").rstrip()) if event.format == self.name else event


WEBLOGIC = WebLogic(
    "weblogic",
    rb"####<(?P<time>[^<>]{10,40})> <(?P<level>\w{4,10})> <(?P<unit>[^<>]{0,80})> <(?P<host>[^<>]{0,255})> "
    rb"<(?P<server>[^<>]{0,80})> <(?P<thread>(?:[^<>]|<[^<>]{0,80}>){0,160})> (?:<(?:[^<>]|<[^<>]{0,80}>){0,120}> ){3,5}"
    rb"<(?P<code>[A-Z]{2,12}-\d{3,8})> <(?P<message>.*)",
    hint=b"####<",
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

# What java.util.logging calls its levels, in English and Chinese.
_JUL = {
    **{"SEVERE": Severity.ERROR, "WARNING": Severity.WARNING, "INFO": Severity.INFO, "CONFIG": Severity.DEBUG},
    **{"FINE": Severity.DEBUG, "FINER": Severity.DEBUG, "FINEST": Severity.DEBUG, "ALL": Severity.DEBUG},
    **{"严重": Severity.ERROR, "警告": Severity.WARNING, "信息": Severity.INFO, "配置": Severity.DEBUG},
    **{"详细": Severity.DEBUG, "较详细": Severity.DEBUG, "非常详细": Severity.DEBUG},
}
_JUL_LEVEL = rb"(?P<level>" + b"|".join(word.encode() for word in sorted(_JUL, key=len, reverse=True)) + rb")"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"


class Tomcat(Declared):
    """catalina.out since Tomcat 8: one line a message."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        found = self._pattern.match(line.raw)
        return replace(event, severity=_JUL[text(found["level"])]) if found else event


TOMCAT = Tomcat(
    "tomcat",
    rb"(?P<time>\d\d-" + _MONTH + rb"-\d{4} \d\d:\d\d:\d\d\.\d{3}) " + _JUL_LEVEL + rb" \[(?P<thread>[^\]]{1,200})\] "
    rb"(?P<unit>(?:[\w$-]{1,80}\.){0,16}[\w$-]{1,80})\.(?P<method>[\w$<>-]{1,120})(?: (?P<message>.*)|$)",
    hint=b" [",
)

_SAID = Expression(_JUL_LEVEL + rb": (?P<message>.*)")
# Since Java 20 a narrow no-break space stands before AM and PM.
_NARROW = b"\xe2\x80\xaf"


class TwoLines(Declared):
    """java.util.logging's own form, as in Tomcat before 8 and Jenkins: stamp, class and method; below them `LEVEL: text`."""

    def starts(self, raw: bytes) -> bool:
        return super().starts(raw) or _SAID.match(raw) is not None

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """Itself, when both kinds of lines are there."""
        heads = sum(map(super().starts, sample))
        return self if heads and heads < sum(map(self.starts, sample)) >= 0.2 * len(sample) else None

    def continues(self, raw: bytes) -> bool:
        return _SAID.match(raw) is not None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        said = next((found for one in (line, *more[:1]) if (found := _SAID.match(one.raw))), None)
        head = self._pattern.match(line.raw)
        if head is None and said is None:
            return plain(line, more)
        time, inferred = clock.read(head["time"].replace(_NARROW, b" ")) if head else (None, False)
        where = {name: text(head[name]) for name in ("unit", "method")} if head else {}
        return Event(
            line=line,
            format=self.name,
            message=text(said["message"]).strip() if said else "{unit} {method}".format(**where),
            time=time,
            time_inferred=inferred,
            unit=where.get("unit", ""),
            severity=_JUL[text(said["level"])] if said else Severity.NONE,
            fields=(("method", where["method"]),) if where else (),
            more=tuple(more),
        )


JUL = TwoLines(
    "jul",
    rb"(?P<time>" + _MONTH + rb" \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d(?:(?: |" + _NARROW + rb")[AP]M)?) "
    rb"(?P<unit>" + _LOGGER + rb") (?P<method>[\w$<>-]{1,120})\s{0,4}$",
)
