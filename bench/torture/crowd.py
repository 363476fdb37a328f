"""Everybody at one store at once: a watch that commits, three readers (one of whom holds on), notes being written, backups.

    python -m bench.torture.crowd [--seconds 60] [--rate 2000] [--save]

Nobody may be told that the store is locked; every line is counted once; the log of the store stays small.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bench.torture.watch import RESULTS, Outcome, Writer, judge, lines_kept, until
from edgeops.errors import StoreError
from edgeops.knowledge.database import Database
from edgeops.knowledge.entry import Draft, Kind
from edgeops.knowledge.rescue import backup
from edgeops.knowledge.store import Store

READERS = 3
PATIENCE_S = 60.0
HELD_S = 2.0
"""So long a reader who holds on keeps its view of the store."""
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Crowd:
    """What became of it; times of writes in milliseconds, the store's log in MB."""

    watch: Outcome = field(default_factory=Outcome)
    notes: int = 0
    lost_notes: int = 0
    backups: int = 0
    reads: int = 0
    errors: list[str] = field(default_factory=list)
    write_p99_ms: float = 0.0
    longest_log_mb: float = 0.0

    @property
    def good(self) -> bool:
        """Nothing lost, nobody refused."""
        return self.watch.good and not self.errors and not self.lost_notes


def read(path: Path, diary: Path, holds: bool, begun: Barrier) -> None:
    """Reads as a screen does, until it is ended; the diary has the number of reads, then the errors."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    reads, errors = 0, []
    begun.wait(PATIENCE_S)
    while not ended.is_set():
        try:
            with closing(Database(path, readonly=True)) as database, database.reading() as run:
                run.execute("BEGIN")
                run.execute("SELECT count(*), sum(count) FROM tally").fetchone()
                run.execute("SELECT * FROM stream").fetchall()
                ended.wait(HELD_S if holds else 0.05)
                run.execute("COMMIT")
            reads += 1
        except StoreError as error:
            errors.append(str(error))
    diary.write_text(json.dumps([reads, *errors]))


def crowd(seconds: float, rate: int, root: Path, seed: int = 1) -> Crowd:
    """The whole run, in this empty folder."""
    logs, home = root / "logs", root / "home"
    logs.mkdir()
    writer, outcome = Writer(logs, rate, 2.0, random.Random(seed)), Crowd()
    with ExitStack() as ends:
        watch = subprocess.Popen(
            [sys.executable, "-m", "edgeops", "watch", "--no-explain", "--old", "--exclude", "*.part", str(logs)],
            env={**os.environ, "EDGEOPS_HOME": str(home)}, cwd=Path(__file__).parents[2],
            stdout=subprocess.DEVNULL, stderr=(root / "said").open("w"),
        )  # fmt: skip
        ends.callback(watch.kill)
        until(lambda: _watched(home), PATIENCE_S)
        _gather(writer, home / "store.db", seconds, root, outcome)
        expected = sum(one.lines for one in writer.files)
        until(lambda: lines_kept(home) >= expected, PATIENCE_S)
        time.sleep(3.0)
        watch.terminate()
        watch.wait(20)
    _judged(outcome, root, home, writer)
    return outcome


def _gather(writer: Writer, store: Path, seconds: float, root: Path, outcome: Crowd) -> None:
    """Lines are written, readers read and notes are kept, all at once."""
    thread = threading.Thread(target=writer.run, daemon=True)
    thread.start()
    begin = multiprocessing.get_context("spawn")
    begun = begin.Barrier(READERS + 1)
    readers = [
        begin.Process(target=read, args=(store, root / f"reader{n}", n == 0, begun), daemon=True)
        for n in range(READERS)
    ]
    for reader in readers:
        reader.start()
    begun.wait(PATIENCE_S)
    _write(store, seconds, root, outcome)
    writer.stop()
    thread.join()
    for reader in readers:
        reader.terminate()
        reader.join()


def _watched(home: Path) -> bool:
    """Whether the watch has made the tables that readers read."""
    with suppress(StoreError), closing(Database(home / "store.db", readonly=True)) as database:
        return bool(database.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'tally'").fetchone())
    return False


def _write(path: Path, seconds: float, root: Path, outcome: Crowd) -> None:
    """Notes one after the other, a backup now and then."""
    took, end, saved = [], time.monotonic() + seconds, 0.0
    log = Path(f"{path}-wal")
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            with Store(path) as store:
                opened = time.monotonic()
                store.entries.put(Draft(Kind.NOTE, f"note {outcome.notes}", "text", id=f"n{outcome.notes}"), NOW)
                took.append(time.monotonic() - opened)
            outcome.notes += 1
            if began - saved > 5.0:
                saved = began
                backup(path, root / "backup.db")
                outcome.backups += 1
        except StoreError as error:
            outcome.errors.append(str(error))
        with suppress(OSError):
            outcome.longest_log_mb = max(outcome.longest_log_mb, log.stat().st_size / 1e6)
        time.sleep(0.1)
    outcome.write_p99_ms = sorted(took)[int(len(took) * 0.99)] * 1000 if took else 0.0


def _judged(outcome: Crowd, root: Path, home: Path, writer: Writer) -> None:
    judge(outcome.watch, home, writer.files)
    for diary in root.glob("reader*"):
        reads, *errors = json.loads(diary.read_text())
        outcome.reads += reads
        outcome.errors += errors
    outcome.errors += [line for line in (root / "said").read_text().splitlines() if "locked" in line]
    with Store(home / "store.db", readonly=True) as store:
        outcome.lost_notes = outcome.notes - sum(entry.title.startswith("note ") for entry in store.entries.all())


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--save", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TORTURE_DIR")) as root:
        outcome = crowd(asked.seconds, asked.rate, Path(root))
    print(json.dumps(asdict(outcome), indent=1))
    if asked.save:
        (RESULTS / "crowd_torture.json").write_text(json.dumps(asdict(outcome), indent=1) + "\n")
    return 0 if outcome.good else 1


if __name__ == "__main__":
    sys.exit(main())
