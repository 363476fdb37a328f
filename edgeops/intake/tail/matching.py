"""Which stream is in which file: asked after a restart, and whenever names or files were changed.

A file with the inode of a stream is its file if it still has what was read of it. A stream that is in no file any more is looked
for, by content, among the files of its family that belong to nobody: it was copied, packed or moved to another file system.
What belongs to nobody then is a copy in the making, or new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from edgeops.intake.tail.families import by_age, family_of, is_rotated
from edgeops.intake.tail.shelf import Shelf
from edgeops.intake.tail.stream import Stream
from edgeops.intake.tail.text import NEAR, Key, Look, PackedText, Text

_ENOUGH = 64
"""A file in use that was replaced goes on as the same stream if it has at least so many bytes that were read: fewer may be chance."""


@dataclass
class Matches:
    """What was found. spent: copies of what was read already; cut_short: streams whose own file has lost its content;

    again: families in which something changed while it was looked at; unripe: packed files that are not whole yet."""

    placed: dict[str, Stream] = field(default_factory=dict)
    copies: dict[str, Stream] = field(default_factory=dict)
    fresh: list[str] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)
    unripe: list[str] = field(default_factory=list)
    lost: list[Stream] = field(default_factory=list)
    cut_short: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    unreadable: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)


class Matching:
    """One round. files are those of the families in question; links are symbolic links; copies were found to be that before."""

    def __init__(
        self, files: Mapping[str, Look], shelf: Shelf, links: Collection[str], copies: Mapping[str, Stream]
    ) -> None:
        self._copies = copies
        self._files, self._shelf, self._links = files, shelf, links
        self._free = set(files)
        self._found = Matches()

    def match(
        self, streams: Collection[Stream], ripe: Callable[[str, Look], bool], passed: Collection[str] = ()
    ) -> Matches:
        """Say where the streams are. ripe: whether a packed file that is not whole was left alone for long enough.

        passed: new files that will not be read, so that it matters little what they are.
        """
        homes = self._homes()
        rest: dict[str, list[Stream]] = defaultdict(list)
        for stream in _surest(streams, self._files):
            if not self._stays(stream, homes):
                rest[stream.family].append(stream)
            self._shelf.tidy()
        living: dict[str, list[Stream]] = defaultdict(list)
        for stream in self._found.placed.values():
            living[stream.family].append(stream)
        free: dict[str, list[str]] = defaultdict(list)
        for path in by_age(self._free):
            free[family_of(path)].append(path)
        for family in sorted({*rest, *free}):
            self._family(free[family], rest[family], living[family], ripe, passed)
        return self._found

    def _family(
        self,
        free: list[str],
        rest: list[Stream],
        living: list[Stream],
        ripe: Callable[[str, Look], bool],
        passed: Collection[str],
    ) -> None:
        """What became of the streams and files of one log that do not obviously belong together."""
        self._found.lost += (lost := [stream for stream in rest if not self._turns_up(stream, free)])
        kin = [*living, *(stream for stream in rest if stream not in lost), *(each for each in lost if each.text)]
        for path in sorted((path for path in free if path in self._free), key=self._standing):
            if path in passed:
                self._found.fresh.append(path)
                continue
            try:
                self._newcomer(path, kin, lost, ripe)
            except OSError as error:
                self._found.unreadable[path] = f"It cannot be read ({error.strerror or error})."
        for path in free:
            if path in self._found.texts and (
                path not in self._found.fresh or not self._shelf.has_room(len(self._found.texts))
            ):
                self._found.texts.pop(path).close()
        self._shelf.tidy()

    # ------------------------------------------------------------ by inode

    def _homes(self) -> dict[Key, str]:
        """Each file once, though it may have several names."""
        names: dict[Key, list[str]] = defaultdict(list)
        for path, look in self._files.items():
            names[look.key].append(path)
        homes = {}
        for key, paths in names.items():
            homes[key] = min(paths, key=lambda path: (path in self._links, is_rotated(path), path))
            self._free -= set(paths) - {homes[key]}
        return homes

    def _stays(self, stream: Stream, homes: Mapping[Key, str]) -> bool:
        path = homes.get(stream.key) or self._moved_device(stream)
        try:
            if path is not None and path in self._free:
                if not self._still(stream, path, self._files[path]):
                    return False
                self._place(stream, path)
                return True
            if stream.text is not None and not stream.is_in(stream.text):
                self._cut(stream)
        except OSError as error:
            stream.trouble = f"It cannot be read ({error.strerror or error})."
            if path is None or path not in self._free:
                return False
            self._found.unreadable[path] = stream.trouble
            self._place(stream, path)
            return True
        return False

    def _cut(self, stream: Stream) -> None:
        """Its own file does not have any more what was read of it."""
        self._found.cut_short.add(stream.id)
        stream.shut()

    def _moved_device(self, stream: Stream) -> str | None:
        """The stream's old path if only the number of the device changed (after a restart of the machine)."""
        look = self._files.get(stream.source)
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
            text = self._text(path)
            if isinstance(text, str):
                # It cannot be said; who may not read the file for now does not lose his place in it.
                return True
            if text.look.key != look.key:
                self._found.again.add(family_of(path))
                return False
            if not stream.is_of(text):
                return False
        else:
            text = stream.text
        if stream.is_in(text):
            return True
        self._cut(stream)
        return False

    def _place(self, stream: Stream, path: str) -> None:
        self._free.discard(path)
        self._found.placed[path] = stream
        stream.path = path
        text = self._found.texts.pop(path, None)
        if text is not None:
            stream.shut()
            stream.text = text
        if stream.text is not None:
            self._shelf.use(stream)

    def _text(self, path: str) -> Text | str:
        known = self._found.texts.get(path)
        if known is not None:
            return known
        text = self._shelf.open(path)
        if isinstance(text, Text):
            self._found.texts[path] = text
        else:
            self._found.unreadable[path] = text
        return text

    # ------------------------------------------------------------ by content

    def _turns_up(self, stream: Stream, free: Collection[str]) -> bool:
        """Look for the stream in another file of its family. While its own is still open it leaves that for one that took its place."""
        if (not stream.offset and not stream.mark.closed) or (stream.text is not None and not stream.rested):
            return False
        kin = [path for path in free if path in self._free]
        if stream.text is not None:
            kin = [path for path in kin if path == stream.source or self._goes_on(path, stream.text)]
        for path in sorted(kin, key=lambda path: (path != stream.source, self._standing(path))):
            text = self._opened(path)
            if text is None or not self._is_telling(stream, path):
                continue
            try:
                if stream.is_in(text):
                    self._place(stream, path)
                    return True
            except OSError as error:
                self._found.unreadable[path] = f"It cannot be read ({error.strerror or error})."
        return False

    def _is_telling(self, stream: Stream, path: str) -> bool:
        """Whether it is no chance if the file has what was read of the stream."""
        if stream.offset >= _ENOUGH or stream.mark.closed or self._copies.get(path) is stream:
            return True
        return is_rotated(path) and stream.place.lines > 0

    def _newcomer(
        self, path: str, kin: Collection[Stream], lost: Collection[Stream], ripe: Callable[[str, Look], bool]
    ) -> None:
        """Say of a file that belongs to nobody what it is. kin: streams that are read; lost: those without a file."""
        text = self._opened(path)
        if text is None:
            return
        found = self._found
        whole = text.tail() if isinstance(text, PackedText) else None
        if text.packed and whole is None and not ripe(path, self._files[path]):
            found.unripe.append(path)
        elif (one := _predecessor(path, text, lost)) is not None:
            # Its place was taken by this file; what is in its own is read first.
            found.copies[path] = one
            if not one.rested:
                found.again.add(family_of(path))
        elif not is_rotated(path):
            found.fresh.append(path)
        elif not text.stat().st_size:
            return
        elif (original := self._copied(text, whole, kin)) is not None:
            found.copies[path] = original
        elif any(_continues(other, text) for other in self._originals(path, text)):
            # The original is as new as its copy: in the next round it has a stream.
            found.again.add(family_of(path))
        elif any(self._was_cut(stream) and stream.outgrew(text, (whole or _end_of(text))[0]) for stream in lost):
            found.spent.append(path)
        elif any(self._shifted(stream) for stream in kin):
            # Perhaps it was a copy, and the original has just been cut.
            found.again.add(family_of(path))
        else:
            found.fresh.append(path)

    def _goes_on(self, path: str, text: Text) -> bool:
        """Whether a file has all that an open one has, and more."""
        other = self._text(path)
        if not isinstance(other, Text):
            return False
        size = text.stat().st_size
        return _continues(other, text) and bool(other.read(size, 1))

    def _standing(self, path: str) -> tuple[bool, bool]:
        """Originals before copies: files in use, rotated ones, packed ones."""
        return isinstance(self._text(path), PackedText), is_rotated(path)

    def _originals(self, path: str, text: Text) -> list[Text]:
        """New files of which this one, if it has a part of them, is a copy."""
        fresh = [each for each in self._found.fresh if family_of(each) == family_of(path)]
        texts = [other for each in fresh if text.packed or not is_rotated(each) if (other := self._opened(each))]
        return [other for other in texts if not other.packed]

    def _opened(self, path: str) -> Text | None:
        text = self._text(path)
        return text if isinstance(text, Text) else None

    def _was_cut(self, stream: Stream) -> bool:
        """Whether the file of a stream that was read lost its content."""
        return bool(stream.offset) and (stream.cut_short or stream.id in self._found.cut_short)

    def _copied(self, text: Text, whole: tuple[int, bytes] | None, kin: Collection[Stream]) -> Stream | None:
        """The stream whose file begins with all that is in this one, and ends it where this one does."""
        head = text.read(0, NEAR)
        size, tail = whole or _end_of(text)
        for stream in kin:
            if not text.packed and is_rotated(stream.path or stream.source):
                continue
            original = self._original(stream)
            if original is None or original.read(0, len(head)) != head:
                continue
            if original.read(size - len(tail), len(tail)) == tail:
                return stream
        return None

    def _original(self, stream: Stream) -> Text | None:
        """The stream's own file, opened if need be."""
        if stream.text is None and stream.path:
            text = self._shelf.open(stream.path)
            if isinstance(text, Text):
                if text.look.key == stream.key:
                    stream.text = text
                else:
                    text.close()
        return stream.text

    def _shifted(self, stream: Stream) -> bool:
        original = self._original(stream)
        return original is None or not stream.is_in(original)


