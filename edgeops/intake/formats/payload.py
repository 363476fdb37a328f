"""The header that a program writes itself, behind that of syslog or the journal: only it knows how bad a line is.

What a service prints is relayed without a level, or as information whatever it says.
"""

from __future__ import annotations

from datetime import datetime

from edgeops.intake.formats.base import Expression, text
from edgeops.intake.formats.columns import GROUP, LEVEL, NUMBER, TIME
from edgeops.intake.formats.objects import LEVEL as LEVEL_KEYS
from edgeops.intake.formats.objects import first, flatten
from edgeops.intake.formats.plain import KLOG
from edgeops.intake.formats.postgres import level_in
from edgeops.intake.formats.redis import REDIS
from edgeops.intake.severity import severity_of
from edgeops.records import Line, Severity

_LONGEST = 4096
_PAIRS = Expression(rb"[A-Za-z_@][\w.@/-]{0,80}=\S")
_LEVEL_PAIR = Expression(rb"(?:^|.{0,400}?\s)(?:level|lvl|severity)=\"?([A-Za-z]{1,11})(?:[\"\s]|$)")


class _Timeless:
    """A clock for those who ask only how bad a line is."""

    def read(self, stamp: bytes) -> tuple[datetime | None, bool]:
        return None, False


def stated(payload: bytes) -> Severity:
    """The severity that a relayed line states in a header of its own; NONE where it has none. Digits never decide."""
    raw = payload[:_LONGEST]
    if raw[:1] == b"{":
        level = first(flatten(payload) or {}, LEVEL_KEYS)[1]
        return severity_of(level) if isinstance(level, str) else Severity.NONE
    if _PAIRS.match(raw):
        found = _LEVEL_PAIR.match(raw)
        return severity_of(text(found[1])) if found else Severity.NONE
    for one in (KLOG, REDIS):
        if one.starts(raw):
            return one.parse(Line("", 0, 0, raw), (), _Timeless()).severity
    return level_in(raw) or _after_stamp(raw)


def _after_stamp(raw: bytes) -> Severity:
    """The level that stands behind a stamp, with a number or up to two groups between, as in `<stamp> [main] WARN `."""
    found = TIME.match(raw, 0)
    for column in (NUMBER, GROUP, GROUP):
        if found is None:
            return Severity.NONE
        if (level := LEVEL.match(raw, found.end())) is not None:
            return severity_of(text(level[1]))
        found = column.match(raw, found.end()) or found
    level = LEVEL.match(raw, found.end()) if found else None
    return severity_of(text(level[1])) if level else Severity.NONE
