"""Redis, Sentinel and Valkey: `<pid>:<role> <stamp> <level> <text>`, and the form of before 3.0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared
from edgeops.intake.severity import guess
from edgeops.records import Event, Line, Severity

_LEVELS = {".": Severity.DEBUG, "-": Severity.DEBUG, "*": Severity.NOTICE, "#": Severity.WARNING}
_ROLES = {"X": "sentinel", "C": "child", "S": "replica", "M": "master"}
# What versions before 7 say at their warning level each time that they start.
_GREETINGS = (
    "oO0OoO0OoO0Oo",
    "Redis version=",
    "Configuration loaded",
    "Server initialized",
    "Running mode=",
    "Sentinel ID is",
    "Sentinel runid is",
)


class Redis(Declared):
    """A warning's text may say that it is worse; a greeting is none."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        fields = dict(event.fields)
        level = _LEVELS.get(fields.pop("mark", ""), Severity.NONE)
        if level == Severity.WARNING and event.message.startswith(_GREETINGS):
            level = Severity.NOTICE
        severity = max(level, guess(event.message)) if level in (Severity.WARNING, Severity.NONE) else level
        role = fields.pop("role", "")
        described = (("role", _ROLES.get(role, role)),) if role else ()
        return replace(event, unit="redis", severity=severity, fields=described)


_STAMP = (
    rb"\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{3})?|"
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?|1\d{12}"
)
REDIS = Redis(
    "redis",
    rb"\[?(?P<pid>\d{1,10})(?:\]|:(?:(?P<role>[XCSM])|signal-handler)) "
    rb"\(?(?P<time>" + _STAMP + rb"|1\d{9}(?=\)))(?:\)| (?P<mark>[.*#-])) (?P<message>.*)",
    hint=b":",
)
