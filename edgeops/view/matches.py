"""Which lines of a file a query wants, slab by slab, as far as that is known: worked out where it is needed first."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator

from edgeops.view.file import File
from edgeops.view.lineindex import SLAB
from edgeops.view.query import Query


class Matches:
    """One thread may put slabs in while another asks."""

    def __init__(self, file: File, query: Query) -> None:
        self.query = query
        self._file = file
        self._known: dict[int, array[int]] = {}
        self.found = 0

    @property
    def slabs(self) -> int:
        """How many slabs the file has."""
        return -(-self._file.size // SLAB)

    @property
    def share(self) -> float:
        """How much of the file is known, 0 to 1."""
        return len(self._known) / self.slabs if self.slabs else 1.0

    def missing(self, near: int, most: int) -> list[int]:
        """Slabs that are not known: those from this byte on first, then those before it, the nearest first."""
        here, found = near // SLAB, []
        for number in (*range(here, self.slabs), *range(min(here, self.slabs) - 1, -1, -1)):
            if number not in self._known:
                found.append(number)
                if len(found) == most:
                    break
        return found

    def put(self, number: int, places: bytes) -> None:
        """What was worked out of a slab."""
        known = array("I", places)
        self.found += len(known) - len(self._known.get(number, ()))
        self._known[number] = known

    def grew(self, before: int) -> None:
        """The file had so many bytes before: what was its end must be looked at again."""
        for number in [number for number in self._known if number >= before // SLAB - 1]:
            self.found -= len(self._known.pop(number))

    def after(self, at: int) -> Iterator[int | None]:
        """Where wanted lines begin from there on; None, at last, where it is not known further."""
        for number in range(at // SLAB, self.slabs):
            known = self._known.get(number)
            if known is None:
                yield None
                return
            begin = number * SLAB
            for index in range(bisect_left(known, at - begin) if at > begin else 0, len(known)):
                yield begin + known[index]

    def before(self, at: int) -> Iterator[int | None]:
        """The same backwards, from the last that begins before at."""
        for number in range(min(at // SLAB, self.slabs - 1), -1, -1):
            known = self._known.get(number)
            if known is None:
                yield None
                return
            begin = number * SLAB
            for index in range(bisect_left(known, at - begin) - 1 if at - begin < SLAB else len(known) - 1, -1, -1):
                yield begin + known[index]
