"""Formats that a person declares in the configuration: a name, an expression, and a line that it must match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property

from edgeops.errors import UsageError
from edgeops.hooks import Format
from edgeops.intake.formats.base import DIGITS, Declared, Matcher, digitless
from edgeops.intake.formats.pcre import Boxed, translated
from edgeops.intake.timestamps import Clock

_NEEDED = "message"
# Whether a stamp is a time at all does not hang on when it was.
_ANY = datetime(2024, 1, 1, tzinfo=UTC)


class Custom(Declared):
    """A format whose expression somebody else wrote: it is given neither a long line nor much time."""

    def __init__(self, name: str, source: bytes, *, fitted: bool = False) -> None:
        numbered = b"(?P<pri>" in source or b"(?P<level>" in source
        super().__init__(name, source, shape=self._with_level if numbered else digitless)
        self._fitted = fitted

    @cached_property
    def _pattern(self) -> Matcher:
        return Boxed(self.source)

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        # With an expression of its own: that it was too slow for another source must not tell on this one.
        one = type(self)(self.name, self.source, fitted=True)
        return one if Declared.fit(one, sample) else None

    def starts(self, raw: bytes) -> bool:
        found = self._pattern.match(raw)
        if found is None or self._fitted:
            return found is not None
        # In a file of another format, a line is not taken for one of these only because a loose expression matches it.
        stamp = found.groupdict().get("time")
        return stamp is not None and Clock(_ANY).read(stamp)[0] is not None

    def _with_level(self, raw: bytes) -> bytes:
        """The line without its digits, but for those that say how bad it is."""
        found = self._pattern.match(raw)
        groups = found.groupdict() if found else {}
        said = (groups.get("pri") or b"") + (groups.get("level") or b"")
        return said + b"|" + digitless(raw) if said.translate(None, DIGITS) != said else digitless(raw)


def custom(entries: Iterable[tuple[str, str, str]], taken: Iterable[str] = ()) -> list[Format]:
    """The formats of (name, pattern, sample) entries; an empty sample is not tried. taken: names that exist already.

    Raises UsageError that names the format which cannot be used, and why.
    """
    found: list[Format] = []
    names = set(taken)
    for name, pattern, sample in entries:
        if name in names:
            raise UsageError(f"There is already a format {name!r}; give the one of the configuration another name.")
        names.add(name)
        found.append(_custom(name, pattern, sample))
    return found


def _custom(name: str, pattern: str, sample: str) -> Format:
    try:
        source = translated(pattern)
        groups = re.compile(source).groupindex
    except (ValueError, re.error, RecursionError, OverflowError) as error:
        raise UsageError(f"The pattern of the format {name!r} cannot be used ({error}); correct it.") from error
    if _NEEDED not in groups:
        raise UsageError(
            f"The pattern of the format {name!r} has no group (?P<message>...); name the part that is the message so."
        )
    if words := Boxed(source).slow():
        raise UsageError(
            f"The pattern of the format {name!r} takes too long for {words}; let its repeats match in one way only."
        )
    if sample and Boxed(source).match(sample.encode("utf-8", "surrogatepass")) is None:
        raise UsageError(f"The pattern of the format {name!r} does not match its sample {sample!r}; correct either.")
    return Custom(name, source)
