"""One stream: a file's content for as long as it lives, under whatever name, and how far it was read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from edgeops.intake.binary import kind_of
from edgeops.intake.extents import CHUNK
from edgeops.intake.feed import Batch, Checkpoint, FileMark, Gap, Loss
from edgeops.intake.streams import utf16
from edgeops.intake.tail.cutting import Cut, Place, cut, hole_in
from edgeops.intake.tail.families import family_of, is_rotated
from edgeops.intake.tail.text import NEAR, Key, Look, PackedText, Text, fits, print_of, raw_print

_SNIFFED = 4096
_FAR = 64 << 20
_WIDE = 16


class Changed(Exception):
    """The file no longer has what was read of it."""


class Unreadable(Exception):
    """The file is no log; the message is a sentence."""


@dataclass(eq=False)
class Stream:
    """source is its name now. seen is the last look at its file; path is empty while it has no file in sight."""

    id: str
    source: str
    mark: FileMark
    place: Place = field(default_factory=Place)
    text: Text | None = None
    path: str = ""
    seen: Look | None = None
    trouble: str = ""
    lost_at: float | None = None
    stirred_at: float = 0.0
    drained: bool = False
    cut_short: bool = False
    rested: bool = False
    head: bytes = b""
    told: bool = False
    """Whether somebody was given a checkpoint of it."""

    @classmethod
    def of(cls, checkpoint: Checkpoint, mark: FileMark) -> Stream:
        """The stream as it was when its last batch was committed."""
        place = Place(
            checkpoint.offset,
            checkpoint.lines,
            checkpoint.crc,
            mark.midway,
            mark.since if mark.midway else 0,
            mark.open,
        )
        return cls(checkpoint.stream, checkpoint.source, mark, place, told=True)

    @property
    def key(self) -> Key:
        return Key(self.mark.device, self.mark.inode)

    @property
    def family(self) -> str:
        return family_of(self.source)

    @property
    def offset(self) -> int:
        return self.place.offset

    @property
    def lag(self) -> int:
        """Bytes that wait, as far as is known; of a packed file packed ones."""
        if self.mark.closed or self.mark.packed:
            return 0
        return max(0, self.size - self.offset)

    @property
    def size(self) -> int:
        """Of its file, when it was last looked at."""
        return self.mark.size if self.seen is None else self.seen.size

    def checkpoint(self, *, retired: bool = False) -> Checkpoint:
        """How far it is, to be committed."""
        self.told = True
        mark = replace(self.mark, midway=self.place.midway, since=self.place.since, open=self.place.open)
        return Checkpoint(self.id, self.source, self.place.offset, self.place.lines, self.place.crc, mark, retired)

    def settle(self, path: str, look: Look, trouble: str = "") -> bool:
        """Its file is this one; whether that is another than before, by name or inode."""
        moved = (path, look.key) != (self.source, self.key)
        self.mark = replace(self.mark, device=look.device, inode=look.inode)
        if self.text is not None:
            self.take(self.text)
        self.path = self.source = path
        self.lost_at, self.cut_short, self.drained, self.trouble = None, False, False, trouble
        return moved

    def take(self, text: Text) -> None:
        """Its file is open."""
        self.text = text
        self.mark = replace(self.mark, generation=text.generation, packed=text.packed)

    def shrunk(self, path: str, look: Look) -> Gap | None:
        """What was lost of the part that was not read yet, when the file is shorter than it was but still has what was read."""
        packed = self.text is not None and bool(self.text.packed)
        copied = look.inode != self.mark.inode and not packed and not is_rotated(self.source)
        if path != self.source and (copied or self.cut_short):
            # What was written after the copy was made, and before the original was cut, nobody knows.
            return Gap(self.source, Loss.TRUNCATED, self.offset if packed else look.size, None)
        lost = self.size - max(self.offset, look.size)
        if self.mark.packed or look.size >= self.size or lost <= 0:
            return None
        return Gap(self.source, Loss.TRUNCATED, self.offset, None, lost)

    def look(self, look: Look) -> None:
        """Its file was seen like this. What was closed is looked into again when it is another."""
        same = (look.size, look.mtime_ns) == (self.mark.size, self.mark.mtime_ns)
        self.seen = look
        self.mark = replace(self.mark, closed=self.mark.closed and same)

    def vouch(self) -> None:
        """What was seen last has what was read: as long as it looks like that it need not be asked again."""
        if self.seen is not None:
            self.mark = replace(self.mark, size=self.seen.size, mtime_ns=self.seen.mtime_ns)

    def doubt(self) -> None:
        """However its file looks, it is to be asked."""
        self.mark = replace(self.mark, mtime_ns=0)

    def shut(self) -> None:
        """Close its file."""
        if self.text is not None:
            self.text.close()
            self.text = None

    # ---------------------------------------------------------------- reading

    def next(self, longest: int, *, ended: bool = False) -> Batch | None:
        """What comes next, about a mebibyte at most; None when there is nothing. ended: the unfinished last line too.

        Raises Changed, and Unreadable before anything was given.
        """
        if self.text is None or self.mark.closed:
            return None
        near, data = self._window(self.text, max(CHUNK, longest + 1))
        if self.offset == 0:
            _refuse(data[:_SNIFFED])
        hole = None if self.place.midway else hole_in(data, self.offset)
        if hole is not None:
            return self._holed(near, data, hole, longest, ended)
        found = cut(data.rstrip(b"\0") if ended else data, self.place, longest, ended=ended)
        return None if found is None else self._given(found, near, data)

    def _holed(self, near: bytes, data: bytes, hole: tuple[int, int], longest: int, ended: bool) -> Batch | None:
        """What is before the hole, or else the hole. NULs at the end of a file may still be written over: they wait."""
        assert self.text is not None
        begin, end = hole
        solid: int | None = self.offset + end
        if end == len(data):
            solid = self.text.solid_from(self.offset + end, _FAR)
        if begin == 0:
            return None if solid is None else self._over(solid - self.offset)
        found = cut(data[:begin], self.place, longest, ended=ended or solid is not None)
        return None if found is None else self._given(found, near, data)

    def _window(self, text: Text, size: int) -> tuple[bytes, bytes]:
        """What stands right before the offset, which must be what was read, and what stands behind it."""
        size_before = self.mark.near_size
        data = text.read(self.offset - size_before, size_before + size)
        near = data[:size_before]
        if len(near) < size_before or print_of(near) != self.mark.near_hash:
            raise Changed
        self.vouch()
        # An unfinished end is read again with what completes it.
        whole = 0 if self.place.midway else data.rfind(b"\n", size_before) + 1
        return near, data[size_before:whole] if whole else data[size_before:]

    def _given(self, found: Cut, near: bytes, data: bytes) -> Batch:
        """The batch of a cut of the data; near are the bytes right before them."""
        passed = found.place.offset - self.offset
        if self.mark.head_size < NEAR:
            # The near bytes reached back to the very beginning until now.
            self._begins((near + data[: min(passed, NEAR)])[:NEAR])
        near = data[passed - NEAR : passed] if passed >= NEAR else (near + data[:passed])[-NEAR:]
        self.mark = replace(self.mark, near_size=len(near), near_hash=print_of(near))
        self.place = found.place
        if isinstance(self.text, PackedText) and self.text.at_end(self.offset):
            self.mark = replace(self.mark, closed=True)
        gaps: tuple[Gap, ...] = ()
        if found.left_out:
            start, end = found.left_out
            gaps = (Gap(self.source, Loss.TOO_LONG, start, end - start, end - start),)
        return Batch(self.checkpoint(), found.block, gaps, found.continued)

    def _begins(self, head: bytes) -> None:
        self.head = head
        self.mark = replace(self.mark, head_size=len(head), head_hash=print_of(head))

    def _over(self, size: int) -> Batch:
        """Pass over a hole of so many bytes."""
        assert self.text is not None
        start = self.offset
        self.place = replace(self.place, offset=start + size, open=False)
        self.refresh(self.text)
        return Batch(self.checkpoint(), None, (Gap(self.source, Loss.HOLE, start, size, size),))

    def refresh(self, text: Text) -> None:
        """Take the marks from the file itself: nothing of it was read on the way to the offset."""
        size = min(NEAR, self.offset)
        self._begins(text.read(0, size))
        near = text.read(self.offset - size, size)
        self.mark = replace(self.mark, near_size=len(near), near_hash=print_of(near))

    def close(self, longest: int) -> Batch | None:
        """The last batches of a packed file: an unfinished line before damage, and that nothing more is read of it."""
        text = self.text
        if not isinstance(text, PackedText) or self.mark.closed:
            return None
        if words := text.trouble():
            last = self.next(longest, ended=True)
            if last is not None:
                return last
            self.trouble = words
            self.mark = replace(self.mark, closed=True)
            return Batch(self.checkpoint(), None, (Gap(self.source, Loss.DAMAGED, self.offset, None),))
        if text.at_end(self.offset) and self.offset:
            self.mark = replace(self.mark, closed=True)
            return Batch(self.checkpoint())
        return None

    def skip_to_end(self, *, whole: bool) -> None:
        """Pass over all lines that are there; whole: an unfinished last one too. A packed file is not unpacked for that."""
        assert self.text is not None
        if self.text.packed:
            self.mark = replace(self.mark, closed=True, head_hash=raw_print(self.text))
            return
        at = lines = border = 0
        while data := self.text.read(at, _WIDE * CHUNK):
            lines += data.count(b"\n")
            at, border = at + len(data), at + data.rfind(b"\n") + 1 if b"\n" in data else border
        self.place = replace(self.place, offset=at if whole else border, lines=lines)
        self.refresh(self.text)

    def is_of(self, text: Text) -> bool:
        """Whether the text's file may be this stream's, as far as the file system tells apart files of one inode."""
        known, told = self.mark.generation, text.generation
        return not known or not told or known == told

    def is_in(self, text: Text) -> bool:
        """Whether the text has what was read of this stream."""
        return fits(text, self.mark, self.offset)

    def outgrew(self, text: Text, size: int) -> bool:
        """Whether the text, of so many bytes, is a copy of less than what was read of this stream."""
        if size > self.offset:
            return False
        if size >= self.mark.head_size:
            return print_of(text.read(0, self.mark.head_size)) == self.mark.head_hash
        return self.head[:size] == text.read(0, size)


def _refuse(head: bytes) -> None:
    """Raises Unreadable when a file that begins like this is no text in UTF-8 or alike."""
    if utf16(head)[0]:
        raise Unreadable("It is UTF-16 text, which is not followed; read it with: edgeops scan NAME.")
    # A file may begin with a hole, and a small one at that.
    if words := kind_of(head.lstrip(b"\0")):
        raise Unreadable(f"It is {words}.")


def unread(source: str, look: Look, identity: str) -> Stream:
    """A stream of which nothing was read yet."""
    nothing = print_of(b"")
    mark = FileMark(look.device, look.inode, 0, nothing, 0, nothing, look.size, look.mtime_ns)
    return Stream(identity, source, mark, seen=look)


def opened(checkpoint: Checkpoint) -> Stream | None:
    """The stream of a committed checkpoint; None for one that is no file's or at its end."""
    if checkpoint.retired or not isinstance(checkpoint.mark, FileMark):
        return None
    return Stream.of(checkpoint, checkpoint.mark)


__all__ = ["Changed", "Stream", "Unreadable", "opened", "unread"]
