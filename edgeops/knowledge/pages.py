"""SQLite's file format read without SQLite: the rows of every page, whatever happened to the pages around it.

Follows the published description of the format (b-tree pages, cells, records, overflow chains, free list, write-ahead log).
Nothing here believes a number of the file: each is held against the file's size, and work is bounded by it.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from edgeops.knowledge.frames import newest

INTERIOR, LEAF, INDEX_INTERIOR, INDEX_LEAF = 5, 13, 2, 10
"""Kinds of pages: of tables by number, and of indexes, which are also tables WITHOUT ROWID."""
Value = int | float | str | bytes | None
MOST_PAYLOAD = 64_000_000
_PAGE: Final = 4096
_WIDTHS: Final = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}


@dataclass(frozen=True, slots=True)
class Cell:
    """A row as it lies in a page: its number (None in an index), and what of it is here and where the rest begins."""

    number: int | None
    size: int
    local: bytes
    overflow: int


class Pages:
    """The pages of a database, counted from 1, as its log changed them."""

    def __init__(self, content: bytes | mmap.mmap, log: bytes = b"") -> None:
        header = bytes(content[:100])
        given = int.from_bytes(header[16:18], "big")
        self.size = 65_536 if given == 1 else given
        if self.size not in (1 << bits for bits in range(9, 17)):
            self.size = _PAGE
        self._content = content
        self._newer = newest(log, self.size)
        self.count = max([-(-len(content) // self.size), *self._newer])
        self._hops = 4 * self.count + 10_000

    def page(self, number: int) -> bytes:
        """The bytes of a page; a last one that is cut off is filled with zeros."""
        found = self._newer.get(number) or bytes(self._content[(number - 1) * self.size : number * self.size])
        return found.ljust(self.size, b"\0")

    def kind(self, number: int) -> int:
        """What a page says that it is."""
        return self.page(number)[_start(number)]

    @cached_property
    def free(self) -> frozenset[int]:
        """The pages of the free list, as far as it can be followed: what they hold was deleted."""
        found: set[int] = set()
        trunk = _int(self.page(1), 32)
        while 0 < trunk <= self.count and trunk not in found:
            page = self.page(trunk)
            found.add(trunk)
            many = min(_int(page, 4), self.size // 4 - 2)
            found.update(n for i in range(many) if 0 < (n := _int(page, 8 + 4 * i)) <= self.count)
            trunk = _int(page, 0)
        return frozenset(found)

    def children(self, number: int) -> list[int]:
        """The pages below an interior page; raises ValueError when it can be none."""
        page, start = self.page(number), _start(number)
        found = [_int(page, at) for at in self._places(page, start, 12)] + [_int(page, start + 8)]
        if not all(1 < child <= self.count for child in found):
            raise ValueError("a child outside of the file")
        return found

    def cells(self, number: int, kind: int) -> Iterator[Cell | None]:
        """The rows of a page that is read as of this kind; None for each that cannot be one."""
        page, start = self.page(number), _start(number)
        for at in self._places(page, start, 12 if kind == INDEX_INTERIOR else 8):
            try:
                yield self._cell(page, at, kind)
            except ValueError:
                yield None

    def _places(self, page: bytes, start: int, header: int) -> list[int]:
        """Where the cells of a page begin. A count that contradicts where their contents begin is not believed."""
        first, many = start + header, _short(page, start + 3)
        low = _short(page, start + 5) or 65_536
        room = (self.size - first) // 2
        array = [_short(page, first + 2 * i) for i in range(room)]
        valid = next((i for i, at in enumerate(array) if not first + 2 * (i + 1) <= at <= self.size - 4), room)
        if many <= valid and (many == 0 or min(array[:many]) - low in range(4)):
            return array[:many]
        return array[: many if valid < many <= room // 2 else valid]

    def _cell(self, page: bytes, at: int, kind: int) -> Cell:
        if not 0 < at < self.size:
            raise ValueError("a cell outside of its page")
        at += 4 if kind == INDEX_INTERIOR else 0
        size, at = varint(page, at)
        rowid, at = varint(page, at) if kind == LEAF else (None, at)
        here = self._here(size, kind)
        local = page[at : at + here]
        if not 0 < size <= MOST_PAYLOAD or len(local) < here:
            raise ValueError("a row larger than its page")
        return Cell(rowid, size, local, _int(page, at + here) if here < size else 0)

    def _here(self, size: int, kind: int) -> int:
        """How many bytes of a row stand in its own page."""
        most = self.size - 35 if kind == LEAF else (self.size - 12) * 64 // 255 - 23
        if size <= most:
            return size
        least = (self.size - 12) * 32 // 255 - 23
        here = least + (size - least) % (self.size - 4)
        return here if here <= most else least

    def payload(self, cell: Cell) -> tuple[bytes, list[int]]:
        """A whole row and the pages that the rest of it stands in. Raises ValueError."""
        parts, got, page, chain = [cell.local], len(cell.local), cell.overflow, list[int]()
        while got < cell.size:
            self._hops -= 1
            if not 1 < page <= self.count or self._hops < 0:
                raise ValueError("the rest of a row is missing")
            content = self.page(page)
            chain.append(page)
            part = content[4 : 4 + cell.size - got]
            parts.append(part)
            got, page = got + len(part), _int(content, 0)
        return b"".join(parts), chain


def kinds_of(local: bytes) -> list[int]:
    """The serial types of a record, whose beginning is enough. Raises ValueError."""
    end, at = varint(local, 0)
    if not at <= end <= len(local):
        raise ValueError("a record without its header")
    found = []
    while at < end:
        kind, at = varint(local, at)
        found.append(kind)
    if at != end or 10 in found or 11 in found:
        raise ValueError("a record with an unknown type")
    return found


def record(payload: bytes) -> tuple[Value, ...]:
    """The values of a record. Raises ValueError when they do not fill it exactly or a text is no UTF-8."""
    kinds = kinds_of(payload)
    at, _ = varint(payload, 0)
    values: list[Value] = []
    for kind in kinds:
        width = _WIDTHS[kind] if kind < 12 else (kind - 12) // 2
        part = payload[at : at + width]
        if len(part) < width:
            raise ValueError("a record that is cut off")
        values.append(_value(kind, part))
        at += width
    if at != len(payload):
        raise ValueError("a record with something behind it")
    return tuple(values)


def _value(kind: int, part: bytes) -> Value:
    if kind == 0:
        return None
    if kind == 7:
        return float(struct.unpack(">d", part)[0])
    if kind < 10:
        return kind - 8 if kind > 7 else int.from_bytes(part, "big", signed=True)
    return part.decode() if kind % 2 else part


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where the next thing begins. Raises ValueError."""
    value = 0
    for step, byte in enumerate(data[at : at + 9]):
        if step == 8:
            value = value << 8 | byte
            return value - (1 << 64) if value >> 63 else value, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    raise ValueError("a number that is cut off")


def _start(number: int) -> int:
    """The file's own header stands before that of the first page."""
    return 100 if number == 1 else 0


def _int(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _short(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
