"""Kills `edgeops watch` at random instants and at named ones while a writer writes and rotates; then counts what it kept.

    python -m bench.torture.watch [--kills 300] [--rate 20000] [--rotate 1.0] [--seed 1] [--save]

The oracle is the writer's own ledger: of every file it made the number of lines, their bytes and their CRC-32. In the end the
store must hold a stream for each file with the same three numbers, the counts of templates must add up to the lines,
and there must be no gap. Half of the kills come at named instants (a line was read, before and after a commit).
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from zlib import crc32

from edgeops.intake.tail import Tail
from edgeops.knowledge.database import Database
from edgeops.session import Session
from edgeops.watch.service import Ears, running

RESULTS = Path(__file__).parents[1] / "results"
INSTANTS = ("read", "before commit", "after commit")
NAMES = ("app.log", "db.log", "sys.log")


@dataclass
class Outcome:
    """What became of it. resumed: seconds from a start to its first commit, the median and the longest."""

    kills: int = 0
    lines: int = 0
    files: int = 0
    missing: int = 0
    duplicate: int = 0
    wrong_files: int = 0
    gaps: int = 0
    counted: int = 0
    integrity: str = ""
    resumed_median_s: float = 0.0
    resumed_max_s: float = 0.0
    seconds: float = 0.0
    rate: float = 0.0

    @property
    def good(self) -> bool:
        """Nothing lost, nothing twice."""
        return (
            not (self.missing or self.duplicate or self.wrong_files or self.gaps)
            and self.integrity == "ok"
            and self.counted == self.lines
        )


@dataclass
class Written:
    """One file as the writer knows it."""

    lines: int = 0
    size: int = 0
    crc: int = 0


@dataclass
class Writer:
    """Writes lines at a rate into several logs and rotates them by renaming; a rotated file is packed when the next one is there."""

    folder: Path
    rate: int
    rotate: float
    dice: random.Random
    files: list[Written] = field(default_factory=list)
    _turned: dict[str, Path] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until it is stopped."""
        logs = {name: self._begin(name) for name in NAMES}
        number, turned, begun = 0, time.monotonic(), time.monotonic()
        while not self._stop.is_set():
            due = int((time.monotonic() - begun) * self.rate)
            while number < due:
                name = self.dice.choice(NAMES)
                count = min(self.dice.randrange(1, 400), due - number)
                text = "".join(self._line(name, n) for n in range(number, number + count)).encode()
                handle, written = logs[name]
                # In two writes, so that a reader may meet half a line.
                cut = self.dice.randrange(len(text))
                os.write(handle, text[:cut])
                os.write(handle, text[cut:])
                written.lines, written.size, written.crc = (
                    written.lines + count,
                    written.size + len(text),
                    crc32(text, written.crc),
                )
                number += count
            if time.monotonic() - turned > self.rotate:
                turned = time.monotonic()
                name = self.dice.choice(NAMES)
                os.close(logs[name][0])
                self._turn(name)
                logs[name] = self._begin(name)
            self._stop.wait(0.01)
        for handle, _ in logs.values():
            os.close(handle)

    def _line(self, name: str, number: int) -> str:
        stamp = f"2026-03-01T{number // 3_600_000 % 24:02}:{number // 60_000 % 60:02}:{number // 1000 % 60:02}Z"
        if number % 5000 == 0:
            return (
                f"{stamp} {name[:-4]}1 postgres[7]: ERROR:  could not extend file {number}: No space left on device\n"
            )
        return (
            f"{stamp} {name[:-4]}1 worker[{number % 7}]: job {number} of queue q{number % 5} done in {number % 97} ms\n"
        )

    def _begin(self, name: str) -> tuple[int, Written]:
        written = Written()
        self.files.append(written)
        return os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), written

    def _turn(self, name: str) -> None:
        """The file gets a date for a name, and the one turned before it is packed."""
        before = self._turned.get(name)
        if before:
            part = before.with_name(f"{before.name}.gz.part")
            with before.open("rb") as plain, gzip.open(part, "wb", 1) as packed:
                shutil.copyfileobj(plain, packed)
            part.rename(before.with_name(f"{before.name}.gz"))
            before.unlink()
        self._turned[name] = (self.folder / name).rename(self.folder / f"{name}-20260301-{len(self.files):06}")

    def stop(self) -> None:
        """Write no more."""
        self._stop.set()


