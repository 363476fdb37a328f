"""How many lines, warnings and errors there were over time: the bars above a log, from tallies of its slabs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from edgeops.detect.merging import merge
from edgeops.view.scan import Tally

_MOST_PATTERNS = 2_000


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time and what was written in it."""

    time: datetime
    lines: float = 0.0
    warnings: float = 0.0
    errors: float = 0.0


def bars(files: Sequence[Mapping[int, Tally]], columns: int) -> list[Bar]:
    """The bars from the first time to the last. A slab's lines count as spread evenly up to the next slab's time."""
    stretches = [piece for tallies in files for piece in _stretches(tallies)]
    if not stretches or columns < 1:
        return []
    begin, end = min(start for start, _, _ in stretches), max(stop for _, stop, _ in stretches)
    step = (end - begin) / columns
    found = [[0.0, 0.0, 0.0] for _ in range(columns)]
    for start, stop, tally in stretches:
        low = _column(start, begin, step, columns)
        high = _column(stop, begin, step, columns)
        share = 1 / (high - low + 1)
        for column in range(low, high + 1):
            for index, count in enumerate((tally.lines, tally.warnings, tally.errors)):
                found[column][index] += count * share
    return [Bar(begin + step * column, *counts) for column, counts in enumerate(found)]


def _column(time: datetime, begin: datetime, step: timedelta, columns: int) -> int:
    return min(max(int((time - begin) / step), 0), columns - 1) if step else 0


def _stretches(tallies: Mapping[int, Tally]) -> list[tuple[datetime, datetime, Tally]]:
    timed = [tally for _, tally in sorted(tallies.items()) if tally.time]
    found = []
    for index, tally in enumerate(timed):
        start = tally.time
        later = timed[index + 1].time if index + 1 < len(timed) else start
        if start and later:
            found.append((start, max(start, later), tally))
    return found


@dataclass(frozen=True, slots=True)
class Kind:
    """A template with how often it came; patterns are what a query names to get its lines."""

    template: str
    count: int
    patterns: tuple[str, ...]


def kinds(files: Sequence[Mapping[int, Tally]]) -> list[Kind]:
    """The templates of what was tallied, the most frequent first."""
    counts: Counter[str] = Counter()
    for tallies in files:
        for tally in list(tallies.values()):
            counts.update(tally.patterns)
    known = dict(counts.most_common(_MOST_PATTERNS))
    groups: dict[str, list[str]] = {}
    for pattern, template in merge(known).items():
        groups.setdefault(template, []).append(pattern)
    found = [
        Kind(template, sum(known[one] for one in group), tuple(sorted(group))) for template, group in groups.items()
    ]
    return sorted(found, key=lambda kind: (-kind.count, kind.template))
