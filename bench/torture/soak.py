"""An hour of an ordinary life: 2,000 lines/s, a rotation a minute, a kill every five minutes; memory, descriptors and the log stay flat.

    python -m bench.torture.soak [--minutes 60] [--rate 2000] [--kill 300] [--save]

The oracle is that of bench.torture.watch. Every ten seconds the watch's resident memory, descriptors and threads, the size of
the store and of its write-ahead log are noted; --save writes them to bench/results/soak.json and draws soak.png.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from bench.torture.watch import RESULTS, Outcome, Writer, judge, lines_kept, until

ROOT = Path(__file__).parents[2]
EVERY_S = 10.0
Sample = dict[str, float]


def start(logs: Path, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """The watch as a person starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "edgeops", "watch", "--no-explain", "--old", "--exclude", "*.part", str(logs)],
        env=environ, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def sample(pid: int, store: Path, seconds: float) -> Sample:
    """How the process and its store stand."""
    status = Path(f"/proc/{pid}/status").read_text()
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return {
        "s": seconds,
        "rss_mb": int(status.partition("VmRSS:")[2].split()[0]) / 1024,
        "threads": int(status.partition("Threads:")[2].split()[0]),
        "descriptors": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "cpu_s": (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"),
        "wal_mb": _size(store.with_name(f"{store.name}-wal")),
        "store_mb": _size(store),
    }


def _size(file: Path) -> float:
    with suppress(OSError):
        return file.stat().st_size / 1e6
    return 0.0


def soak(minutes: float, rate: int, kill: float, root: Path) -> tuple[Outcome, list[Sample]]:
    """The whole run, in this folder."""
    logs, home = root / "logs", root / "home"
    logs.mkdir()
    environ = {**os.environ, "EDGEOPS_HOME": str(home)}
    writer = Writer(logs, rate, 60.0, random.Random(1))
    thread = threading.Thread(target=writer.run, daemon=True)
    thread.start()
    outcome, samples = Outcome(), []
    began = killed = time.monotonic()
    watch = start(logs, environ)
    while (now := time.monotonic()) - began < minutes * 60:
        time.sleep(EVERY_S)
        if now - killed >= kill:
            watch.kill()
            watch.wait()
            outcome.kills, killed = outcome.kills + 1, now
            watch = start(logs, environ)
            continue
        with suppress(OSError, ValueError, IndexError):
            samples.append(sample(watch.pid, home / "store.db", now - began))
            if len(samples) % 30 == 0:
                print(json.dumps(samples[-1]), flush=True)
    writer.stop()
    thread.join()
    outcome.seconds = time.monotonic() - began
    until(lambda: lines_kept(home) >= sum(one.lines for one in writer.files), 120)
    time.sleep(3)
    watch.send_signal(signal.SIGTERM)
    watch.wait(10)
    judge(outcome, home, writer.files)
    outcome.rate = outcome.lines / outcome.seconds
    return outcome, samples


def draw(samples: list[Sample], file: Path) -> None:
    """The samples as curves."""
    from matplotlib import pyplot

    names = ("rss_mb", "descriptors", "wal_mb", "store_mb")
    figure, axes = pyplot.subplots(len(names), 1, sharex=True, figsize=(8, 8))
    for axis, name in zip(axes, names, strict=True):
        axis.plot([one["s"] / 60 for one in samples], [one[name] for one in samples], linewidth=1)
        axis.set_ylabel(name)
        axis.set_ylim(bottom=0)
    axes[-1].set_xlabel("minutes")
    figure.tight_layout()
    figure.savefig(file, dpi=80)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--kill", type=float, default=300)
    parser.add_argument("--save", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TORTURE_DIR")) as root:
        outcome, samples = soak(asked.minutes, asked.rate, asked.kill, Path(root))
    print(json.dumps(asdict(outcome), indent=1))
    if asked.save:
        (RESULTS / "soak.json").write_text(json.dumps({"outcome": asdict(outcome), "samples": samples}) + "\n")
        draw(samples, RESULTS / "soak.png")
    return 0 if outcome.good else 1


if __name__ == "__main__":
    sys.exit(main())
