"""How many lines, warnings and errors there were over time: the bars above a log, from tallies of its slabs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from edgeops.detect.merging import merge
from edgeops.view.tally import Tally

_MOST_PATTERNS = 2_000


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time and what was written in it."""

    time: datetime
    lines: float = 0.0
    warnings: float = 0.0
    errors: float = 0.0


def bars(files: Sequence[Mapping[int, Tally]], columns: int) -> list[Bar]:
    """The bars from the first minute to the last. A stretch's lines count as spread evenly over its minutes."""
    stretches = [one for tallies in files for tally in list(tallies.values()) for one in tally.stretches]
    if not stretches or columns < 1:
        return []
    begin, end = min(one.first for one in stretches), max(one.last for one in stretches) + 1
    step = (end - begin) / columns
    found = [[0.0, 0.0, 0.0] for _ in range(columns)]
    for one in stretches:
        low = min(int((one.first - begin) / step), columns - 1)
        high = min(max(math.ceil((one.last + 1 - begin) / step), low + 1), columns)
        for column in range(low, high):
            for index, count in enumerate((one.lines, one.warnings, one.errors)):
                found[column][index] += count / (high - low)
    return [
        Bar(datetime.fromtimestamp(60 * (begin + step * column), UTC), *counts) for column, counts in enumerate(found)
    ]


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
