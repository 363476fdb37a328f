"""The account of one stream that comes to us by itself: its lines become batches, each with the checkpoint behind it."""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

from edgeops.intake.blocks import Block
from edgeops.intake.feed import Batch, Checkpoint, CursorMark, Gap, Loss
from edgeops.intake.framing import Run


class Account:
    """Where a stream is. What is owed to the reader (gaps) goes with the next batch."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self._owed: list[Gap] = []
        self._open = False

    @property
    def owing(self) -> bool:
        """Whether there are gaps that no batch has told yet."""
        return bool(self._owed)

    @property
    def open(self) -> bool:
        """Whether the last line was given before its end came."""
        return self._open

    def owe(self, loss: Loss, least: int, most: int | None) -> None:
        """Something is lost here: between least and most bytes, None when nobody knows how many."""
        was = self.checkpoint
        self._owed.append(Gap(was.source, loss, was.offset, most, least))
        self.checkpoint = replace(was, offset=was.offset + (most or 0))

    def batch(self, run: Run, mark: CursorMark | None = None) -> Batch:
        """These lines as a batch. A mark says where its last line was."""
        was, lines, continued = self.checkpoint, run.lines, self._open
        text = b"\n".join(lines) + b"\n" * run.ended
        offset, number = was.offset, was.lines + 1
        if continued and not lines[0]:  # only its end was still to come
            lines, continued = lines[1:], False
            offset, number = offset + 1, number + 1
        self._open = bool(run.lines) and not run.ended
        self.checkpoint = replace(
            was,
            offset=was.offset + len(text) + run.cut,
            lines=was.lines + text.count(b"\n"),
            crc=crc32(text, was.crc),
            mark=mark or was.mark,
        )
        if run.cut:
            start = self.checkpoint.offset - run.cut - run.ended
            self._owed.append(Gap(was.source, Loss.TOO_LONG, start, run.cut, run.cut))
        return self._told(Block(number, offset, lines, run.cut) if lines else None, continued=continued)

    def settled(self) -> Batch:
        """What is owed, without lines."""
        return self._told(None)

    def closed(self) -> Batch:
        """The last batch of a stream of which nothing more will come."""
        self.checkpoint = replace(self.checkpoint, retired=True)
        return self._told(None)

    def _told(self, block: Block | None, *, continued: bool = False) -> Batch:
        gaps, self._owed = tuple(self._owed), []
        return Batch(self.checkpoint, block, gaps, continued)


def resumed(checkpoint: Checkpoint) -> Account:
    """The account of a stream that does not wait for us: where it was followed before, something may be lost since."""
    account = Account(checkpoint)
    if checkpoint.offset:
        account.owe(Loss.VANISHED, 0, None)
    return account
