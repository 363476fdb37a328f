"""After names or files changed: who is in which file, who is new, and what that means for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from edgeops.intake.tail.families import archives, by_age, family_of
from edgeops.intake.tail.likeness import Likeness
from edgeops.intake.tail.matching import Matching
from edgeops.intake.tail.reading import skip_to_end
from edgeops.intake.tail.roster import Roster
from edgeops.intake.tail.round import Matches, Round
from edgeops.intake.tail.scope import Scope
from edgeops.intake.tail.stream import Stream
from edgeops.intake.tail.text import Look, Text


class Census:
    """from_end and old: as for Tail."""

    def __init__(self, roster: Roster, scope: Scope, *, from_end: bool, old: bool) -> None:
        self._roster, self._scope = roster, scope
        self._from_end, self._old = from_end, old
        self._copies: dict[str, tuple[Look, float, Stream]] = {}
        self._unripe: dict[str, tuple[Look, float]] = {}

    def take(self, everything: Mapping[str, Look], pending: Collection[str], now: float) -> None:
        """Match the streams of these families with their files."""
        roster = self._roster
        files = {path: look for path, look in everything.items() if family_of(path) in pending}
        keys = {look.key for look in files.values()}
        streams = [each for each in roster.streams.values() if each.family in pending or each.key in keys]
        for stream in streams:
            if stream.path and roster.at.get(stream.path) is stream:
                del roster.at[stream.path]
        # A stream of another family keeps its file unless that is among these.
        files |= {each.path: everything[each.path] for each in streams if each.path in everything}
        passed = self._passed(files)
        copies = {path: original for path, (look, _, original) in self._copies.items() if files.get(path) == look}
        round_ = Round(files, roster.shelf, copies)
        likeness = Likeness(round_, lambda path, look: self._ripe(path, look, now), passed)
        Matching(round_, self._scope.links).match(streams, likeness)
        found = round_.found
        roster.pending |= found.again
        for stream in streams:
            stream.cut_short = stream.cut_short or stream.id in found.cut_short
        self._settle(found, files, now)
        for path in by_age(found.fresh):
            self._welcome(path, files[path], found, now, passed=path in passed)
        self._note_copies(found, files, now)
        self._drift(found, now)

    def drop(self, path: str) -> None:
        """There is no file of this name any more."""
        self._roster.refused.pop(path, None)
        self._copies.pop(path, None)
        self._unripe.pop(path, None)

    def _passed(self, files: Iterable[str]) -> set[str]:
        """The rotated files that were there before their root was followed for the first time."""
        families: dict[str, set[str]] = defaultdict(set)
        for path in files:
            if self._is_first(path) and not self._old:
                families[family_of(path)].add(path)
        return {path for members in families.values() for path in archives(members)}

    def _is_first(self, path: str) -> bool:
        """Whether its root is followed for the first time."""
        return self._scope.root_of.get(path) not in self._roster.roots

    def _ripe(self, path: str, look: Look, now: float) -> bool:
        """Whether a packed file looks as it did for a good while."""
        before, since = self._unripe.get(path, (None, now))
        if before != look:
            self._unripe[path] = (look, now)
            since = now
        ripe = now - since >= self._roster.pace.grace
        if not ripe:
            self._roster.later[family_of(path)] = now + self._roster.pace.ripe
        return ripe

    def _settle(self, found: Matches, files: Mapping[str, Look], now: float) -> None:
        """The streams whose files are known."""
        roster = self._roster
        for path, stream in found.placed.items():
            look = files[path]
            gap = stream.shrunk(path, look)
            moved = stream.settle(path, look, found.unreadable.get(path, ""))
            stream.look(look)
            if path not in found.unreadable:
                stream.vouch()
            if gap is not None and (stream.offset or not _kin(stream, found.fresh)):
                roster.tell(stream, gap)
            elif moved and stream.told:
                roster.tell(stream)
            if stream.text is not None or stream.lag or (stream.mark.packed and not stream.mark.closed):
                roster.stir(stream, now)
            roster.at[path] = stream
            roster.adrift.pop(stream, None)
            roster.refused.pop(path, None)
        for path, words in found.unreadable.items():
            if path not in found.placed:
                roster.refused[path] = words
            roster.later[family_of(path)] = now + roster.pace.retry

    def _welcome(self, path: str, look: Look, found: Matches, now: float, *, passed: bool) -> None:
        """A file that nobody knows."""
        roster = self._roster
        text = found.texts.pop(path, None) or self._opened(path, look, now)
        if text is None:
            return
        if passed:
            roster.pass_over(path, look, text)
        else:
            stream = roster.enter(path, look, text)
            if self._from_end and self._is_first(path):
                skip_to_end(stream, text, whole=False)
                roster.tell(stream)
            roster.stir(stream, now)
        roster.shelf.tidy()

    def _opened(self, path: str, look: Look, now: float) -> Text | None:
        """The file that was looked at; None if it cannot be opened, or is another by now."""
        roster = self._roster
        text = roster.shelf.open(path)
        if isinstance(text, str):
            roster.refused[path] = text
            roster.later[family_of(path)] = now + roster.pace.retry
            return None
        if text.look.key != look.key:
            roster.pending.add(family_of(path))
            text.close()
            return None
        return text

    def _note_copies(self, found: Matches, files: Mapping[str, Look], now: float) -> None:
        """Copies are not read as long as the original is there. One that stays as it is becomes a file that was read already."""
        spent = list(found.spent)
        for path, original in found.copies.items():
            look, since, _ = self._copies.get(path, (None, now, original))
            if look != files[path]:
                since = now
            self._copies[path] = (files[path], since, original)
            if now - since >= self._roster.pace.grace and not original.lag:
                spent.append(path)
            else:
                self._roster.later[family_of(path)] = now + self._roster.pace.grace
        for path in spent:
            text = self._opened(path, files[path], now)
            if text is not None:
                self._roster.pass_over(path, files[path], text)

    def _drift(self, found: Matches, now: float) -> None:
        """Streams without a file in sight."""
        for stream in found.lost:
            if stream.lost_at is None:
                stream.lost_at = now
            stream.path = ""
            self._roster.adrift[stream] = None
            if stream.text is not None:
                self._roster.stir(stream, now)
            elif not stream.offset and not stream.told and _kin(stream, found.fresh):
                # Nothing was read of it, and what it had is in a file that is new.
                self._roster.forget(stream)


def _kin(stream: Stream, paths: Iterable[str]) -> bool:
    return any(family_of(path) == stream.family for path in paths)
