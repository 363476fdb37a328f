"""A log under study: the files, what is wanted of them, and the work that goes on behind the screen.

One thread toils (line numbers, the filter, the bars over time) and others may search meanwhile; each has a process that
looks through the files for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

# msgspec: queries are its records.
import msgspec

from edgeops.errors import SourceError
from edgeops.records import Skipped
from edgeops.view import wire
from edgeops.view.file import File, Turn
from edgeops.view.lens import Lens
from edgeops.view.lineindex import SLAB
from edgeops.view.lines import row_at
from edgeops.view.log import Item, Log, Place, Volume
from edgeops.view.query import Phrase, Query
from edgeops.view.scout import Nursery, Scout
from edgeops.view.tally import Tally

_COUNTED = 32 << 20
_SLABS = 16
_FEW_SLABS = 2
_SOUGHT = 16 << 20
_IDLE_S = 60.0
_TOLD_S = 0.2
_STRETCHES, _MOST_STRETCHES = 8192, 16
MOST = 256
"""So many files are followed at most, rotated ones among them."""

Reopen = Callable[[str], tuple[File, Lens] | Skipped]
"""Opens a path anew."""


class Study:
    """What a log view shows. moved is where the view is, so that the filter is worked out there first.

    version changes with the tallies. With reopen, a file that is rotated is followed by the one that has its path then.
    """

    def __init__(self, log: Log, nursery: Nursery, reopen: Reopen | None = None) -> None:
        self.log = log
        self._reopen = reopen
        self._refused: set[tuple[int, int] | None] = set()
        self.query = Query()
        self.tallies: list[dict[int, Tally]] = [{} for _ in log.volumes]
        self.failure = ""
        self.moved: Place = log.first
        self.tallied = True
        self.version = 0
        self._toiler, self._seeker = Scout(nursery, "toil"), Scout(nursery)
        self._wake = threading.Event()
        self._ended = False

    # ------------------------------------------------------------ what is wanted

    def want(self, query: Query) -> None:
        """Show only what the query wants; the toil goes on with that."""
        self.query = query
        self.log.want(query)
        self.failure = ""
        self._wake.set()

    @property
    def filtered(self) -> float:
        """How much of the files was filtered, 0 to 1."""
        shares = [volume.matches.share for volume in self.log.volumes if volume.matches]
        return sum(shares) / len(shares) if shares else 1.0

    @property
    def found(self) -> int:
        """How many lines fit the filter, as far as is known."""
        return sum(volume.matches.found for volume in self.log.volumes if volume.matches)

    @property
    def known(self) -> float:
        """How much of the files was tallied, 0 to 1."""
        slabs = sum(_slabs(volume) for volume in self.log.volumes)
        return sum(map(len, self.tallies)) / slabs if slabs else 1.0

    # ------------------------------------------------------------ toil

    def toil(self, told: Callable[[], None], stopped: Callable[[], bool]) -> None:
        """Work until it is stopped or ended; tells whenever something new is known. For a thread of its own."""
        last = 0.0
        while not (stopped() or self._ended):
            self._wake.clear()
            more = self._step()
            # Each telling is a painting, which whoever presses keys must not wait for.
            if not more or time.monotonic() - last > _TOLD_S:
                last = time.monotonic()
                told()
            if not more:
                self._wake.wait(_IDLE_S)

    def _step(self) -> bool:
        """Do a piece of what is most urgent; whether there was anything to do."""
        try:
            return self._follow() or self._filter() or self._count() or (self.tallied and self._tally())
        except SourceError as error:
            if self._ended:
                return False
            self.failure = str(error)
            self.want(Query())
            self.failure = str(error)
            return True

    def _follow(self) -> bool:
        """Open the file that took the path of a rotated one; it is read on in, and the old one stays."""
        for path, identity in self._successors().items():
            assert self._reopen
            full = len(self.log.volumes) >= MOST
            found = Skipped(path, f"{MOST} files are open; :reload begins anew") if full else self._reopen(path)
            if isinstance(found, Skipped):
                self._refused.add(identity)
                self.failure = f"{path} was rotated, and its new file cannot be opened: {found.reason}."
                return True
            # First what is known of it, because others look at both.
            self.tallies.append({})
            self.log.add(*found)
            return True
        return False

    def _successors(self) -> dict[str, tuple[int, int]]:
        """The paths that lead to a file that is not open yet, and to which."""
        last = {volume.file.path: volume.file.successor for volume in self.log.volumes}
        self._refused &= set(last.values())
        moved = {path: identity for path, identity in last.items() if identity and identity not in self._refused}
        if not moved or self._reopen is None:
            return {}
        # Of two logs that are shown, one may have got the name of the other.
        known = {volume.file.identity for volume in self.log.volumes}
        return {path: identity for path, identity in moved.items() if identity not in known}

    def _filter(self) -> bool:
        moved = self.log.whole(self.moved)
        for number, volume in enumerate(self.log.volumes):
            matches = volume.matches
            near = moved[number]
            # The first piece is small: it is what the view waits for.
            missing = matches.missing(near, _SLABS if matches.found else _FEW_SLABS) if matches else []
            if matches and missing:
                size = volume.file.size
                reply = self._toiler.ask(wire.Slabs(id(volume.file), matches.query, missing), volume.file)
                for slab, places in zip(missing, reply.slabs, strict=True):
                    matches.put(slab, places)
                if volume.file.size != size:
                    matches.grew(size)
                return True
        return False

    def _count(self) -> bool:
        for volume in self.log.volumes:
            if volume.index.done < volume.file.size:
                before = volume.index.done
                volume.index.count_on(_COUNTED)
                if volume.index.done > before:
                    return True
        return False

    def _tally(self) -> bool:
        for number, volume in enumerate(self.log.volumes):
            known = self.tallies[number]
            missing = [slab for slab in range(_slabs(volume)) if slab not in known][:_SLABS]
            if missing:
                stretches = max(_STRETCHES // _slabs(volume), 1)
                order = wire.Tallies(id(volume.file), missing, min(stretches, _MOST_STRETCHES), patterns=True)
                self.version += 1
                known.update(zip(missing, self._toiler.ask(order, volume.file).tallies, strict=True))
                return True
        return False

    def look(self) -> dict[int, Turn]:
        """What became of the files; wakes the toil where there is more to do."""
        before = [volume.file.size for volume in self.log.volumes]
        turns = self.log.look()
        for number, turn in turns.items():
            known = self.tallies[number]
            if turn is Turn.SHRANK:
                known.clear()
            for slab in [slab for slab in known if turn is Turn.GREW and slab >= before[number] // SLAB - 1]:
                del known[slab]
        if turns or self._successors():
            self.version += 1
            self._wake.set()
        return turns

    # ------------------------------------------------------------ search

    def seek(
        self, query: Query, item: Item, back: bool, told: Callable[[float], None], stopped: Callable[[], bool]
    ) -> Place | None:
        """The place of the next line that the query and the filter want, after or before a line. Raises SourceError."""
        place = self.log.whole(item.place)
        starts = [item.row.end if at == item.file and not back else begin for at, begin in enumerate(place)]
        return self._next(query, starts, back, told, stopped)

    def seek_from_end(
        self, query: Query, back: bool, told: Callable[[float], None], stopped: Callable[[], bool]
    ) -> Place | None:
        """The same for the whole log: from its first line on, or from its last back. Raises SourceError."""
        edge = self.log.last if back else self.log.first
        return self._next(query, edge, back, told, stopped)

    def _next(
        self, query: Query, starts: Sequence[int], back: bool,
        told: Callable[[float], None], stopped: Callable[[], bool],
    ) -> Place | None:  # fmt: skip
        """By where to start in each file."""
        wanted, hits = self._both(query), []
        for number, (volume, at) in enumerate(zip(self.log.volumes, starts, strict=False)):
            found = self._sought(volume, wanted, at, back, told, stopped)
            if found >= 0 and (row := row_at(volume.file, found)):
                hits.append((number, row))
        if not hits or stopped():
            return None
        if len(hits) == 1:
            return self.log.place_of(hits[0][0], hits[0][1].at)
        timed = [(time, number, row.at) for number, row in hits if (time := self.log.time(number, row))]
        _, number, at = (max if back else min)(timed, default=(None, hits[0][0], hits[0][1].at))
        return self.log.place_of(number, at)

    def _both(self, query: Query) -> Query:
        """What both the query and the filter want."""
        filter_ = self.query
        return msgspec.structs.replace(
            filter_, phrases=(*query.phrases, *filter_.phrases), least=max(query.least, filter_.least), context=0
        )

    def _sought(
        self, volume: Volume, query: Query, at: int, back: bool,
        told: Callable[[float], None], stopped: Callable[[], bool],
    ) -> int:  # fmt: skip
        """In one file, a piece at a time."""
        file = volume.file
        while (at > file.begin if back else at < file.size) and not stopped():
            limit = max(file.begin, (at - 1) // SLAB * SLAB - _SOUGHT) if back else min(at + _SOUGHT, file.size)
            place = self._seeker.ask(wire.Next(id(file), query, at, limit, back), file).place
            if place >= 0:
                return place
            at = limit
            told(1 - at / file.size if back else at / file.size)
        return -1

    def spans(self, phrase: Phrase, lines: Sequence[bytes]) -> list[list[tuple[int, int]]]:
        """Where an expression is found in lines. Raises SourceError."""
        return self._seeker.ask(wire.Spans(phrase, list(lines)), patience_s=1.0).spans

    # ------------------------------------------------------------ places

    def place_of_line(self, source: str, number: int) -> Place | None:
        """The place of a line by its file and number; counts as far as need be."""
        for index, volume in enumerate(self.log.volumes):
            if volume.file.path != source:
                continue
            more = True
            while (at := volume.index.place_of(number)) is None and more:
                more = volume.index.count_on(_COUNTED) or volume.index.place_of(number) is not None
            return self.log.place_of(index, at) if at is not None else None
        return None

    def has(self, source: str) -> bool:
        """Whether a file is among those of the log."""
        return any(volume.file.path == source for volume in self.log.volumes)

    def numbers(self, items: Sequence[Item]) -> Iterator[int | None]:
        """The line numbers, where they are known yet."""
        for item in items:
            yield self.log.volumes[item.file].index.number_of(item.row.at)

    def close(self) -> None:
        """End the work and close the files."""
        self._ended = True
        self._wake.set()
        self._toiler.close()
        self._seeker.close()
        self.log.close()


def _slabs(volume: Volume) -> int:
    return -(-volume.file.size // SLAB)
