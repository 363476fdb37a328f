"""A consumer for tests: takes batches, keeps what was given and the checkpoints that a store would have committed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

from edgeops.intake.feed import Batch, Checkpoint, Gap
from edgeops.intake.tail import Tail

MOST = 64 << 20


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Following:
    """roots as for Tail. Every batch that was taken is committed, unless `poll(commit=…)` says how many are."""

    def __init__(self, *roots: Path | str, **choices: Any) -> None:
        self.roots = [str(root) for root in roots]
        self.choices = {"bell": False, **choices}
        self.clock = Clock()
        self.checkpoints: dict[str, Checkpoint] = {}
        self.streams: dict[str, list[bytes]] = defaultdict(list)
        self.batches: list[Batch] = []
        self.gaps: list[Gap] = []
        self.tail = self._built()

    def _built(self) -> Tail:
        return Tail(self.roots, list(self.checkpoints.values()), monotonic=self.clock, **self.choices)

    def restart(self) -> None:
        """A crash: nothing is known any more but what was committed."""
        self.tail.close()
        self.tail = self._built()

    def poll(self, commit: Callable[[int], bool] = lambda _: True) -> list[bytes]:
        """The lines that are new. A crash at the first batch that is not committed."""
        given: list[bytes] = []
        for index, batch in enumerate(self.tail.poll(MOST)):
            if not commit(index):
                self.restart()
                return given
            self._commit(batch)
            given += batch.block.lines if batch.block else []
        return given

    def _commit(self, batch: Batch) -> None:
        checkpoint = batch.checkpoint
        self.batches.append(batch)
        self.gaps += batch.gaps
        if checkpoint.retired:
            self.checkpoints.pop(checkpoint.stream, None)
        else:
            self.checkpoints[checkpoint.stream] = checkpoint
        if batch.block is not None:
            lines = self.streams[checkpoint.stream]
            rest = list(batch.block.lines)
            if batch.continued:
                lines[-1] += rest.pop(0)
            lines += rest

    def wait(self, seconds: float) -> list[bytes]:
        """Time passes, and is looked at."""
        self.clock.now += seconds
        return self.poll()

    def settle(self) -> list[bytes]:
        """All that there is, after everything that is waited for was waited for."""
        given: list[bytes] = []
        for _ in range(8):
            given += self.wait(10.0)
        return given

    @property
    def given(self) -> list[bytes]:
        """All lines of all streams."""
        return [line for lines in self.streams.values() for line in lines]


def crc_of(lines: list[bytes]) -> int:
    """What a checkpoint says when these lines were given."""
    return crc32(b"".join(line + b"\n" for line in lines))
