"""Formats that a person declares in the configuration: a name, an expression, and a line that it must match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from edgeops.errors import UsageError
from edgeops.hooks import Format
from edgeops.intake.formats.base import DIGITS, Declared, Matcher, digitless
from edgeops.intake.formats.pcre import Boxed, translated

_NEEDED = "message"


class Custom(Declared):
    """A format whose expression somebody else wrote: it is given neither a long line nor much time."""

    def __init__(self, name: str, source: bytes) -> None:
        numbered = b"(?P<pri>" in source or b"(?P<level>" in source
        super().__init__(name, source, shape=self._with_level if numbered else digitless)

    @cached_property
    def _pattern(self) -> Matcher:
        return Boxed(self.source)

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        # With an expression of its own: that it was too slow for another source must not tell on this one.
        return type(self)(self.name, self.source) if super().fit(sample) else None

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
    one = Custom(name, source)
    if sample and not one.starts(sample.encode("utf-8", "surrogatepass")):
        raise UsageError(f"The pattern of the format {name!r} does not match its sample {sample!r}; correct either.")
    return one
