"""A feed that gives what it is told to, and goes on behind the committed checkpoints as real ones do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zlib import crc32

from edgeops.intake.blocks import Block
from edgeops.intake.feed import Batch, Checkpoint, CursorMark, Standing


class Lines:
    """One stream of lines, given so many at a time. It can be read again, so it has a mark."""

    def __init__(
        self,
        lines: Sequence[bytes],
        checkpoints: Iterable[Checkpoint] = (),
        size: int = 50,
        source: str = "/var/log/app.log",
    ) -> None:
        self.lines, self.size, self.source = list(lines), size, source
        fresh = Checkpoint(source, source, mark=CursorMark(""))
        self.checkpoint = next((one for one in checkpoints if one.stream == source), fresh)

    def poll(self, most: int) -> Iterator[Batch]:
        done = self.checkpoint.lines
        lines = self.lines[done : done + self.size]
        if not lines:
            return
        text = b"".join(raw + b"\n" for raw in lines)
        block = Block(done + 1, self.checkpoint.offset, lines)
        self.checkpoint = Checkpoint(
            self.source,
            self.source,
            self.checkpoint.offset + len(text),
            done + len(lines),
            crc32(text, self.checkpoint.crc),
            CursorMark(str(done)),
        )
        yield Batch(self.checkpoint, block)

    def descriptors(self) -> Sequence[int]:
        return ()

    def standings(self) -> Sequence[Standing]:
        lag = sum(len(raw) + 1 for raw in self.lines[self.checkpoint.lines :])
        return (Standing(self.source, self.source, self.checkpoint.offset, lag),)

    def notes(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        pass
