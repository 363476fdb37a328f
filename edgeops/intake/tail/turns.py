"""Reading what is new: the logs in turn, of each the oldest file first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edgeops.intake.feed import Batch
from edgeops.intake.tail.families import is_rotated
from edgeops.intake.tail.reading import Changed, Unreadable, close_packed, next_batch
from edgeops.intake.tail.roster import Roster
from edgeops.intake.tail.stream import Stream
from edgeops.intake.tail.text import is_racy

_SOON = 0.05

Sized = tuple[Batch, int]


class Turns:
    """longest: of a longer line the head is kept. wall_ns: the clock of the file system."""

    def __init__(self, roster: Roster, longest: int, wall_ns: Callable[[], int]) -> None:
        self._roster, self._longest, self._wall = roster, longest, wall_ns

    def read(self, most: int, now: float) -> Iterator[Sized]:
        """Batches and how many bytes they stand for, until so many were given."""
        roster = self._roster
        for stream, since in list(roster.unfinished.items()):
            if now - since >= roster.pace.flush:
                del roster.unfinished[stream]
                yield from self._one(stream, now, ended=True)
        while roster.stirred and most > 0:
            turns: dict[str, Stream] = {}
            for stream in sorted(roster.stirred, key=_turn):
                turns.setdefault(stream.family, stream)
            for stream in turns.values():
                for batch, size in self._one(stream, now):
                    most -= size
                    yield batch, size
                if most <= 0:
                    return

    def _one(self, stream: Stream, now: float, *, ended: bool = False) -> Iterator[Sized]:
        """The stream's next batch, if it has one; if not it rests until something happens."""
        roster = self._roster
        before, wall = stream.offset, self._wall()
        try:
            batch = self._next(stream, ended=ended)
        except Changed:
            stream.doubt()
            roster.stirred.pop(stream, None)
            roster.pending.add(stream.family)
        except Unreadable as error:
            roster.refused[stream.path] = str(error)
            roster.forget(stream)
        except OSError as error:
            stream.trouble = f"It cannot be read ({error.strerror or error}); it is tried again."
            stream.shut()
            roster.stirred.pop(stream, None)
            roster.later[stream.family] = now + roster.pace.retry
        else:
            if batch is None or (not stream.mark.packed and not stream.lag):
                self._rest(stream, now, wall, flushed=ended and batch is None)
            elif ended:
                # What was unfinished may stand behind what was given now.
                roster.stir(stream, now)
            if batch is not None:
                yield batch, max(1, stream.offset - before)

    def _next(self, stream: Stream, *, ended: bool) -> Batch | None:
        self._open(stream)
        self._roster.shelf.use(stream)
        batch = next_batch(stream, self._longest, ended=ended) or close_packed(stream, self._longest)
        if batch is not None:
            self._roster.unfinished.pop(stream, None)
        return batch

    def _rest(self, stream: Stream, now: float, wall_ns: int, *, flushed: bool) -> None:
        """Nothing more can be read for now. flushed: what is unfinished cannot be given either (NULs at the end)."""
        roster = self._roster
        roster.stirred.pop(stream, None)
        stream.rested = True
        if not flushed and (stream.lag or (stream.mark.packed and not stream.mark.closed)):
            roster.unfinished.setdefault(stream, now)
        if stream.seen is not None and is_racy(stream.seen.mtime_ns, wall_ns):
            roster.doubted[stream] = now + _SOON

    def _open(self, stream: Stream) -> None:
        """Its file, and the right one. Raises Changed when it is not, OSError when it cannot be opened."""
        if stream.text is not None:
            return
        text = self._roster.shelf.open(stream.path) if stream.path else "It is not there."
        if isinstance(text, str):
            raise OSError(text)
        if text.look.key != stream.key or not stream.is_of(text):
            text.close()
            raise Changed
        stream.take(text)


def _turn(stream: Stream) -> tuple[bool, float]:
    """The oldest file first: what is in use is read last."""
    return not is_rotated(stream.source) and bool(stream.path), stream.stirred_at
