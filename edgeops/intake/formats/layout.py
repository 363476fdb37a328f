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

    def fills(self, raw: bytes) -> bool:
        """Whether a line has all columns of the layout."""
        at = 0
        for column in self.columns:
            found = column.match(raw, at)
            if found is None:
                return False
            at = found.end()
        return bool(self.columns)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        if not self.starts(line.raw):
            return plain(line, more)
        header = _Header()
        for column in self.columns:
            if not header.take(column, line.raw):
                break
        if "level" not in header.held:
            header.find_level(line.raw)
        message = text(line.raw[header.end :]).strip()
        held = header.held
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
            fields=tuple((name, value) for name, value in header.fields if value),
            more=tuple(more),
        )


class _Header:
    """What the columns of one line hold, and where its message begins."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.fields: list[tuple[str, str]] = []
        self.end = 0

    def take(self, column: Column, raw: bytes) -> bool:
        """Take a column off the line; False when the line does not have it."""
        found = column.match(raw, self.end)
        if found is None:
            return False
        self.end = found.end()
        if column.holds in _FIELDS:
            self._unnamed(column, found[1])
        elif column.holds == "unit":
            self.held["unit"] = found[1]
            if found.lastindex and found.lastindex > 1:
                self.held["pid"] = found[found.lastindex]
        elif column.holds != "dash":
            self.held.setdefault(column.holds, found[1])
        return True

    def _unnamed(self, column: Column, value: bytes) -> None:
        """Among unnamed columns a level is the level, the first number the pid, and the last name the unit."""
        value = value.strip(b"[](){}<> ")
        self.fields.append((_FIELDS[column.holds], text(value)))
        if len(value) > 2 and severity_of(text(value)) != Severity.NONE:
            self.held.setdefault("level", value)
        elif "time" in self.held and value.isdigit():
            self.held.setdefault("pid", value)
        elif "time" in self.held and column.holds == "column" and _NAME.fullmatch(value):
            self.held["unit"] = value

    def find_level(self, raw: bytes) -> None:
        """Find the level of a line where the layout has none; one that comes next is taken off the message, one among a group's words stays."""
        found = LEVEL_FIRST.match(raw, self.end)
        if found is not None and len(found[1]) > 2:
            self.held["level"] = found[1]
            self.end = found.end()
        elif (ahead := LEVEL_AHEAD.match(raw, self.end)) is not None:
            self.held["level"] = ahead[1]
        elif among := next(
            filter(None, (LEVEL_AHEAD.match(f"{value} ".encode(), 0) for _, value in self.fields)), None
        ):
            self.held["level"] = among[1]


LAYOUT = Layout()
