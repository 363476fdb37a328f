"""Follows files: every byte once, whatever is done to them; what others destroyed is told as a gap.

One poll looks whether anything changed (a scan, at most every so often), says which stream is in which file where names or files
changed, and reads what is new.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from edgeops.intake.feed import Batch, Checkpoint, Standing
from edgeops.intake.tail.census import Census
from edgeops.intake.tail.doorbell import Doorbell
from edgeops.intake.tail.families import family_of
from edgeops.intake.tail.leave import take_leave
from edgeops.intake.tail.pace import USUAL, Pace
from edgeops.intake.tail.roster import ROOT, Roster
from edgeops.intake.tail.scope import Scope
from edgeops.intake.tail.shelf import Shelf
from edgeops.intake.tail.stream import Stream
from edgeops.intake.tail.text import Look, file_time_ns, look_of
from edgeops.intake.tail.turns import Turns

_ROUNDS = 3
_QUIET = 30.0
_LEAST = 0.02
_SHARE = 20


class Tail:
    """A `Feed` of files, directories and globs. The committed checkpoints say where to go on; those of other feeds are passed over.

    include and exclude are shell patterns for names or whole paths. from_end and old are for roots that were never followed:
    whether what stands in their files already is passed over, and whether their rotated files are read. max_line is in bytes;
    of a longer line the head is kept. bell: be woken by inotify; without it a file is looked at once a second. wall_ns is the clock
    of the file system.
    """

    def __init__(
        self,
        roots: Sequence[str],
        committed: Iterable[Checkpoint] = (),
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        from_end: bool = False,
        old: bool = False,
        max_line: int = 65536,
        max_open: int = 256,
        bell: bool = True,
        pace: Pace = USUAL,
        monotonic: Callable[[], float] = time.monotonic,
        wall_ns: Callable[[], int] = file_time_ns,
    ) -> None:
        self._pace, self._now = pace, monotonic
        self._scope = Scope(roots, include, exclude, wall_ns)
        self._shelf = Shelf(max_open)
        self._roster = Roster(committed, self._scope.covers, self._shelf, pace)
        self._census = Census(self._roster, self._scope, from_end=from_end, old=old)
        self._turns = Turns(self._roster, max_line, wall_ns)
        self._bell = Doorbell(self._scope.roots) if bell else None
        self._scanned_at = self._busy_at = self._now()
        self._scan_at, self._cost = self._scanned_at, 0.0

    def poll(self, most: int) -> Iterator[Batch]:
        """What is new, about so many bytes at most. A batch that was taken counts as given; one that was not comes again."""
        roster, left = self._roster, most
        for _ in range(_ROUNDS):
            now = self._now()
            self._look(now)
            while roster.out:
                yield roster.out.popleft()
            for batch, size in self._turns.read(left, now):
                left -= size
                self._busy_at = now
                yield batch
            if not roster.pending or left <= 0:
                return

    def descriptors(self) -> Sequence[int]:
        """What becomes readable when a file may have changed; nothing without a doorbell."""
        return () if self._bell is None else self._bell.descriptors()

    def standings(self) -> Sequence[Standing]:
        """How it stands with each file, those that are not followed among them."""
        refused = {**self._scope.refused, **self._roster.refused}
        streams = self._roster.streams.values()
        return [
            *(Standing(each.source, each.id, each.offset, each.lag, each.trouble) for each in streams),
            *(Standing(path, "", 0, 0, words) for path, words in sorted(refused.items())),
        ]

    def notes(self) -> Sequence[str]:
        """Sentences for the person that were not given before."""
        notes, self._shelf.notes = self._shelf.notes, []
        return [*notes, *(self._bell.notes() if self._bell is not None else ())]

    def close(self) -> None:
        """Stop following; the committed checkpoints say where to go on."""
        if self._bell is not None:
            self._bell.close()
        for stream in self._roster.streams.values():
            stream.shut()

    # ------------------------------------------------------------ looking

    def _look(self, now: float) -> None:
        self._shelf.tidy()
        self._roster.due(now)
        rung = self._bell is not None and self._bell.rung()
        if rung:
            # Ever so often at most: where much is written the bell rings all the time.
            self._scan_at = min(self._scan_at, self._scanned_at + max(_LEAST, _SHARE * self._cost))
        if self._roster.pending or now >= self._scan_at:
            self._scan(now)
        else:
            self._glance(now)
        take_leave(self._roster, now)
        if self._bell is not None:
            self._bell.attend(now - self._busy_at)

    def _glance(self, now: float) -> None:
        """Look at the files that were just written to: it costs less than a scan."""
        roster = self._roster
        for stream, until in list(roster.hot.items()):
            if now > until or stream.text is None:
                del roster.hot[stream]
                continue
            status = stream.text.stat()
            if not self._grown(stream, look_of(status), now):
                roster.pending.add(stream.family)
            if stream.path and not status.st_nlink:
                self._scan_at = now

    def _scan(self, now: float) -> None:
        """Look at everything."""
        roster = self._roster
        began = time.perf_counter()
        change = self._scope.scan()
        for path in change.changed:
            stream = roster.at.get(path)
            look = change.files[path]
            if stream is None or stream.key != look.key or not self._grown(stream, look, now):
                roster.pending.add(family_of(path))
        for path in change.gone:
            roster.pending.add(family_of(path))
            self._census.drop(path)
        for stream in roster.adrift:
            if stream.text is not None:
                self._grown(stream, look_of(stream.text.stat()), now)
        self._cost = time.perf_counter() - began
        if roster.pending:
            pending, roster.pending = roster.pending, set()
            self._census.take(change.files, pending, now)
        for root in sorted(change.roots - roster.roots):
            roster.roots.add(root)
            roster.out.append(Batch(Checkpoint(ROOT + root, root)))
        self._scanned_at = now
        quiet = self._bell is not None and self._bell.works and now - self._busy_at > _QUIET
        self._scan_at = now + self._pace.scan * (2 if quiet else 1)

    def _grown(self, stream: Stream, look: Look, now: float) -> bool:
        """The stream's file looks like this now; False if that is no growth."""
        if look == stream.seen:
            return True
        if stream.mark.packed:
            # It is unpacked again when it was left alone for a while.
            self._roster.later[stream.family] = now + self._pace.ripe
            return True
        if stream.seen is None or look.size < stream.seen.size or look.size < stream.offset:
            return False
        stream.look(look)
        self._roster.stir(stream, now)
        if not stream.path:
            stream.lost_at = now
        return True
