"""What most formats are: one expression with named groups, declared with a name and a few words.

Groups that are understood: time, host, unit, pid, level, pri, message; any other group becomes a field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from operator import methodcaller
from typing import Protocol

from edgeops.hooks import Clock, Format
from edgeops.intake.severity import guess, of_priority, severity_of
from edgeops.records import Event, Line, Severity

DIGITS = b"0123456789"
_OWN = frozenset(("time", "host", "unit", "pid", "level", "pri", "message"))

Shape = Callable[[bytes], bytes]

digitless: Shape = methodcaller("translate", None, DIGITS)
"""The line without its digits: the cheapest key that lines of one template share."""


def text(raw: bytes | None) -> str:
    """Bytes of a line as text; invalid UTF-8 is shown as the replacement character."""
    return raw.decode("utf-8", "replace") if raw else ""


def number(raw: bytes | None) -> int | None:
    """A pid, or None when it is not a plain number of at most 10 digits."""
    return int(raw) if raw and raw.isdigit() and len(raw) <= 10 else None


class Matcher(Protocol):
    """What a declared format needs of an expression."""

    def match(self, raw: bytes, /) -> re.Match[bytes] | None: ...


class Expression:
    """An expression over bytes that is compiled on first use: most formats are never tried, because an earlier one fits."""

    def __init__(self, source: bytes) -> None:
        self.source = source

    @cached_property
    def _compiled(self) -> re.Pattern[bytes]:
        return re.compile(self.source, re.DOTALL)

    @cached_property
    def match(self) -> Callable[..., re.Match[bytes] | None]:
        """As that of a compiled expression: (bytes, place = 0)."""
        return self._compiled.match

    @cached_property
    def search(self) -> Callable[..., re.Match[bytes] | None]:
        """As that of a compiled expression: (bytes, place = 0)."""
        return self._compiled.search

    def pairs(self, raw: bytes) -> list[tuple[str, str]]:
        """What the two groups hold each time that the expression is found, as text."""
        return [(text(found[1]), text(found[2])) for found in self._compiled.finditer(raw)]


STAMPED = Expression(
    rb"[\[(<\"]?(?:(?:19|20)\d\d[-/.]\d\d[-/.]\d\d[ T-]|\d{1,2}[/-][A-Z][a-z]{2}[/-]\d{4}[ :]|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [A-Z\d]|"
    rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]?\d,? [ \d]\d|\d\d:\d\d:\d\d[., ])"
)
"""How a line of any log with stamps begins: such a line continues no message of another format."""


class Declared:
    """A format given by one expression, matched at the start of a line.

    hint is text that each line of it holds: lines without it are passed over before the expression is even compiled.
    """

    def __init__(
        self, name: str, pattern: bytes, *, hint: bytes = b"", shape: Shape = digitless, least: float = 0.2
    ) -> None:
        self.name = name
        self.shape = shape
        self.source = pattern
        self.hint = hint
        self._least = least

    @cached_property
    def _pattern(self) -> Matcher:
        """Compiled on first use: most formats are never tried, because an earlier one fits."""
        return re.compile(self.source, re.DOTALL)

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """Itself, when at least `least` of the lines begin a message of this format."""
        return self if sum(map(self.starts, sample)) >= self._least * len(sample) > 0 else None

    def starts(self, raw: bytes) -> bool:
        return self.hint in raw and self._pattern.match(raw) is not None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        found = self._pattern.match(line.raw)
        if found is None:
            return plain(line, more)
        groups = found.groupdict()
        message = text(groups.get("message")).strip()
        time, inferred = clock.read(groups["time"]) if groups.get("time") else (None, False)
        return Event(
            line=line,
            format=self.name,
            message=message,
            time=time,
            time_inferred=inferred,
            host=text(groups.get("host")),
            unit=text(groups.get("unit")),
            pid=number(groups.get("pid")),
            severity=_severity(groups, message),
            fields=tuple((name, text(value)) for name, value in groups.items() if value and name not in _OWN),
            more=tuple(more),
        )


class Stanza(Declared):
    """A declared format whose head is followed by lines of its own: all but those with a stamp, which are strangers."""

    def continues(self, raw: bytes) -> bool:
        """Whether the line belongs to the head above it."""
        return not self.starts(raw) and STAMPED.match(raw) is None


def _severity(groups: dict[str, bytes], message: str) -> Severity:
    if groups.get("level"):
        return severity_of(text(groups["level"])) or guess(message)
    if (pri := number(groups.get("pri"))) is not None:
        return of_priority(pri)
    return guess(message)


def plain(line: Line, more: Sequence[Line]) -> Event:
    """A line that says nothing but its message."""
    message = line.text.strip()
    return Event(line=line, format="plain", message=message, severity=guess(message), more=tuple(more))
