"""PHP: Monolog (Laravel, Symfony) and the error log of PHP itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared
from edgeops.records import Event, Line, Severity

_NOTHING = (" [] []", " {} []", " [] {}", " []")


class Monolog(Declared):
    """`[<stamp>] channel.LEVEL: text {context} [extra]`; a trace in the context runs over many lines until it is closed."""

    def continues(self, raw: bytes) -> bool:
        """Whether the line belongs to a trace that a context holds."""
        return raw.startswith((b"[stacktrace]", b"[previous exception]", b"#", b'"}'))

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        for nothing in _NOTHING:
            event = replace(event, message=event.message.removesuffix(nothing))
        return event


MONOLOG = Monolog(
    "monolog",
    rb"\[(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?)\] (?P<unit>[\w-]{1,60})\."
    rb"(?P<level>DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY): (?P<message>.*)",
    hint=b"] ",
)

_KINDS = {
    **dict.fromkeys(("Fatal error", "Parse error", "Core error", "Compile error"), Severity.FATAL),
    **dict.fromkeys(("Notice", "Deprecated", "Strict Standards"), Severity.NOTICE),
    **{"Recoverable fatal error": Severity.ERROR, "Warning": Severity.WARNING, "Core Warning": Severity.WARNING},
}


class Php(Declared):
    """PHP's error log; a zone with the name of a place is left to the clock's own."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        fields = dict(event.fields)
        severity = _KINDS.get(fields.get("kind", ""), event.severity)
        inferred = fields.get("zone") != "UTC"
        return replace(event, unit="php", severity=severity, time_inferred=inferred)


PHP = Php(
    "php",
    rb"\[(?P<time>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d) (?P<zone>UTC|[A-Z][A-Za-z_]{2,20}/[A-Za-z_/-]{2,40})\] "
    rb"(?P<message>(?:PHP (?P<kind>[A-Z][a-z]{3,14}(?: [a-z]{4,8}){0,2}): +)?.*)",
    hint=b"] ",
)
