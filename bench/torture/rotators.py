"""Processes that write and rotate as fast as they can, and a follower that is killed: real races, which no list of actions has.

    python -m bench.torture.rotators [FILES] [LINES]     100 and 10,000 (for each file) by default; a rotation every 256 KiB

A third of the files is rotated by renaming, a third is copied and cut, a third packed at once.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from edgeops.intake.feed import Batch, Checkpoint, Loss
from edgeops.intake.tail import Pace, Tail

TURN = 256 << 10
KEPT = 99
_KINDS = ("rename", "copy", "pack")


@dataclass
class Tally:
    """Lines given, and how many of those written never were or more than once; bytes said to be lost although nothing was."""

    lines: int = 0
    missing: int = 0
    twice: int = 0
    said_lost: int = 0
    kills: int = 0
    seconds: float = 0.0


@dataclass
class Consumer:
    """Takes batches and commits them; dies before some batch now and then."""

    home: Path
    order: random.Random
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    given: Counter[bytes] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)

    def follow(self, tail: Tail) -> bool:
        """One poll; whether it lived."""
        last = self.order.randint(0, 3) if self.order.random() < 0.3 else 1 << 30
        for index, batch in enumerate(tail.poll(8 << 20)):
            if index >= last:
                self.tally.kills += 1
                return False
            self._commit(batch)
        return True

    def start(self) -> Tail:
        return Tail([str(self.home)], list(self.checkpoints.values()), max_open=32, pace=Pace(grace=5.0))

    def _commit(self, batch: Batch) -> None:
        checkpoint = batch.checkpoint
        if checkpoint.retired:
            self.checkpoints.pop(checkpoint.stream, None)
        else:
            self.checkpoints[checkpoint.stream] = checkpoint
        self.tally.said_lost += sum(gap.least for gap in batch.gaps if gap.loss is not Loss.HOLE)
        self.given.update(line[:11] for line in (batch.block.lines if batch.block else ()))


def write(path: Path, number: int, lines: int) -> None:
    """Writes numbered lines, and rotates."""
    order, kind = random.Random(number), _KINDS[number % len(_KINDS)]
    fd, size = _opened(path), 0
    for line in range(lines):
        raw = b"%04d %06d %s\n" % (number, line, b"x" * order.randint(10, 90))
        size += os.write(fd, raw)
        if size > TURN:
            size = 0
            _shift(path)
            if kind == "copy":
                shutil.copyfile(path, f"{path}.1")
                os.truncate(path, 0)
            else:
                path.rename(f"{path}.1")
                os.close(fd)
                fd = _opened(path)
            if kind == "pack":
                _pack(Path(f"{path}.1"))
        if line % 50 == 0:
            time.sleep(0.002)
    os.close(fd)


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def _shift(path: Path) -> None:
    for number in range(KEPT, 0, -1):
        for ending in ("", ".gz"):
            old = Path(f"{path}.{number}{ending}")
            if old.exists():
                old.rename(f"{path}.{number + 1}{ending}")


def _pack(path: Path) -> None:
    with path.open("rb") as plain, gzip.open(f"{path}.gz", "wb") as packed:
        shutil.copyfileobj(plain, packed)
    path.unlink()


def torture(home: Path, files: int, lines: int, seed: int = 1) -> Tally:
    """Runs it until all was written and all that is waited for was waited for."""
    consumer = Consumer(home, random.Random(seed))
    began = time.monotonic()
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write, args=(home / f"s{n:04}x.log", n, lines)) for n in range(files)]
    tail = consumer.start()
    # What is rotated before anything was ever committed is old, and not read.
    while not consumer.follow(tail):
        tail = consumer.start()
    for writer in writers:
        writer.start()
    ended: float | None = None
    while ended is None or time.monotonic() - ended < 8.0:
        if not consumer.follow(tail):
            tail.close()
            tail = consumer.start()
        if ended is None and not any(writer.is_alive() for writer in writers):
            ended = time.monotonic()
        time.sleep(0.02)
    tail.close()
    tally = consumer.tally
    tally.lines, tally.seconds = consumer.given.total(), round(time.monotonic() - began, 1)
    tally.missing = sum(b"%04d %06d" % (n, line) not in consumer.given for n in range(files) for line in range(lines))
    tally.twice = sum(count > 1 for count in consumer.given.values())
    return tally


def main(files: int, lines: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        print(json.dumps(vars(torture(Path(home), files, lines))))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
