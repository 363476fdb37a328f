"""One stream: a file's content for as long as it lives, under whatever name, and how far it was read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from edgeops.intake.feed import Checkpoint, FileMark, Gap, Loss
from edgeops.intake.tail.cutting import Place
from edgeops.intake.tail.families import family_of, is_rotated
from edgeops.intake.tail.text import NEAR, Key, Look, Text, fits, print_of


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
        if packed or self.mark.packed or look.key != self.key or lost <= 0:
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

    def remember(self, near: bytes, head: bytes | None = None) -> None:
        """By what it is known from now on: the bytes right before the offset, and the first ones if they are more than before."""
        self.mark = replace(self.mark, near_size=len(near), near_hash=print_of(near))
        if head is not None:
            self.head = head
            self.mark = replace(self.mark, head_size=len(head), head_hash=print_of(head))

    def refresh(self, text: Text) -> None:
        """Take the marks from the file itself: nothing of it was read on the way to the offset."""
        size = min(NEAR, self.offset)
        self.remember(text.read(self.offset - size, size), text.read(0, size))

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