def _predecessor(path: str, text: Text, lost: Collection[Stream]) -> Stream | None:
    """The stream without a name, still open, of which this file has all; of little that may be chance in a file in use."""
    least = 1 if is_rotated(path) else _ENOUGH
    for stream in lost:
        if stream.text is not None and stream.text.stat().st_size >= least and _continues(text, stream.text):
            return stream
    return None


def _continues(text: Text, other: Text) -> bool:
    """Whether the text begins with all that the other has."""
    size, tail = _end_of(other)
    head = other.read(0, NEAR)
    at = size - len(tail)
    return size > 0 and text.read(0, len(head)) == head and text.read(at, len(tail)) == tail


def _end_of(text: Text) -> tuple[int, bytes]:
    """Size and last bytes; of what is packed and not whole, of as much as there is."""
    if not text.packed:
        size = text.stat().st_size
        return size, text.read(max(0, size - NEAR), NEAR)
    size, tail = 0, b""
    while data := text.read(size, 1 << 20):
        size, tail = size + len(data), (tail + data)[-NEAR:]
    return size, tail


def _surest(streams: Collection[Stream], files: Mapping[str, Look]) -> list[Stream]:
    """First those whose file looks just as it did, then those that had read most."""

    def rank(stream: Stream) -> tuple[bool, bool, int]:
        look = files.get(stream.source)
        mark = stream.mark
        same = look == Look(mark.device, mark.inode, mark.size, mark.mtime_ns)
        return not same, stream.lost_at is not None, -stream.offset

    return sorted(streams, key=rank)
