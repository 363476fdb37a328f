"""Several files as one log, in the order of time. A place in it is, for each file, the byte of its next line.

Going on, the earliest of the next lines is taken; going back, the latest of those before. So each line is met once, whatever
the times are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from edgeops.view.file import File, Turn
from edgeops.view.lens import Lens
from edgeops.view.lineindex import LineIndex
from edgeops.view.lines import Row, begin_of, row_at, rows, rows_before
from edgeops.view.matches import Matches
from edgeops.view.query import Query

Place = tuple[int, ...]

_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST_TIMES = 8192
_LOOK_BACK = 300


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the log: of which file, and the place from which on it is the next."""

    place: Place
    file: int
    row: Row


@dataclass
class Volume:
    """One file of the log. matches are the lines wanted of it; None for all of them.

    after is the file that was rotated away from its path; since, when that one ended, is when lines of no time were written.
    """

    file: File
    lens: Lens
    index: LineIndex
    matches: Matches | None = None
    after: int | None = None
    since: datetime | None = None


class Log:
    """Files that were opened. after and before end with None where it is not known yet which lines are wanted."""

    def __init__(self, volumes: Sequence[tuple[File, Lens]]) -> None:
        self.volumes = [Volume(file, lens, LineIndex(file)) for file, lens in volumes]
        self._times: dict[tuple[int, int], datetime] = {}
        self._query = Query()

    def add(self, file: File, lens: Lens) -> None:
        """One more file, which has the path of one that was rotated. Places from before are still good (see `whole`)."""
        matches = None if self._query.is_all else Matches(file, self._query)
        after = max(number for number, volume in enumerate(self.volumes) if volume.file.path == file.path)
        old = self.volumes[after]
        last = next(rows_before(old.file, old.file.size), None)
        since = self.time(after, last) if last else old.since
        self.volumes.append(Volume(file, lens, LineIndex(file), matches, after, since))

    def whole(self, place: Place) -> Place:
        """A place with the beginnings of the files that were added since."""
        return (*place, *(volume.file.begin for volume in self.volumes[len(place) :]))

    def behind(self, item: Item) -> Place:
        """The place after a line."""
        place = self.whole(item.place)
        return (*place[: item.file], item.row.end, *place[item.file + 1 :])

    @property
    def first(self) -> Place:
        """The place of the first line."""
        return tuple(volume.file.begin for volume in self.volumes)

    @property
    def last(self) -> Place:
        """The place behind the last line."""
        return tuple(volume.file.size for volume in self.volumes)

    def want(self, query: Query) -> None:
        """Show only the lines that the query wants."""
        self._query = query
        for volume in self.volumes:
            volume.matches = None if query.is_all else Matches(volume.file, query)

    def after(self, place: Place) -> Iterator[Item | None]:
        """The lines from a place on."""
        return self._walk(place, back=False)

    def before(self, place: Place) -> Iterator[Item | None]:
        """The lines before a place, the nearest first."""
        return self._walk(place, back=True)

    def _walk(self, place: Place, back: bool) -> Iterator[Item | None]:
        now = list(self.whole(place))
        streams = [self._rows(number, at, back) for number, at in enumerate(now)]
        heads = [next(stream, None) for stream in streams]
        while (number := self._nearest(heads, back)) is not None:
            row = heads[number]
            if not isinstance(row, Row):
                yield None
                return
            now[number] = row.at
            yield Item(tuple(now), number, row)
            if not back:
                now[number] = row.end
            heads[number] = next(streams[number], None)

    def _rows(self, number: int, at: int, back: bool) -> Iterator[Row | bool]:
        """The wanted lines of a file; False where it is not known further."""
        file, matches = self.volumes[number].file, self.volumes[number].matches
        if matches is None:
            yield from rows_before(file, at) if back else rows(file, at)
            return
        for begins in matches.before(at) if back else matches.after(at):
            row = row_at(file, begins) if begins is not None else None
            yield row if row else False

    def _nearest(self, heads: Sequence[Row | bool | None], back: bool) -> int | None:
        """The file whose line comes next: the earliest going on, the latest going back."""
        left = [number for number, head in enumerate(heads) if head is not None]
        if len(left) < 2:
            return left[0] if left else None
        unknown = [number for number in left if heads[number] is False]
        if back and unknown:
            return unknown[0]
        return (max if back else min)(left, key=lambda number: (self._time(number, heads[number]), number))

    def _time(self, number: int, row: Row | bool | None) -> datetime:
        """When a line was written; one without a stamp belongs to the one above. What is unknown comes first."""
        return (self.time(number, row) or _NEVER) if isinstance(row, Row) else _NEVER

    def time(self, number: int, row: Row) -> datetime | None:
        """The time of a line by its own stamp, or by that of the nearest line above that has one."""
        volume, passed = self.volumes[number], [row.at]
        found = self._times.get((number, row.at)) or volume.lens.time(row)
        if found is None:
            for one in islice(rows_before(volume.file, row.at), _LOOK_BACK):
                found = self._times.get((number, one.at)) or volume.lens.time(one)
                if found:
                    break
                passed.append(one.at)
        if len(self._times) > _MOST_TIMES:
            self._times.clear()
        for at in passed:
            # That there is none is remembered, too: where no line has a time, each would ask hundreds.
            self._times[number, at] = found or _NEVER
        return volume.since if found is None or found is _NEVER else found

    def place_at(self, time: datetime) -> Place:
        """The place of the first lines written at that time or later, as far as times are in order."""
        return tuple(self._sought(number, time) for number in range(len(self.volumes)))

    def _sought(self, number: int, time: datetime) -> int:
        file = self.volumes[number].file
        low, high = file.begin, file.size
        while low < high:
            at = begin_of(file, (low + high) // 2)
            row = row_at(file, at)
            if row is None:
                break
            if (self.time(number, row) or _NEVER) < time:
                low = row.end
            else:
                high = at
        return low

    def place_of(self, number: int, at: int) -> Place:
        """The place of the line of one file that begins at a byte; the others stand where they were at its time."""
        if len(self.volumes) == 1:
            return (at,)
        row = row_at(self.volumes[number].file, at)
        time = self.time(number, row) if row else None
        others = self.place_at(time) if time else self.first
        return (*others[:number], at, *others[number + 1 :])

    def look(self) -> dict[int, Turn]:
        """What became of the files since the last look; of one that shrank all that was known is forgotten."""
        turns: dict[int, Turn] = {}
        for number, volume in enumerate(self.volumes):
            before = volume.file.size
            turn = volume.file.look()
            if turn is Turn.SAME:
                continue
            turns[number] = turn
            if turn is Turn.SHRANK or (turn is Turn.GREW and not before):
                self._anew(volume)
            elif turn is Turn.GREW and volume.matches:
                volume.matches.grew(before)
        return turns

    def _anew(self, volume: Volume) -> None:
        volume.index.forget()
        volume.lens.learn()
        self._times.clear()
        if volume.matches:
            volume.matches = Matches(volume.file, volume.matches.query)

    def close(self) -> None:
        """Close the files."""
        for volume in self.volumes:
            volume.file.close()
