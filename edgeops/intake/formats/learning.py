"""Learning the header that a sample of lines shares, column by column.

A column joins the header when nearly all lines that have come so far have it next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from edgeops.intake.formats.columns import (
    ALIGNED,
    ANY,
    DASH,
    DOTTED,
    GROUP,
    INSIDE,
    LEVEL,
    LEVEL_FIRST,
    NUMBER,
    PIPED,
    TAGGED,
    TIME,
    TIME_INSIDE,
    UNIT,
    Column,
)

_NEARLY_ALL = 0.9
_ENOUGH = 0.2
_MOST_COLUMNS = 10
_MOST_SKIPPED = 6


class _Cursor(NamedTuple):
    """One sample line and how far its header has been read."""

    raw: bytes
    at: int = 0


_Cursors = list[_Cursor]


def learn(sample: Sequence[bytes]) -> tuple[Column, ...]:
    """The header that the sample's lines share; empty when they share neither stamp nor level."""
    begun = _begin([_Cursor(raw) for raw in sample])
    if begun is None:
        return ()
    columns, cursors = begun
    reached = [cursors]
    while len(columns) < _MOST_COLUMNS and not columns[-1].ends:
        found = _next(columns, cursors)
        if not found:
            break
        for column in found:
            cursors = _advance(cursors, column)
            columns.append(column)
            reached.append(cursors)
    return _trimmed(columns, reached)


def _trimmed(columns: list[Column], reached: list[_Cursors]) -> tuple[Column, ...]:
    """The columns without those at the end that leave most lines no message."""
    while len(reached) > 1 and _mostly_spent(reached[-1]):
        columns.pop()
        reached.pop()
    return tuple(columns)


def _mostly_spent(cursors: _Cursors) -> bool:
    return sum(cursor.at >= len(cursor.raw) for cursor in cursors) > len(cursors) / 2


def _begin(cursors: _Cursors) -> tuple[list[Column], _Cursors] | None:
    """The columns up to the first stamp or level, at the earliest place where enough lines have one."""
    enough = max(1, _ENOUGH * len(cursors))
    for skipped in range(5):
        before = [ANY] * skipped
        for anchor in (TIME, LEVEL_FIRST) if not skipped else (TIME,):
            ahead = _walk(cursors, [*before, anchor])
            inside = _walk(cursors, [*before, TIME_INSIDE]) if anchor is TIME else []
            if len(inside) >= max(enough, _NEARLY_ALL * len(ahead)):
                return [*before, TIME_INSIDE], inside
            if len(ahead) >= enough:
                return [*before, anchor], ahead
    return None


def _next(columns: list[Column], cursors: _Cursors) -> list[Column]:
    """What nearly all lines have next: one column, or columns that lead to a stamp, a level or a unit."""
    holds = {column.holds for column in columns}
    if "time" not in holds:
        for way in (*_ways(TIME, 0, 4), [PIPED, TIME], [PIPED, PIPED, TIME]):
            if _common(cursors, way):
                return way
    letter = columns[0].holds == "level" and len(columns) < 5
    if "level" not in holds or (letter and _common(cursors, [LEVEL])):
        for way in _ways(LEVEL, 0, _MOST_SKIPPED):
            if _common(cursors, way) and _steady(cursors, len(way) - 1):
                return way
    for column in (DASH, GROUP, INSIDE):
        if _common(cursors, [column]):
            return [column]
    return [] if "unit" in holds else _unit(cursors, numbered="pid" in holds)


def _unit(cursors: _Cursors, *, numbered: bool) -> list[Column]:
    for column in (UNIT, TAGGED, DOTTED, ALIGNED):
        if _common(cursors, [column]):
            return [column]
    if not numbered and _common(cursors, [NUMBER]):
        return [NUMBER]
    for way in _ways(UNIT, 1, _MOST_SKIPPED):
        if _common(cursors, way) and _steady(cursors, len(way) - 1):
            return way
    return [PIPED] if _common(cursors, [PIPED]) else []


def _ways(column: Column, least: int, most: int) -> list[list[Column]]:
    return [[ANY] * skipped + [column] for skipped in range(least, most + 1)]


def _walk(cursors: _Cursors, columns: Sequence[Column]) -> _Cursors:
    for column in columns:
        cursors = _advance(cursors, column)
    return cursors


def _advance(cursors: _Cursors, column: Column) -> _Cursors:
    """The lines that have the column next, each moved past it."""
    match = column.match
    return [_Cursor(raw, found.end()) for raw, at in cursors if (found := match(raw, at)) is not None]


def _common(cursors: _Cursors, columns: Sequence[Column]) -> bool:
    return len(_walk(cursors, columns)) >= _NEARLY_ALL * len(cursors) > 0


def _steady(cursors: _Cursors, columns: int) -> bool:
    """Whether the next columns look like a header's: numbers, stamps, groups, or few different words."""
    for _ in range(columns):
        seen = [found for raw, at in cursors if (found := ANY.match(raw, at)) is not None]
        words = {found[1].translate(None, b"0123456789") for found in seen if found[1][:1] not in b"[({"}
        if len(words) > max(4, 0.2 * len(seen)):
            return False
        cursors = _advance(cursors, ANY)
    return True
