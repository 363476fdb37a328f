"""Files that belong to nobody, told by their content: where a lost stream went on, a copy of what is read, or new."""

from __future__ import annotations

from collections.abc import Callable, Collection

from edgeops.intake.tail.families import by_age, family_of, is_rotated
from edgeops.intake.tail.round import Round
from edgeops.intake.tail.stream import Stream
from edgeops.intake.tail.text import NEAR, Look, PackedText, Text

_ENOUGH = 64
"""A file in use that was replaced goes on as the same stream if it has at least so many bytes that were read: fewer may be chance."""

_SOME = 8
"""So many bytes of an unfinished first line do where the file was cut and a rotated one begins with them."""


class Likeness:
    """ripe: whether a packed file that is not whole was left alone for long enough. passed: new files that will not be read."""

    def __init__(self, round_: Round, ripe: Callable[[str, Look], bool], passed: Collection[str]) -> None:
        self._round, self._ripe, self._passed = round_, ripe, passed

    def judge(self, free: Collection[str], rest: list[Stream], living: list[Stream]) -> None:
        """Say what became of the streams (rest) and files of one log that do not obviously belong together."""
        found = self._round.found
        lost = [
            stream
            for stream in rest
            if not any(self._turns_up(stream, path) for path in self._candidates(stream, free))
        ]
        found.lost += lost
        kin = [*living, *(stream for stream in rest if stream not in lost), *(each for each in lost if each.text)]
        for path in sorted((path for path in free if path in self._round.free), key=self._standing):
            if path in self._passed:
                found.fresh.append(path)
                continue
            try:
                self._newcomer(path, kin, lost)
            except OSError as error:
                self._round.fail(path, error)
        self._round.close(free)

    def _candidates(self, stream: Stream, free: Collection[str]) -> list[str]:
        """In which files of its family a stream may be, the likeliest first. While its own is still open it leaves that for one that took its place."""
        if (not stream.offset and not stream.mark.closed) or (stream.text is not None and not stream.rested):
            return []
        kin = sorted(by_age(path for path in free if path in self._round.free), key=self._standing)
        return sorted(kin, key=lambda path: path != stream.source)

    def _turns_up(self, stream: Stream, path: str) -> bool:
        """Whether the stream goes on in this file."""
        text = self._round.text(path)
        try:
            if text is None or not self._is_telling(stream, path, text):
                return False
            if stream.text is not None and path != stream.source and not _goes_on(text, stream.text):
                return False
            if stream.is_in(text):
                self._round.place(stream, path)
                return True
        except OSError as error:
            self._round.fail(path, error)
        return False

    def _is_telling(self, stream: Stream, path: str, text: Text) -> bool:
        """Whether it is no chance if the file has what was read of the stream."""
        if stream.offset >= _ENOUGH or stream.mark.closed or self._round.copies.get(path) is stream:
            return True
        some = stream.place.lines > 0 or (self._was_cut(stream) and stream.offset >= _SOME)
        return is_rotated(path) and (some or not text.read(stream.offset, 1))

    def _newcomer(self, path: str, kin: Collection[Stream], lost: Collection[Stream]) -> None:
        """Say of a file that belongs to nobody what it is. kin: streams that are read; lost: those without a file."""
        text = self._round.text(path)
        if text is None:
            return
        found = self._round.found
        whole = text.tail() if isinstance(text, PackedText) else None
        if text.packed and whole is None and not self._ripe(path, self._round.files[path]):
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
        elif any(self._shifted(stream) for stream in _copyable(text, kin)):
            # Perhaps it was a copy, and the original has just been cut.
            found.again.add(family_of(path))
        else:
            found.fresh.append(path)

    def _standing(self, path: str) -> tuple[bool, bool]:
        """Originals before copies: files in use, rotated ones, packed ones."""
        return isinstance(self._round.text(path), PackedText), is_rotated(path)

    def _originals(self, path: str, text: Text) -> list[Text]:
        """New files of which this one, if it has a part of them, is a copy."""
        fresh = [each for each in self._round.found.fresh if family_of(each) == family_of(path)]
        texts = [other for each in fresh if text.packed or not is_rotated(each) if (other := self._round.text(each))]
        return [other for other in texts if not other.packed]

    def _was_cut(self, stream: Stream) -> bool:
        """Whether the file of a stream that was read lost its content."""
        return bool(stream.offset) and (stream.cut_short or stream.id in self._round.found.cut_short)

    def _copied(self, text: Text, whole: tuple[int, bytes] | None, kin: Collection[Stream]) -> Stream | None:
        """The stream whose file begins with all that is in this one, and ends it where this one does."""
        head = text.read(0, NEAR)
        size, tail = whole or _end_of(text)
        for stream in _copyable(text, kin):
            original = self._round.own(stream)
            if original is None or original.read(0, len(head)) != head:
                continue
            if original.read(size - len(tail), len(tail)) == tail:
                return stream
        return None

    def _shifted(self, stream: Stream) -> bool:
        original = self._round.own(stream)
        return original is None or not stream.is_in(original)


def _copyable(text: Text, kin: Collection[Stream]) -> list[Stream]:
    """The streams of which the text may be a copy: files in use are copied, and others only by packing them."""
    return [
        stream
        for stream in kin
        if not stream.mark.packed and (text.packed or not is_rotated(stream.path or stream.source))
    ]


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


def _goes_on(text: Text, other: Text) -> bool:
    """Whether the text has all that an open file has, and more."""
    return _continues(text, other) and bool(text.read(other.stat().st_size, 1))


def _end_of(text: Text) -> tuple[int, bytes]:
    """Size and last bytes; of what is packed and not whole, of as much as there is."""
    if not text.packed:
        size = text.stat().st_size
        return size, text.read(max(0, size - NEAR), NEAR)
    size, tail = 0, b""
    while data := text.read(size, 1 << 20):
        size, tail = size + len(data), (tail + data)[-NEAR:]
    return size, tail
