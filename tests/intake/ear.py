"""Shared by the tests of what listens: a feed with all that came out of it, a peer, and messages of both generations."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from edgeops.intake.connections import Connections
from edgeops.intake.datagrams import Datagrams
from edgeops.intake.feed import Batch, Checkpoint, Gap

PATIENCE_S = 20
OLD = b"<13>Nov 22 10:00:00 web1 app[12]: an old message"
NEW = b'<165>1 2026-11-22T10:00:00.003Z db1 postgres 77 ID47 [a@1 k="v"] a new message'


class Ear:
    """A feed, and all that came out of it."""

    def __init__(self, feed: Datagrams | Connections) -> None:
        self.feed, self.batches = feed, list[Batch]()

    def poll(self, most: int = 1 << 20) -> None:
        self.batches += self.feed.poll(most)

    def until(self, heard: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not heard():
            assert time.monotonic() < end, (self.lines[-3:], self.feed.standings(), self.feed.notes())
            self.poll()
            time.sleep(0.001)

    @property
    def lines(self) -> list[bytes]:
        return [raw for batch in self.batches if batch.block for raw in batch.block.lines]

    @property
    def gaps(self) -> list[Gap]:
        return [gap for batch in self.batches for gap in batch.gaps]

    @property
    def lost(self) -> int:
        """How many messages, where gaps tell of nothing else."""
        return sum(gap.least for gap in self.gaps)

    @property
    def checkpoint(self) -> Checkpoint:
        return self.batches[-1].checkpoint


def peer(path: str) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(PATIENCE_S)
    made.connect(path)
    return made


def counted(*messages: bytes) -> bytes:
    return b"".join(b"%d %s" % (len(message), message) for message in messages)
