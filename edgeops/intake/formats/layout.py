"""Any other log with a header: the layout is learnt from a sample, and what follows the header is the message.

So the many headers of log4j, logback, Spring, Hadoop, Android, glog and home-made loggers need no declaration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import digitless, number, plain, text
from edgeops.intake.formats.columns import LEVEL_AHEAD, LEVEL_FIRST, Column
from edgeops.intake.formats.learning import learn
from edgeops.intake.severity import guess, severity_of
from edgeops.records import Event, Line, Severity

_NAME = re.compile(rb"[A-Za-z_][\w.$-]{1,100}")
_FIELDS = {"group": "thread", "column": "column"}


class Layout:
    """A learnt header; without columns it is the learner itself."""

    name = "layout"
    shape = staticmethod(digitless)

    def __init__(self, columns: tuple[Column, ...] = ()) -> None:
        self.columns = columns
        anchors = [i for i, column in enumerate(columns) if column.holds in ("time", "level")]
        self._anchor = columns[: anchors[0] + 1] if anchors else ()

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """A layout with a stamp or a level that enough lines of the sample have in the same place, if there is one."""
        columns = learn(sample)
        return type(self)(columns) if columns else None

    def starts(self, raw: bytes) -> bool:
        at = 0
        for column in self._anchor:
            found = column.match(raw, at)
            if found is None:
                return False
            at = found.end()
        return bool(self._anchor)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        if not self.starts(line.raw):
            return plain(line, more)
        held: dict[str, bytes] = {}
        fields: list[tuple[str, str]] = []
        at = 0
        for column in self.columns:
            found = column.match(line.raw, at)
            if found is None:
                break
            at = found.end()
            if column.holds in _FIELDS:
                fields.append((_FIELDS[column.holds], text(found[1]).strip("[](){}<> ")))
                if column.holds == "column" and "time" in held:
                    _suppose(found[1], held)
            elif column.holds == "unit":
                held["unit"] = found[1]
            elif column.holds != "dash":
                held.setdefault(column.holds, found[1])
            if column.holds == "unit" and found.lastindex and found.lastindex > 1:
                held["pid"] = found[found.lastindex]
        if "level" not in held:
            at = _level_of_its_own(line.raw, at, held)
        message = text(line.raw[at:]).strip()
        time, inferred = clock.read(held["time"]) if "time" in held else (None, False)
        level = severity_of(text(held.get("level")))
        return Event(
            line=line,
            format=self.name,
            message=message,
            time=time,
            time_inferred=inferred,
            unit=text(held.get("unit")),
            pid=number(held.get("pid")),
            severity=level if level != Severity.NONE else guess(message),
            fields=tuple((name, value) for name, value in fields if value),
            more=tuple(more),
        )


LAYOUT = Layout()


def _suppose(word: bytes, held: dict[str, bytes]) -> None:
    """Take the first number among the unnamed columns for the pid, and the last name for the unit."""
    if word.isdigit():
        held.setdefault("pid", word)
    elif _NAME.fullmatch(word):
        held["unit"] = word


def _level_of_its_own(raw: bytes, at: int, held: dict[str, bytes]) -> int:
    """Find the level of a line where the layout has none; one that comes next is taken off the message."""
    found = LEVEL_FIRST.match(raw, at)
    if found is not None and len(found[1]) > 2:
        held["level"] = found[1]
        return found.end()
    ahead = LEVEL_AHEAD.match(raw, at)
    if ahead is not None:
        held["level"] = ahead[1]
    return at
