"""A stream of bytes read from front to back in portions, as archives are: so many bytes, then so many more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from edgeops.intake.blocks import Piece


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive. pieces must be taken before the next member is asked for; what is left of them is passed over.

    refusal says why a member cannot be read, after "It "; written is when it was, if the archive tells.
    """

    name: str
    pieces: Iterator[Piece]
    written: datetime | None = None
    refusal: str = ""


class Tape:
    """The stream of an archive of some kind. Where it ends too early, each method gives what there is.

    outer holds what is told of the packing around the archive; notes get what is wrong with the archive itself.
    """

    def __init__(self, pieces: Iterator[Piece], kind: str, outer: list[str]) -> None:
        self.notes: list[str] = []
        self._kind, self._pieces, self._outer = kind, pieces, outer
        self._cut = False
        self._data = b""
        self._from = 0
        self.at = 0

    def _held(self) -> int:
        return len(self._data) - self._from

    def _more(self) -> bool:
        """Take one more piece; False at the end."""
        for _, piece in self._pieces:
            self._data = self._data[self._from :] + piece
            self._from = 0
            return True
        return False

    def peek(self, count: int) -> bytes:
        """The next bytes, which stay."""
        while self._held() < count and self._more():
            pass
        return self._data[self._from : self._from + count]

    def take(self, count: int) -> bytes:
        """The next bytes; keep the count small."""
        taken = self.peek(count)
        self._from += len(taken)
        self.at += len(taken)
        return taken

    def some(self, most: int) -> bytes:
        """At least one of the next bytes; none at the end."""
        while not self._held() and self._more():
            pass
        return self.take(min(most, self._held()))

    def cut(self) -> None:
        """Tell, once, that it ends too early; in the words of the packing around it if that is why."""
        if not self._cut:
            short = f"{self._kind} ends too early, at its byte {self.at}: what came before was read"
            self.notes += self._outer or [short]
            self._outer.clear()
        self._cut = True

    def back(self, data: bytes) -> None:
        """Put back what was taken last."""
        self._data, self._from = data + self._data[self._from :], 0
        self.at -= len(data)


class Portion:
    """A part of a tape, of known size; what of it is not read can be passed over."""

    def __init__(self, tape: Tape, size: int) -> None:
        self.size = size
        self._tape, self._left = tape, size

    def pieces(self) -> Iterator[Piece]:
        """Its bytes, with offsets that begin at 0."""
        while self._left and (data := self._tape.some(self._left)):
            at = self.size - self._left
            self._left -= len(data)
            yield at, data
        if self._left:
            self._tape.cut()

    def skip(self) -> bool:
        """Pass over the rest; whether all of it was there."""
        for _ in self.pieces():
            pass
        return not self._left
