"""Which stream is in which file: asked after a restart, and whenever names or files were changed.

A file with the inode of a stream is its file if it still has what was read of it. A stream that is in no file any more is looked
for, by content, among the files of its family that belong to nobody: it was copied, packed or moved to another file system.
What belongs to nobody then is a copy in the making, or new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from edgeops.intake.tail.families import by_age, family_of, is_rotated
from edgeops.intake.tail.likeness import Likeness
from edgeops.intake.tail.round import Round
from edgeops.intake.tail.stream import Stream
from edgeops.intake.tail.text import Key, Look


class Matching:
    """links are symbolic links: a file that has other names goes by one of these."""

    def __init__(self, round_: Round, links: Collection[str]) -> None:
        self._round, self._links = round_, links

    def match(self, streams: Collection[Stream], likeness: Likeness) -> None:
        """Say where the streams are."""
        homes = self._homes()
        rest: dict[str, list[Stream]] = defaultdict(list)
        for stream in _surest(streams, self._round.files):
            if not self._stays(stream, homes):
                rest[stream.family].append(stream)
        living: dict[str, list[Stream]] = defaultdict(list)
        for stream in self._round.found.placed.values():
            living[stream.family].append(stream)
        free: dict[str, list[str]] = defaultdict(list)
        for path in by_age(self._round.free):
            free[family_of(path)].append(path)
        for family in sorted({*rest, *free}):
            likeness.judge(free[family], rest[family], living[family])

    def _homes(self) -> dict[Key, str]:
        """Each file once, though it may have several names."""
        names: dict[Key, list[str]] = defaultdict(list)
        for path, look in self._round.files.items():
            names[look.key].append(path)
        homes = {}
        for key, paths in names.items():
            homes[key] = min(paths, key=lambda path: (path in self._links, is_rotated(path), path))
            self._round.free -= set(paths) - {homes[key]}
        return homes

    def _stays(self, stream: Stream, homes: Mapping[Key, str]) -> bool:
        path = homes.get(stream.key) or self._moved_device(stream)
        try:
            if path is not None and path in self._round.free:
                if not self._still(stream, path, self._round.files[path]):
                    return False
                self._round.place(stream, path)
                return True
            if stream.text is not None and not stream.is_in(stream.text):
                self._cut(stream)
        except OSError as error:
            if path is None or path not in self._round.free:
                return False
            self._round.fail(path, error)
            self._round.place(stream, path)
            return True
        return False

    def _cut(self, stream: Stream) -> None:
        """Its own file does not have any more what was read of it."""
        self._round.found.cut_short.add(stream.id)
        stream.shut()

    def _moved_device(self, stream: Stream) -> str | None:
        """The stream's old path if only the number of the device changed (after a restart of the machine)."""
        look = self._round.files.get(stream.source)
        same = look is not None and look.inode == stream.mark.inode and look.device != stream.mark.device
        return stream.source if same else None

    def _still(self, stream: Stream, path: str, look: Look) -> bool:
        """Whether the file with the stream's inode has what was read of it."""
        mark = stream.mark
        as_it_was = look == Look(mark.device, mark.inode, mark.size, mark.mtime_ns)
        if as_it_was and (stream.text is None or stream.text.packed):
            return True
        if stream.text is None or stream.text.packed:
            stream.shut()
            text = self._round.text(path)
            if text is None:
                # It cannot be said; who may not read the file for now does not lose his place in it.
                return path in self._round.found.unreadable
            if not stream.is_of(text):
                return False
        else:
            text = stream.text
        if stream.is_in(text):
            return True
        self._cut(stream)
        return False


def _surest(streams: Collection[Stream], files: Mapping[str, Look]) -> list[Stream]:
    """First those whose file looks just as it did, then those that had read most."""

    def rank(stream: Stream) -> tuple[bool, bool, int]:
        look = files.get(stream.source)
        mark = stream.mark
        same = look == Look(mark.device, mark.inode, mark.size, mark.mtime_ns)
        return not same, stream.lost_at is not None, -stream.offset

    return sorted(streams, key=rank)
