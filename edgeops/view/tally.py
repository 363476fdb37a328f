"""What a slab of a file holds, in numbers."""

from __future__ import annotations

# msgspec: a tally comes from another process as it is.
import msgspec


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """Minutes since 1970, the first and the last of them, and how many lines, warnings and errors were written in them."""

    first: int
    last: int
    lines: int
    warnings: int
    errors: int


class Tally(msgspec.Struct, frozen=True):
    """What a slab holds: lines, stretches of its time (few, however many minutes it covers), and patterns with counts."""

    lines: int
    stretches: tuple[Stretch, ...] = ()
    patterns: dict[str, int] = {}
