"""Which format a source has: the one that most lines of its sample begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from edgeops.hooks import Format
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.messages import Continued, Joiner
from edgeops.intake.traces import BEGINS

SAMPLE_LINES = 200
SAMPLE_BYTES = 65536
_CLEARLY = 1.02
_STRAY = 0.2


def choose(sample: Sequence[bytes], formats: Iterable[Format]) -> Format:
    """The format that begins clearly more of the lines than those before it in `formats`; bare lines if none does."""
    lines = [raw for raw in sample if raw.strip() and raw[:1] not in (b" ", b"\t")] or [
        raw for raw in sample if raw.strip()
    ]
    best, most = None, 0.0
    for candidate in formats:
        if candidate is PLAIN or (fitted := candidate.fit(lines)) is None:
            continue
        share = sum(map(_owns(fitted), lines)) / len(lines)
        if share > most * _CLEARLY:
            best, most = fitted, share
        if most * _CLEARLY >= 1:
            break
    return best or PLAIN


def _owns(format: Format) -> Callable[[bytes], bool]:
    """Whether a line begins a message of the format, or continues one by what the format says."""
    if not isinstance(format, Continued):
        return format.starts
    begins, continues = format.starts, format.continues
    return lambda raw: begins(raw) or continues(raw)


def is_loose(chosen: Format, lines: Sequence[bytes]) -> bool:
    """Whether so many lines have no header, nor anything else that ties them to a message, that each must stand alone."""
    kinds = list(map(Joiner(chosen, headed=True, loose=True).kind, lines))
    stray = sum(kind == BEGINS and not chosen.starts(raw) for kind, raw in zip(kinds, lines, strict=True))
    return stray > _STRAY * len(lines)
