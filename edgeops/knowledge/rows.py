"""The rows of a database's tables, told by the pages they are reached through or else by what they look like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edgeops.knowledge.pages import INDEX_INTERIOR, INDEX_LEAF, INTERIOR, LEAF, Pages, Value, record

_TYPES: Mapping[str, tuple[type, ...]] = {"TEXT": (str,), "INTEGER": (int,), "REAL": (int, float), "BLOB": (bytes,)}
_WITH_ROWS = (LEAF, INDEX_LEAF, INDEX_INTERIOR)
_SCHEMA = 1
"""The page where the table of tables begins."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the rows of a table look like in the file. columns are in the order in which they lie there."""

    table: str
    columns: tuple[str, ...]
    types: tuple[tuple[type, ...], ...]
    needed: tuple[bool, ...]
    numbered: bool
    key: int | None
    """The place of the column that is the row's number, which lies beside the others."""

    def row(self, number: int | None, values: Sequence[Value]) -> tuple[Value, ...] | None:
        """The row as the table would give it; None when it can be none of this table."""
        if len(values) != len(self.columns) or (number is not None) != self.numbered:
            return None
        row = list(values)
        if self.key is not None:
            if row[self.key] is not None:
                return None
            row[self.key] = number
        for value, types, needed in zip(row, self.types, self.needed, strict=True):
            if needed if value is None else not isinstance(value, types):
                return None
        return tuple(row)


def shapes(connection: Any, tables: Sequence[str]) -> list[Shape]:
    """The shapes of these tables, which are STRICT, in a database of today's schema."""
    return [_shape(connection, table) for table in tables]


def _shape(connection: Any, table: str) -> Shape:
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    bare = connection.execute("SELECT wr FROM pragma_table_list WHERE name = ?", [table]).fetchone()[0]
    if bare:  # its key comes first in the file
        columns = [*sorted((c for c in columns if c[5]), key=lambda c: int(c[5])), *(c for c in columns if not c[5])]
    key = next((place for place, c in enumerate(columns) if c[5] and c[2] == "INTEGER" and not bare), None)
    return Shape(
        table,
        tuple(column[1] for column in columns),
        tuple(_TYPES[column[2]] for column in columns),
        tuple(bool(column[3] or column[5]) for column in columns),
        numbered=not bare,
        key=key if sum(bool(c[5]) for c in columns) == 1 else None,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was found, and the table it belongs to."""

    table: str
    columns: tuple[str, ...]
    values: tuple[Value, ...]


@dataclass
class _Reading:
    """What a page held: rows of the tables wanted, how many of others, how many that are none; where the rest of long ones stands."""

    rows: list[Row] = field(default_factory=list)
    others: int = 0
    broken: int = 0
    chains: set[int] = field(default_factory=set)


class Harvest:
    """Every row of the tables that can be had. sound says whether the store could make a record of a row.

    lost counts, for each table, rows that could not be read ("" where it is not known of which); unread counts pages of which nothing could.
    """

    def __init__(
        self, pages: Pages, shapes: Sequence[Shape], sound: Callable[[str, Mapping[str, Value]], bool]
    ) -> None:
        self.lost: Counter[str] = Counter()
        self.unread = 0
        self._pages = pages
        self._shapes = {shape.table: shape for shape in shapes}
        self._sound = sound
        self._owners = owners(pages)
        self._claimed: set[int] = set()

    def __iter__(self) -> Iterator[Row]:
        """First the rows that the database itself would find, then those of pages that it has lost."""
        numbers = range(1, self._pages.count + 1)
        unreached = (n for n in numbers if n not in self._owners and n not in self._pages.free)
        doubtful = []
        for number in (*sorted(self._owners), *unreached):
            reading = self._taken(number)
            if reading is None:
                doubtful.append(number)
            else:
                yield from self._counted(number, reading)
        for number in doubtful:
            # Whatever is no page of rows by now may be one whose kind was changed.
            if number not in self._claimed and any(self._pages.page(number)):
                yield from self._wreck(number)

    def _taken(self, number: int) -> _Reading | None:
        """What a page holds if it is what it says; None when nothing in it bears that out."""
        kind = self._pages.kind(number)
        if kind == INTERIOR:
            return _Reading() if _interior(self._pages, number) else None
        if kind not in _WITH_ROWS:
            return None
        reading = self._read(number, kind)
        return reading if reading.rows or reading.others or not reading.broken else None

    def _counted(self, number: int, reading: _Reading) -> list[Row]:
        self._claimed |= reading.chains
        owner = self._owners.get(number)
        if owner in self._shapes:
            self.lost[str(owner)] += reading.broken + reading.others
        elif reading.rows and owner is None:
            (likeliest, _), *_ = Counter(row.table for row in reading.rows).most_common(1)
            self.lost[likeliest] += reading.broken + reading.others
        elif reading.broken and owner is None:
            self.lost[""] += 0 if reading.others else reading.broken
        return reading.rows

    def _wreck(self, number: int) -> list[Row]:
        best = max((self._read(number, kind) for kind in _WITH_ROWS), key=lambda reading: len(reading.rows))
        if best.rows:
            return self._counted(number, best)
        owner = self._owners.get(number)
        self.unread += owner is None or owner in self._shapes
        return []

    def _read(self, number: int, kind: int) -> _Reading:
        reading = _Reading()
        for cell in self._pages.cells(number, kind):
            if cell is None:
                reading.broken += 1
                continue
            try:
                payload, chain = self._pages.payload(cell)
                values = record(payload)
            except ValueError:
                reading.broken += 1
                continue
            reading.chains.update(chain)
            row = self._row(self._owners.get(number), cell.number, values)
            if row:
                reading.rows.append(row)
            else:
                reading.others += 1
        return reading

    def _row(self, owner: str | None, number: int | None, values: Sequence[Value]) -> Row | None:
        """The row of the table that the page belongs to; of a page that nobody knows of, the first that it fits."""
        if owner is not None and owner not in self._shapes:
            return None
        first = [self._shapes[owner]] if owner else []
        for shape in (*first, *self._shapes.values()):
            row = shape.row(number, values)
            if row is not None and self._sound(shape.table, dict(zip(shape.columns, row, strict=True))):
                return Row(shape.table, shape.columns, row)
        return None


def owners(pages: Pages) -> dict[int, str | None]:
    """Which table each page belongs to that can be reached ("" for an index); None where two claim it."""
    found: dict[int, str | None] = dict.fromkeys(_below(pages, _SCHEMA), "")
    for schema in list(found):
        for cell in pages.cells(schema, LEAF) if pages.kind(schema) == LEAF else ():
            try:
                what, name, _, root, _ = record(pages.payload(cell)[0]) if cell else (None,) * 5
            except ValueError:
                continue
            if isinstance(root, int) and 0 < root <= pages.count:
                table = name if what == "table" and isinstance(name, str) else ""
                for number in _below(pages, root):
                    found[number] = None if number in found else table
    return found


def _below(pages: Pages, root: int) -> list[int]:
    """A page and all below it."""
    found, waiting = dict[int, None](), [root]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found[number] = None
            if pages.kind(number) in (INTERIOR, INDEX_INTERIOR) and _interior(pages, number):
                waiting += pages.children(number)
    return list(found)


def _interior(pages: Pages, number: int) -> bool:
    try:
        return bool(pages.children(number))
    except ValueError:
        return False
