"""RabbitMQ and what else is written in Erlang: lines `<stamp> [error] <0.44.0> text`, and the reports of before 3.7."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import STAMPED, Declared, Expression, Stanza, plain, text
from edgeops.intake.severity import severity_of
from edgeops.records import Event, Line, Severity

# In a report each line may have the header; those after the first are indented or starred.
_REPORTED = Expression(
    rb"[^<]{20,60}<\d{1,9}\.\d{1,9}\.\d{1,9}>(?:$| $|  |\t| \*\* (?!Generic |State machine |gen_|Node ))"
)


_ENOUGH = 400


class RabbitMq(Declared):
    """Lines without a header belong to the message before them, and so do the further lines of a report."""

    def continues(self, raw: bytes) -> bool:
        return _REPORTED.match(raw) is not None if self.starts(raw) else STAMPED.match(raw) is None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        bodies = (found["message"] if (found := self._pattern.match(one.raw)) else one.raw for one in more)
        message = _joined(event.message, bodies) if event.message.endswith(":") or not event.message else event.message
        return replace(event, message=message, unit="rabbitmq")


RABBITMQ = RabbitMq(
    "rabbitmq",
    rb"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6}(?:Z|[+-]\d\d:\d\d)?) "
    rb"\[(?P<level>debug|info|notice|warning|error|critical|alert|emergency)\] "
    rb"<(?P<process>\d{1,9}\.\d{1,9}\.\d{1,9})>(?P<message>.*)",
    hint=b"] <",
)


def _joined(message: str, bodies: Iterable[bytes]) -> str:
    """The message with the lines after it that are neither blank nor indented, a few hundred characters in all."""
    for raw in bodies:
        if len(message) < _ENOUGH and raw[:1] not in (b"", b" ", b"\t", b"\r"):
            message = f"{message} {text(raw[:_ENOUGH]).strip()}".strip()
    return message


_HEAD = rb"=(?P<level>[A-Z]{4,10}) REPORT==== (?P<time>\d{1,2}-[A-Z][a-z]{2}-\d{4}::\d\d:\d\d:\d\d(?:\.\d{1,6})?) ==="


class ErlangReport(Stanza):
    """A report: a head of its own, then lines until the next head; the message is those that are not indented."""

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """Itself, when heads are a twentieth of the lines at least: they are few among the lines of their reports."""
        return self if sum(map(self.starts, sample)) >= 0.05 * len(sample) > 0 else None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        found = self._pattern.match(line.raw)
        if found is None:
            return plain(line, more)
        said = _joined("", (one.raw for one in more))
        time, inferred = clock.read(found["time"].replace(b"::", b" "))
        kind = text(found["level"])
        return Event(
            line=line,
            format=self.name,
            message=said or f"{kind} REPORT",
            time=time,
            time_inferred=inferred,
            severity=severity_of(kind) or _KINDS.get(kind, Severity.NONE),
            fields=(("report", kind.lower()),),
            more=tuple(more),
        )


# PROGRESS and INFO reports tell of what went well; these two are written when something has died.
_KINDS = {"CRASH": Severity.ERROR, "SUPERVISOR": Severity.ERROR, "PROGRESS": Severity.INFO}
ERLANG_REPORT = ErlangReport("erlang-report", _HEAD, hint=b"REPORT====")
