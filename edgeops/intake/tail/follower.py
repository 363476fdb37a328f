"""Follows files: every byte once, whatever is done to them; what others destroyed is told as a gap.

One poll looks whether anything changed (a scan, at most every so often), says which stream is in which file where names or files
changed, and reads what is new, the oldest file of a log first and the logs in turn.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from secrets import token_hex

from edgeops.intake.feed import Batch, Checkpoint, Gap, Loss, Standing
from edgeops.intake.tail.families import archives, by_age, family_of, is_rotated
from edgeops.intake.tail.matching import Matches, Matching
from edgeops.intake.tail.scope import Change, Scope
from edgeops.intake.tail.shelf import Shelf
from edgeops.intake.tail.stream import Changed, Stream, Unreadable, opened, unread
from edgeops.intake.tail.text import Look, Text, is_racy, look_of

_ROOT = "root:"
_SOON = 0.05
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. grace: a file that was removed or replaced is read and looked for so long; flush: when an unfinished line is given.

    patience: so long a stream waits whose directory is gone. ripe: a packed file that grows is left alone so long.
    """

    scan: float = 1.0
    grace: float = 30.0
    flush: float = 5.0
    patience: float = 3600.0
    ripe: float = 1.0
    retry: float = 2.0


class Tail:
    """A `Feed` of files. The committed checkpoints say where to go on; others than its own are passed over.

    from_end and old are for roots that were never followed: whether what stands in their files already is passed over (whole lines
    of the files in use), and whether their rotated files are read.
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
        pace: Pace = Pace(),
        monotonic: Callable[[], float] = time.monotonic,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._wall = wall_ns
        self._scope = Scope(roots, include, exclude, wall_ns)
        self._from_end, self._old = from_end, old
        self._longest, self._pace, self._now = max_line, pace, monotonic
        self._shelf = Shelf(max_open)
        self._streams: dict[str, Stream] = {}
        self._roots: set[str] = set()
        for checkpoint in committed:
            if checkpoint.stream.startswith(_ROOT):
                self._roots.add(checkpoint.stream.removeprefix(_ROOT))
            stream = opened(checkpoint)
            if stream is not None and self._scope.covers(stream.source):
                self._streams[stream.id] = stream
        self._at: dict[str, Stream] = {}
        self._copies: dict[str, tuple[Look, float]] = {}
        self._unripe: dict[str, tuple[Look, float]] = {}
        self._refused: dict[str, str] = {}
        self._out: deque[Batch] = deque()
        self._stirred: dict[Stream, None] = {}
        self._hot: dict[Stream, float] = {}
        self._unfinished: dict[Stream, float] = {}
        self._doubted: dict[Stream, float] = {}
        self._adrift: dict[Stream, None] = dict.fromkeys(self._streams.values())
        self._pending: set[str] = {stream.family for stream in self._streams.values()}
        self._later: dict[str, float] = {}
        self._scan_at = 0.0

    # ------------------------------------------------------------ the protocol

    def poll(self, most: int) -> Iterator[Batch]:
        """What is new, about so many bytes at most. A batch that was taken counts as given; one that was not comes again."""
        left = most
        for _ in range(_ROUNDS):
            self._look()
            while self._out:
                yield self._out.popleft()
            for batch, size in self._read(left):
                left -= size
                yield batch
            if not self._pending or left <= 0:
                break

    def descriptors(self) -> Sequence[int]:
        """Nothing rings yet: a poll finds it."""
        return ()

    def standings(self) -> Sequence[Standing]:
        """How it stands with each file, those that are not followed among them."""
        refused = {**self._scope.refused, **self._refused}
        return [
            *(Standing(each.source, each.id, each.offset, each.lag, each.trouble) for each in self._streams.values()),
            *(Standing(path, "", 0, 0, words) for path, words in sorted(refused.items())),
        ]

    def notes(self) -> Sequence[str]:
        """Sentences for the person that were not given before."""
        notes, self._shelf.notes = self._shelf.notes, []
        return notes

    def close(self) -> None:
        """Stop following; the committed checkpoints say where to go on."""
        for stream in self._streams.values():
            stream.shut()

    # ------------------------------------------------------------ looking

    def _look(self) -> None:
        now = self._now()
        self._shelf.tidy()
        for stream in [stream for stream, at in self._doubted.items() if at <= now]:
            del self._doubted[stream]
            self._stirred[stream] = None
        due = [family for family, at in self._later.items() if at <= now]
        for family in due:
            del self._later[family]
        self._pending.update(due)
        if self._pending or now >= self._scan_at:
            self._scan(now)
        else:
            self._glance(now)
        self._wait(now)

    def _glance(self, now: float) -> None:
        """Look at the files that were just written to: it costs less than a scan."""
        for stream, until in list(self._hot.items()):
            if now > until or stream.text is None:
                del self._hot[stream]
                continue
            status = stream.text.stat()
            if not self._grown(stream, look_of(status), now):
                self._pending.add(stream.family)
            if stream.path and not status.st_nlink:
                self._scan_at = now

    def _scan(self, now: float) -> None:
        self._scan_at = now + self._pace.scan
        change = self._scope.scan()
        for path in change.changed:
            stream = self._at.get(path)
            look = change.files[path]
            if stream is None or stream.key != look.key or not self._grown(stream, look, now):
                self._pending.add(family_of(path))
        for path in change.gone:
            self._pending.add(family_of(path))
            for kept in (self._refused, self._copies, self._unripe):
                kept.pop(path, None)
        for stream in self._adrift:
            if stream.text is not None:
                self._grown(stream, look_of(stream.text.stat()), now)
        if self._pending:
            pending, self._pending = self._pending, set()
            self._match(change, pending, now)
        fresh = change.roots - self._roots
        for root in sorted(fresh):
            self._roots.add(root)
            self._out.append(Batch(Checkpoint(_ROOT + root, root)))

    def _grown(self, stream: Stream, look: Look, now: float) -> bool:
        """The stream's file looks like this now; False if that is no growth."""
        if look == stream.seen:
            return True
        if stream.seen is None or look.size < stream.seen.size or look.size < stream.offset:
            return bool(stream.text and stream.text.packed and self._soon(stream.family, now))
        if stream.mark.packed:
            return self._soon(stream.family, now)
        stream.look(look)
        self._stir(stream, now)
        if not stream.path:
            stream.lost_at = now
        return True

    def _soon(self, family: str, now: float) -> bool:
        """A packed file changed: it is unpacked again when it was left alone for a while."""
        self._later[family] = now + self._pace.ripe
        return True

    def _stir(self, stream: Stream, now: float) -> None:
        self._stirred[stream] = None
        stream.rested = False
        self._hot[stream] = now + self._pace.flush
        stream.stirred_at = now

    # ------------------------------------------------------------ matching

    def _match(self, change: Change, pending: set[str], now: float) -> None:
        files = {path: look for path, look in change.files.items() if family_of(path) in pending}
        keys = {look.key for look in files.values()}
        streams = [each for each in self._streams.values() if each.family in pending or each.key in keys]
        for stream in streams:
            if stream.path and self._at.get(stream.path) is stream:
                del self._at[stream.path]
        # A stream of another family keeps its file unless that is among these.
        away = {each.path for each in streams if each.family not in pending and each.path not in files}
        files |= {path: change.files[path] for path in away if path in change.files}
        passed = self._passed(files)
        found = Matching(files, self._shelf.open, self._scope.links).match(
            streams, lambda path, look: self._ripe(path, look, now), passed
        )
        self._pending |= found.again
        for stream in streams:
            stream.cut_short = stream.cut_short or stream.id in found.cut_short
        self._settle(found, files, now)
        for path in by_age(found.fresh):
            self._welcome(path, files[path], found, now, passed=path in passed)
        self._note_copies(found, files, now)
        self._drift(found, now)

    def _passed(self, files: dict[str, Look]) -> set[str]:
        """The rotated files that were there before their root was followed for the first time."""
        if self._old:
            return set()
        families: dict[str, set[str]] = defaultdict(set)
        for path in files:
            if self._scope.root_of.get(path) not in self._roots:
                families[family_of(path)].add(path)
        return {path for members in families.values() for path in archives(members)}

    def _ripe(self, path: str, look: Look, now: float) -> bool:
        """Whether a packed file looks as it did for a good while."""
        before, since = self._unripe.get(path, (None, now))
        if before != look:
            self._unripe[path] = (look, now)
            since = now
        ripe = now - since >= self._pace.grace
        if not ripe:
            self._later[family_of(path)] = now + self._pace.ripe
        return ripe

    def _settle(self, found: Matches, files: dict[str, Look], now: float) -> None:
        """The streams whose files are known."""
        for path, stream in found.placed.items():
            look = files[path]
            gap = stream.shrunk(path, look)
            moved = stream.settle(path, look, found.unreadable.get(path, ""))
            stream.look(look)
            if gap is not None and (stream.offset or not _kin(stream, found.fresh)):
                self._out.append(Batch(stream.checkpoint(), None, (gap,)))
            elif moved and stream.told:
                self._out.append(Batch(stream.checkpoint()))
            if stream.text is not None:
                self._shelf.use(stream)
            if stream.text is not None or stream.lag or (stream.mark.packed and not stream.mark.closed):
                self._stir(stream, now)
            self._at[path] = stream
            self._adrift.pop(stream, None)
            self._refused.pop(path, None)
        for path, words in found.unreadable.items():
            if path not in found.placed:
                self._refused[path] = words
            self._later[family_of(path)] = now + self._pace.retry

    def _welcome(self, path: str, look: Look, found: Matches, now: float, *, passed: bool) -> None:
        """A file that nobody knows."""
        text = found.texts.pop(path, None) or self._shelf.open(path)
        if isinstance(text, str):
            self._refused[path] = text
            self._later[family_of(path)] = now + self._pace.retry
            return
        stream = self._new(path, look, text)
        first = self._scope.root_of.get(path) not in self._roots
        if passed or (first and self._from_end):
            stream.skip_to_end(whole=passed)
            self._out.append(Batch(stream.checkpoint()))
        self._stir(stream, now)

    def _note_copies(self, found: Matches, files: dict[str, Look], now: float) -> None:
        """Copies are not read as long as the original is there. One that stays as it is becomes a file that was read already."""
        for path, original in found.copies.items():
            look, since = self._copies.get(path, (None, now))
            if look != files[path]:
                since = now
            self._copies[path] = (files[path], since)
            if now - since < self._pace.grace or original.lag:
                self._later[family_of(path)] = now + self._pace.grace
                continue
            self._close_off(path, files[path])
        for path in found.spent:
            self._close_off(path, files[path])

    def _close_off(self, path: str, look: Look) -> None:
        """A file of which everything was read elsewhere."""
        text = self._shelf.open(path)
        if not isinstance(text, str):
            stream = self._new(path, look, text)
            stream.skip_to_end(whole=True)
            self._out.append(Batch(stream.checkpoint()))

    def _new(self, path: str, look: Look, text: Text) -> Stream:
        stream = unread(path, look, token_hex(8))
        stream.text = text
        stream.settle(path, look)
        self._streams[stream.id] = self._at[path] = stream
        self._refused.pop(path, None)
        self._shelf.use(stream)
        return stream

    def _drift(self, found: Matches, now: float) -> None:
        """Streams without a file in sight."""
        for stream in found.lost:
            if stream.lost_at is None:
                stream.lost_at = now
            stream.path = ""
            self._adrift[stream] = None
            if stream.text is not None:
                self._stir(stream, now)
            elif not stream.offset and not stream.told and _kin(stream, found.fresh):
                # Nothing was read of it, and what it had is in a file that is new.
                self._forget(stream)

    # ------------------------------------------------------------ waiting

    def _wait(self, now: float) -> None:
        """Streams without a file: read while it is open, looked for, and given up in the end."""
        for stream in list(self._adrift):
            since = stream.lost_at if stream.lost_at is not None else now
            stream.lost_at = since
            if now - since < self._pace.grace or stream in self._stirred:
                continue
            if stream.text is not None:
                stream.drained = not stream.lag and stream not in self._unfinished
                stream.shut()
                self._pending.add(stream.family)
            elif not self._away(stream) or now - since >= self._pace.patience:
                self._bury(stream)
            else:
                stream.trouble = "Its directory or its file system is not there; it is waited for."

    def _away(self, stream: Stream) -> bool:
        """Whether the whole directory is missing, or another file system is in its place."""
        try:
            device = os.stat(os.path.dirname(stream.source) or ".").st_dev  # noqa: PTH116, PTH120
        except OSError:
            return True
        return device != stream.mark.device

    def _bury(self, stream: Stream) -> None:
        """Nothing more will come of it; say what was lost."""
        if not stream.told and not stream.lag:
            self._forget(stream)
            return
        gaps = []
        place = stream.place
        if place.midway:
            gaps.append(Gap(stream.source, Loss.TOO_LONG, place.since, None, place.offset - place.since))
        quiet = stream.drained or stream.mark.closed or (is_rotated(stream.source) and not stream.lag)
        if not quiet or stream.cut_short:
            loss = Loss.TRUNCATED if stream.cut_short else Loss.VANISHED
            gaps.append(Gap(stream.source, loss, stream.offset, None, stream.lag))
        self._out.append(Batch(stream.checkpoint(retired=True), None, tuple(gaps)))
        self._forget(stream)

    def _forget(self, stream: Stream) -> None:
        stream.shut()
        self._streams.pop(stream.id, None)
        if self._at.get(stream.path) is stream:
            del self._at[stream.path]
        for kept in (self._stirred, self._hot, self._unfinished, self._doubted, self._adrift):
            kept.pop(stream, None)

    # ------------------------------------------------------------ reading

    def _read(self, most: int) -> Iterator[tuple[Batch, int]]:
        """Batches and their sizes; the logs in turn, of each the oldest file first."""
        now = self._now()
        for stream, since in list(self._unfinished.items()):
            if now - since >= self._pace.flush:
                del self._unfinished[stream]
                yield from self._one(stream, now, ended=True)
        while self._stirred and most > 0:
            turns: dict[str, Stream] = {}
            for stream in sorted(self._stirred, key=_turn):
                turns.setdefault(stream.family, stream)
            for stream in turns.values():
                for batch, size in self._one(stream, now):
                    most -= size
                    yield batch, size
                if most <= 0:
                    return

    def _one(self, stream: Stream, now: float, *, ended: bool = False) -> Iterator[tuple[Batch, int]]:
        """The stream's next batch, if it has one; if not it rests until something happens."""
        before = stream.offset
        try:
            batch = stream.next(self._longest, ended=ended) if self._ready(stream, now) else None
            batch = batch or stream.close(self._longest)
        except Changed:
            self._stirred.pop(stream, None)
            self._pending.add(stream.family)
            return
        except Unreadable as error:
            self._refused[stream.path] = str(error)
            self._forget(stream)
            return
        self._shelf.use(stream)
        if batch is None:
            self._rest(stream, now)
            return
        self._unfinished.pop(stream, None)
        if not stream.mark.packed and not stream.lag:
            self._rest(stream, now)
        yield batch, max(1, stream.offset - before)

    def _rest(self, stream: Stream, now: float) -> None:
        self._stirred.pop(stream, None)
        stream.rested = True
        if stream.lag or (stream.mark.packed and not stream.mark.closed):
            self._unfinished.setdefault(stream, now)
        if is_racy(stream.mark.mtime_ns, self._wall()):
            self._doubted[stream] = now + _SOON

    def _ready(self, stream: Stream, now: float) -> bool:
        """Its file is open, and the right one."""
        if stream.text is not None:
            return True
        text = self._shelf.open(stream.path) if stream.path else "It is not there."
        if isinstance(text, str):
            stream.trouble = text
            self._later[stream.family] = now + self._pace.retry
            return False
        same = text.look.key == stream.key
        if not same or (stream.mark.generation and stream.mark.generation != text.generation):
            text.close()
            raise Changed
        stream.take(text)
        return True


def _kin(stream: Stream, paths: Iterable[str]) -> bool:
    return any(family_of(path) == stream.family for path in paths)


def _turn(stream: Stream) -> tuple[bool, float]:
    """The oldest file first: what is in use is read last."""
    return not is_rotated(stream.source) and bool(stream.path), stream.stirred_at
