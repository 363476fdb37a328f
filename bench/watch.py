"""What `edgeops watch` costs: a backlog, single lines, a burst, and a thousand quiet files.

    python -m bench.watch [backlog] [latency] [burst] [idle] [--save]      all of them by default

Throughput is measured by the clock and by processor time, through the whole pipeline (tail, templates, signals, incidents, store).
The peer in the same run is `tail -F` of the same file into /dev/null, which does none of this.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from edgeops.errors import StoreError
from edgeops.knowledge.database import Database

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "watch.json"
Figures = dict[str, float]


class Watch:
    """A watch of a folder in a process of its own."""

    def __init__(self, root: Path) -> None:
        self.logs, self.home = root / "logs", root / "home"
        self.logs.mkdir(exist_ok=True)
        self._environ = {**os.environ, "EDGEOPS_HOME": str(self.home)}

    def __enter__(self) -> Watch:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edgeops", "watch", "--no-explain", str(self.logs)],
            env=self._environ, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        self.process.wait(30)
        self.stopped_s = time.monotonic() - began

    def lines(self) -> int:
        """Lines committed."""
        with (
            suppress(StoreError),
            closing(Database(self.home / "store.db", readonly=True)) as database,
            database.reading() as run,
        ):
            return int(run.execute("SELECT coalesce(sum(lines), 0) FROM stream").fetchone()[0])
        return 0

    def cpu(self) -> float:
        """Processor seconds of the process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident memory at its highest."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def written(self) -> int:
        """Bytes it caused to be written to the disk."""
        text = Path(f"/proc/{self.process.pid}/io").read_text()
        return int(text.partition("\nwrite_bytes:")[2].split()[0])


def line(number: int) -> str:
    """A line of a service that works, now and then of one that does not."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_772_000_000 + number / 1000))
    if number % 20_000 == 19_999:
        return f"{stamp} db1 postgres[7]: ERROR:  could not extend file base/16384/{number}: No space left on device\n"
    words = ("served", "queued", "retried", "cached", "stored", "skipped", "merged", "checked")
    return f"{stamp} web{number % 3} app[{number % 7}]: request {number:x} of user{number % 911} {words[number % 8]} in {number % 97} ms\n"


def until(done: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Wait until it is so; whether it came to be in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(pause)
    return False


def backlog(root: Path) -> Figures:
    """A million lines that were there before."""
    count = 1_000_000
    (root / "logs").mkdir()
    with (root / "logs" / "app.log").open("w") as file:
        file.writelines(map(line, range(count)))
    size = (root / "logs" / "app.log").stat().st_size
    with Watch(root) as watch:
        until(lambda: watch.lines() > 0, 60)
        began, cpu, first = time.monotonic(), watch.cpu(), watch.lines()
        until(lambda: watch.lines() >= count, 600, 0.1)
        took, used, memory = time.monotonic() - began, watch.cpu() - cpu, watch.memory_mb()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    peer = time.monotonic()
    subprocess.run(["cat", str(root / "logs" / "app.log")], stdout=subprocess.DEVNULL, check=True)
    return {
        "backlog_lines_per_s": (count - first) / took,
        "backlog_lines_per_cpu_s": (count - first) / used,
        "backlog_mb_per_s": size * (count - first) / count / took / 1e6,
        "backlog_memory_mb": memory,
        "backlog_peer_cat_s": time.monotonic() - peer,
        "backlog_children_cpu_s": usage.ru_utime + usage.ru_stime,
        "stop_s": watch.stopped_s,
    }


def latency(root: Path) -> Figures:
    """From the writing of a line to its commit, at 10,000 lines/s for 20 s; and how soon a new file is noticed."""
    with Watch(root) as watch:
        (watch.logs / "app.log").write_text(line(0))
        until(lambda: watch.lines() == 1, 60)
        delays, written, due = [], 1, []
        began = time.monotonic()
        with (watch.logs / "app.log").open("a", buffering=1) as file:
            while (now := time.monotonic() - began) < 20:
                more = int(now * 10_000) - written + 1
                if more > 0:
                    file.write("".join(line(written + n) for n in range(more)))
                    written += more
                    due.append((written, time.monotonic()))
                have = watch.lines()
                while due and due[0][0] <= have:
                    delays.append(time.monotonic() - due.pop(0)[1])
                time.sleep(0.01)
        cpu = watch.cpu()
        until(lambda: watch.lines() >= written, 30)
        noticed = []
        for number in range(5):
            time.sleep(1.3)
            before, made = watch.lines(), time.monotonic()
            (watch.logs / f"new{number}.log").write_text(line(number))
            until(lambda before=before: watch.lines() > before, 10, 0.01)  # type: ignore[misc]
            noticed.append(time.monotonic() - made)
    delays.sort()
    return {
        "latency_p50_ms": delays[len(delays) // 2] * 1e3,
        "latency_p99_ms": delays[len(delays) * 99 // 100] * 1e3,
        "latency_cpu_share": cpu / 20,
        "new_file_max_s": max(noticed),
    }


def burst(root: Path) -> Figures:
    """200,000 lines/s for 10 s, written as fast as that; all must arrive."""
    text = "".join(map(line, range(20_000))).encode()
    with Watch(root) as watch:
        (watch.logs / "app.log").write_text(line(0))
        until(lambda: watch.lines() == 1, 60)
        began = time.monotonic()
        with (watch.logs / "app.log").open("ab", buffering=0) as file:
            for turn in range(100):
                file.write(text)
                time.sleep(max(0.0, began + (turn + 1) / 10 - time.monotonic()))
        wrote = time.monotonic() - began
        whole = until(lambda: watch.lines() >= 2_000_001, 120, 0.1)
        took, memory = time.monotonic() - began, watch.memory_mb()
        have = watch.lines()
    return {
        "burst_lines_per_s": 2e6 / wrote,
        "burst_caught_up_s": took,
        "burst_lost": 2_000_001 - have,
        "burst_memory_mb": memory,
        "burst_whole": float(whole),
    }


def idle(root: Path) -> Figures:
    """A thousand files in which nothing happens, for 60 s."""
    with Watch(root) as watch:
        for number in range(1000):
            (watch.logs / f"app{number}.log").write_text("".join(line(number * 50 + n) for n in range(20)))
        until(lambda: watch.lines() >= 20_000, 120, 0.2)
        time.sleep(6)
        cpu, written = watch.cpu(), watch.written()
        time.sleep(60)
        cpu, written = watch.cpu() - cpu, watch.written() - written
        return {"idle_core_percent": cpu / 60 * 100, "idle_bytes_written": written, "idle_memory_mb": watch.memory_mb()}


def main() -> int:
    """The command."""
    parts: dict[str, Callable[[Path], Figures]] = {"backlog": backlog, "latency": latency, "burst": burst, "idle": idle}
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=[*parts, []])
    parser.add_argument("--save", action="store_true")
    asked = parser.parse_args()
    figures: Figures = {"load": os.getloadavg()[0]}
    for name in asked.parts or parts:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TORTURE_DIR")) as root:
            figures |= parts[name](Path(root))
    print(json.dumps({name: round(figure, 3) for name, figure in figures.items()}, indent=1))
    if asked.save:
        RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