def child(folder: Path, instant: str, times: int) -> None:
    """A watch that kills itself when it passes an instant so many times; run in a process of its own."""
    left = times

    def passing(now: str) -> None:
        nonlocal left
        if now == "after commit":
            print("committed", flush=True)
        if now == instant:
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    session = Session(os.environ, lambda: datetime.now(UTC), lambda text: None)
    ears = Ears(
        lambda incidents: None,
        lambda one: None,
        lambda gaps: None,
        lambda text: print("said", text, file=sys.stderr, flush=True),
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    feeds = lambda committed: [Tail([str(folder)], committed, exclude=["*.part"], old=True)]  # noqa: E731
    with running(session, feeds, ears, time.monotonic, explain=False, lang="en", passing=passing) as service:
        while not ended.is_set():
            service.step()
        service.loop.end(whole=False)


class Watch(Protocol):
    """A watch in a process of its own."""

    def committed(self) -> bool:
        """Wait for its first commit; False when it was killed before."""

    def wait(self, seconds: float) -> bool:
        """Whether it is over, waiting at most so long."""

    def end(self) -> None:
        """SIGTERM."""

    def kill(self) -> None:
        """SIGKILL, and the end of it."""


class Started:
    """One that is started anew, as a person or systemd does it."""

    def __init__(self, logs: Path, environ: Mapping[str, str], instant: str, times: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.torture.watch", "--child", str(logs), instant, str(times)],
            env=dict(environ), stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def committed(self) -> bool:
        """See Watch."""
        assert self._process.stdout
        return bool(self._process.stdout.readline())

    def wait(self, seconds: float) -> bool:
        """See Watch."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> None:
        """See Watch."""
        self._process.terminate()

    def kill(self) -> None:
        """See Watch."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()


Start = Callable[[str, int], Watch]
"""A watch that kills itself when it passes an instant so many times; no instant: never."""


def torture(
    kills: int, rate: int, rotate: float, seed: int, logs: Path, home: Path, start: Start, longest: int = 30
) -> Outcome:
    """The whole run, in these empty folders. longest: instants pass at most so often before one kills."""
    dice = random.Random(seed)
    writer = Writer(logs, rate, rotate, dice)
    thread = threading.Thread(target=writer.run, daemon=True)
    outcome, resumed, begun = Outcome(), [], time.monotonic()
    thread.start()
    for turn in range(kills):
        instant, times = (dice.choice(INSTANTS), dice.randrange(1, longest)) if turn % 2 else ("", 0)
        started = time.monotonic()
        watch = start(instant, times)
        if watch.committed():
            resumed.append(time.monotonic() - started)
        if instant:
            watch.wait(3.0)
        else:
            time.sleep(dice.random() * 0.6)
        watch.kill()
        outcome.kills += 1
    writer.stop()
    thread.join()
    outcome.seconds = time.monotonic() - begun
    last = start("", 0)
    expected = sum(one.lines for one in writer.files)
    until(lambda: lines_kept(home) >= expected, 120)
    time.sleep(3.0)
    last.end()
    last.wait(10)
    last.kill()
    judge(outcome, home, writer.files)
    outcome.resumed_median_s, outcome.resumed_max_s = sorted(resumed)[len(resumed) // 2], max(resumed)
    outcome.rate = outcome.lines / outcome.seconds
    return outcome


def until(done: object, seconds: float) -> None:
    """Wait until it is so, or time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not done():  # type: ignore[operator]
        time.sleep(0.5)


def lines_kept(home: Path) -> int:
    """Lines that the store says were read; none while the watch is still making it."""
    with closing(Database(home / "store.db", readonly=True)) as database:
        run = database.connection.execute
        made = run("SELECT count(*) FROM sqlite_master WHERE name = 'stream'").fetchone()[0]
        return int(run("SELECT coalesce(sum(lines), 0) FROM stream").fetchone()[0]) if made else 0


def judge(outcome: Outcome, home: Path, files: list[Written]) -> None:
    """Compare what the store holds with what was written."""
    with closing(Database(home / "store.db")) as database:
        run = database.connection.execute
        kept = [tuple(row) for row in run("SELECT lines, bytes, crc FROM stream WHERE lines > 0")]
        outcome.gaps = run("SELECT count(*) FROM gap WHERE most IS NULL OR most > 0").fetchone()[0]
        outcome.counted = run("SELECT coalesce(sum(count), 0) FROM tally").fetchone()[0]
        outcome.integrity = run("PRAGMA integrity_check(1)").fetchone()[0]
    wanted = [(one.lines, one.size, one.crc) for one in files if one.lines]
    outcome.lines, outcome.files = sum(one.lines for one in files), len(wanted)
    have = sum(lines for lines, _, _ in kept)
    outcome.missing, outcome.duplicate = max(0, outcome.lines - have), max(0, have - outcome.lines)
    outcome.wrong_files = len(set(wanted) ^ set(kept))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--rotate", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--child", nargs=3)
    asked = parser.parse_args()
    if asked.child:
        child(Path(asked.child[0]), asked.child[1], int(asked.child[2]))
        return 0
    with tempfile.TemporaryDirectory(dir=os.environ.get("TORTURE_DIR")) as root:
        logs, home = Path(root) / "logs", Path(root) / "home"
        logs.mkdir()
        environ = {**os.environ, "EDGEOPS_HOME": str(home)}
        outcome = torture(
            asked.kills, asked.rate, asked.rotate, asked.seed, logs, home, lambda *how: Started(logs, environ, *how)
        )
    print(json.dumps(asdict(outcome), indent=1))
    if asked.save:
        (RESULTS / "watch_torture.json").write_text(json.dumps(asdict(outcome), indent=1) + "\n")
    return 0 if outcome.good else 1


if __name__ == "__main__":
    sys.exit(main())
