"""What is followed comes in batches: lines of one stream, with the checkpoint that holds once their effects are committed.

A follower knows nothing of what is done with its lines. Whoever takes a batch commits its effects and its checkpoint in one
transaction; after a crash the follower is built anew from the committed checkpoints and goes on right behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from edgeops.intake.blocks import Block


class Loss(StrEnum):
    """Why bytes were not read."""

    TRUNCATED = "truncated"
    VANISHED = "vanished"
    HOLE = "hole"
    TOO_LONG = "too long"
    DAMAGED = "damaged"
    OVERRUN = "overrun"


@dataclass(frozen=True, slots=True)
class FileMark:
    """By what a file is known again. Sizes and offsets are of the uncompressed text, in bytes.

    head_hash is of its first head_size bytes, near_hash of the near_size bytes before the offset. midway: the offset is
    inside of a line that is too long, of which the rest, from since on, is passed over. open: the last line was given though it
    had no end. generation tells apart files that had the same inode one after the other (0: the file system does not say).
    closed: nothing more is read of the file as it is (it was old when following began, or it is damaged).
    """

    device: int
    inode: int
    head_size: int
    head_hash: str
    near_size: int
    near_hash: str
    size: int
    mtime_ns: int
    packed: str = ""
    midway: bool = False
    open: bool = False
    since: int = 0
    generation: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class CursorMark:
    """Where in a journal its reader was."""

    cursor: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a stream was consumed. stream is its id for life; source is its name now (a path, `journal`, `udp:5514`).

    offset: bytes consumed or accounted for as lost; lines: line ends passed, so that the next line is number lines + 1;
    crc: CRC-32 of all that was given, newlines included. mark is None where nothing can be read again (a pipe, a socket). retired: nothing more will come of it.
    """

    stream: str
    source: str
    offset: int = 0
    lines: int = 0
    crc: int = 0
    mark: FileMark | CursorMark | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes that will never be read: destroyed by others, or left out. From offset start on.

    least of them are known to have been there, most is the upper bound, None when nobody knows. With least 0 and most None
    perhaps nothing was lost: nobody looked between the last reading and the destruction.
    """

    source: str
    loss: Loss
    start: int
    most: int | None
    least: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """What is new of one stream. continued: the first line goes on with a line that was given without its end, and has its number."""

    checkpoint: Checkpoint
    block: Block | None = None
    gaps: tuple[Gap, ...] = ()
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one stream: lag is bytes that wait, trouble a sentence (empty: none)."""

    source: str
    stream: str
    offset: int
    lag: int
    trouble: str = ""


class Feed(Protocol):
    """Something that is followed. Nothing of it blocks; no method raises for what a source does."""

    def poll(self, most: int) -> Iterator[Batch]:
        """What is new, at most so many bytes. A batch that was taken counts as given; one that was not comes again."""

    def descriptors(self) -> Sequence[int]:
        """File descriptors that become readable when there may be something new (doorbells; a poll finds it in any case)."""

    def standings(self) -> Sequence[Standing]:
        """How it stands with each stream."""

    def notes(self) -> Sequence[str]:
        """Sentences for the person that were not given before (a fall to polling, an overflow)."""

    def close(self) -> None:
        """Stop following; the committed checkpoints say where to go on."""
