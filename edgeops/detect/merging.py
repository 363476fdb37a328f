"""Which patterns are one template: what the words alone do not tell, but the patterns beside them do.

Patterns of equal length that differ in one place are one template when something variable stands there in one of them, when
the place is a value (`key=…`, quoted) that took several values, or when it took very many. Lists of variables of different
length are one list. The result does not depend on the order of the patterns.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from edgeops.detect.variables import VARIABLE

FREE_VALUES = 12
"""So many different words in one place are no wording but values."""
NAMED_VALUES = 4
"""The same where a value is expected: after `=`, in quotes."""
MOST_ROUNDS = 6
PAIRS_FROM = 24
_LEAST_AFTER_FIRST = 3

_TOKEN = re.compile(
    r"<(?:[a-z]+|\*)>|(?<==)[^\s=,;()\[\]{}\"'|<>]+(?:\{[^{}]{0,80}\}|\[[^\[\]]{0,80}\])|\"[^\"<>]{0,200}\"|(?<![\w'])'[^'<>]{1,200}'(?!\w)|[^\s=:,;()\[\]{}\"'|<>]+|\s+|.",
    re.DOTALL,
)
_ITEM = re.compile(r"(?:<[a-z*]+>|[A-Za-z_][\w-]*(?:\.[\w$<>-]+){2,}(?=:<))(?::<[a-z*]+>)?")
_LIST = re.compile(rf"{_ITEM.pattern}(?:(?:, ?| ){_ITEM.pattern})+")
_QUALIFIED = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w$-]*){2,}")
# Two such names are enough to be values, unless they are exceptions: those tell faults apart.
_THROWN = ("Exception", "Error", "Throwable")
_NOTHING = frozenset(("null", "(null)", "NULL", "none", "None", "nil", "undefined"))
_EMPTY = re.compile(r"(?<=\()(?=\))|(?<=\[)(?=\])|(?<=\w=)(?=$|[\s,;)\]}])")
_GONE = "\0"
_ANY = "<*>"
_WORDY = re.compile(r"[^\W\d_]{3}")
_LETTER = re.compile(r"[^\W_]")

Tokens = tuple[str, ...]


def skeleton(pattern: str) -> str:
    """The pattern without the names of its kinds: two patterns of one skeleton are one template."""
    return VARIABLE.sub(_ANY, pattern)


def merge(patterns: Iterable[str]) -> dict[str, str]:
    """For each pattern the template that it belongs to."""
    given = sorted(set(patterns))
    lists = _lists(given)
    rows = sorted({tokens(pattern) for pattern in lists.values()})
    final = {row: row for row in rows}
    for _ in range(MOST_ROUNDS):
        joined = _Round(sorted(set(final.values()))).run()
        if not joined:
            break
        final = {row: joined.get(now, now) for row, now in final.items()}
    named = {row: text_of(now) for row, now in final.items()}
    return {pattern: named[tokens(lists[pattern])] for pattern in given}


def text_of(row: Tokens) -> str:
    """The pattern of these tokens."""
    return "".join(row).replace(_GONE, "")


def _lists(patterns: Sequence[str]) -> dict[str, str]:
    """Each pattern; where the same list of variables has another length elsewhere, the list is one variable."""
    lengths: dict[str, set[str]] = defaultdict(set)
    for pattern in patterns:
        lengths[skeleton(collapsed(pattern))].add(skeleton(pattern))
    return {
        pattern: collapsed(pattern) if len(lengths[skeleton(collapsed(pattern))]) > 1 else pattern
        for pattern in patterns
    }


def collapsed(pattern: str) -> str:
    """The pattern with each list of variables as one."""
    return _LIST.sub(_list, pattern)


def _list(found: re.Match[str]) -> str:
    """One item that stands for all of them."""
    items = _ITEM.findall(found[0])
    alike = items if len(set(items)) == 1 else [skeleton(item) for item in items]
    return alike[0] if len(set(alike)) == 1 else _ANY


def tokens(pattern: str) -> Tokens:
    """The words, variables and marks of a pattern; what stands in empty brackets counts as a token."""
    return tuple(_TOKEN.findall(_EMPTY.sub(_GONE, pattern)))


class _Round:
    """One look at all rows: those that belong together are joined."""

    def __init__(self, rows: list[Tokens]) -> None:
        self._rows = rows
        self._leader = list(range(len(rows)))

    def run(self) -> dict[Tokens, Tokens]:
        """For each row that was joined with others, the row they became; empty when nothing is left to join."""
        by_length: dict[int, list[int]] = defaultdict(list)
        for at, row in enumerate(self._rows):
            by_length[len(row)].append(at)
        for members in by_length.values():
            if len(members) > 1:
                self._values(members)
                self._ones(members)
        if all(at == leader for at, leader in enumerate(self._leader)):
            for members in by_length.values():
                if len(members) >= PAIRS_FROM:
                    self._pairs(members)
        groups: dict[int, list[Tokens]] = defaultdict(list)
        for at, row in enumerate(self._rows):
            groups[self._find(at)].append(row)
        return {row: union(group) for group in groups.values() if len(group) > 1 for row in group}

    def _ones(self, members: list[int]) -> None:
        """Join the rows that differ in one place only, where that place is a variable."""
        places: dict[tuple[int, int], list[int]] = defaultdict(list)
        for at in members:
            hashes = _hashes(self._rows[at])
            total = sum(hashes)
            for place in _places(self._rows[at]):
                places[place, total - hashes[place]].append(at)
        for (place, _), alike in places.items():
            if len(alike) > 1 and self._varies(alike, place):
                self._join(alike)

    def _values(self, members: list[int]) -> None:
        """Join the rows that differ only in values, where each of these took several values."""
        alike: dict[Tokens, list[int]] = defaultdict(list)
        for at in members:
            row = self._rows[at]
            alike[tuple(_ANY if _holds_value(row, place) else token for place, token in enumerate(row))].append(at)
        for group in alike.values():
            if len(group) > 1:
                self._alike_but_for_values(group)

    def _alike_but_for_values(self, group: list[int]) -> None:
        row = self._rows[group[0]]
        varying = {
            place
            for place in range(len(row))
            if _holds_value(row, place) and _is_variable({self._rows[at][place] for at in group}, named=True)
        }
        same: dict[Tokens, list[int]] = defaultdict(list)
        for at in group:
            same[tuple(_ANY if place in varying else token for place, token in enumerate(self._rows[at]))].append(at)
        for alike in same.values():
            self._join(alike)

    def _varies(self, alike: list[int], place: int) -> bool:
        row = self._rows[alike[0]]
        values = {self._rows[at][place] for at in alike}
        rest = sum(
            bool(_WORDY.search(token)) and not VARIABLE.match(token) for i, token in enumerate(row) if i != place
        )
        if not rest or (not place and rest < _LEAST_AFTER_FIRST):
            return len(set(map(skeleton, values))) == 1
        return _is_variable(values, named=_holds_value(row, place) or _GONE in values)

    def _pairs(self, members: list[int]) -> None:
        """Join the rows that differ in two places, where each place took very many values."""
        places: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        for at in members:
            hashes = _hashes(self._rows[at])
            total = sum(hashes)
            for one, other in combinations(_places(self._rows[at])[:24], 2):
                places[one, other, total - hashes[one] - hashes[other]].append(at)
        for (one, other, _), alike in places.items():
            if len(alike) >= PAIRS_FROM and all(
                len({self._rows[at][place] for at in alike}) >= FREE_VALUES for place in (one, other)
            ):
                self._join(alike)

    def _find(self, at: int) -> int:
        while self._leader[at] != at:
            self._leader[at] = self._leader[self._leader[at]]
            at = self._leader[at]
        return at

    def _join(self, alike: list[int]) -> None:
        first = min(map(self._find, alike))
        for at in alike:
            self._leader[self._find(at)] = first


def _hashes(row: Tokens) -> list[int]:
    """A number for each token; equal tokens at equal places, and all variables there, have equal numbers."""
    return [hash((place, _ANY if VARIABLE.match(token) else token)) for place, token in enumerate(row)]


def _places(row: Tokens) -> list[int]:
    """Where a row may differ from others of its template: at its words, its variables and its empty brackets."""
    return [place for place, token in enumerate(row) if token == _GONE or token[-1] in "\"'>" or _LETTER.search(token)]


def _holds_value(row: Tokens, place: int) -> bool:
    """Whether a value is expected here: after `=`, or in quotes."""
    token = row[place]
    if token[0] in "\"'":
        return len(token) > 1
    before = row[place - 1] if place else ""
    if before == " " and place > 1:
        before = row[place - 2]
    return before == "=" and not token.isspace()


def _is_variable(values: set[str], *, named: bool) -> bool:
    """Whether what stood in one place is a variable: it was one, or took as many values as wording does not."""
    if len(values) == 1 or any(map(VARIABLE.match, values)):
        return any(map(VARIABLE.match, values))
    if named and not values.isdisjoint(_NOTHING):
        return True
    if all(_QUALIFIED.fullmatch(value) and not value.endswith(_THROWN) for value in values):
        return True
    return len(values) >= (NAMED_VALUES if named else FREE_VALUES)


def union(group: Sequence[Tokens]) -> Tokens:
    """The row that all rows of the group fit: a variable wherever they differ."""
    return tuple(_one(set(column)) for column in zip(*group, strict=True))


def _one(values: set[str]) -> str:
    if len(values) == 1:
        return values.pop()
    marks = {value[0] for value in values if value[0] in "\"'"}
    quote = marks.pop() if len(marks) == 1 and all(value[0] in "\"'" for value in values) else ""
    return f"{quote}{_ANY}{quote}"
