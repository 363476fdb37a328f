"""Application servers: JBoss, WebLogic, WebSphere, GlassFish, Tomcat, and what else logs with java.util.logging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import STAMPED, Declared, Expression, Stanza, plain, text
from edgeops.intake.severity import guess
from edgeops.records import Event, Line, Severity

_LEVEL = rb"(?P<level>TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL) {0,8}"
_LOGGER = rb"[A-Za-z_$][\w$-]{0,80}(?:\.[\w$-]{1,80}){0,16}"

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


class GlassFish(Stanza):
    """A head in brackets, below it the text up to `]]`."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        said = " ".join([event.message, *(one.text.strip() for one in more[:3])]).partition("]]")[0].strip()
        fields = dict(event.fields)
        severity = _JUL.get(fields.pop("kind", ""), event.severity)
        return replace(event, message=said, severity=severity, fields=tuple(fields.items()))


GLASSFISH = GlassFish(
    "glassfish",
    rb"\[(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4})\] \[(?P<product>[^\]]{1,60})\] \[(?P<kind>[A-Z]{3,10})\] "
    rb"\[(?P<code>[^\]]{0,80})\] \[(?P<unit>[^\]]{0,160})\] \[tid: [^\]]{0,200}\] \[timeMillis: \d{1,15}\] "
    rb"(?:\[levelValue: \d{1,6}\] )?(?:\[[^\[\]]{0,200}\] ){0,3}\[\[ {0,4}(?P<message>.*)",
    hint=b"[timeMillis: ",
)

_WEBSPHERE = {
    **{"F": Severity.FATAL, "E": Severity.ERROR, "W": Severity.WARNING, "A": Severity.NOTICE, "I": Severity.INFO},
    **dict.fromkeys("CDO123<>", Severity.DEBUG),
}


class WebSphere(Declared):
    """Traditional WebSphere and Liberty; what goes to System.err (`R`) has a head on every line of a trace."""

    def continues(self, raw: bytes) -> bool:
        """Whether the line is a frame, or has no head."""
        found = self._pattern.match(raw)
        if found is None:
            return STAMPED.match(raw) is None
        return found["level"] == b"R" and found["message"][:1] in (b"\t", b" ")

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        found = self._pattern.match(line.raw)
        severity = _WEBSPHERE.get(text(found["level"]), guess(event.message)) if found else event.severity
        return replace(event, severity=severity)


WEBSPHERE = WebSphere(
    "websphere",
    rb"\[(?P<time>\d{1,2}/\d{1,2}/\d{2,4},? \d{1,2}:\d\d:\d\d:\d{3} [A-Z]{2,5})\] (?P<thread>[0-9a-f]{8}) "
    rb"(?P<unit>\S{1,120}) +(?P<level>[FEWAICDORZ123<>]) (?P<message>.*)",
    hint=b"] 0",
)
