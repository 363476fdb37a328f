"""Speed and memory of `edgeops scan` (parse, mine, detect) in one process, beside lnav's indexing and Drain3, in the same run.

    python -m bench.scan [--data FOLDER] [--lines 1000000] [--big 1024] [--lnav PROGRAM] [--save]

Every open Loghub system is replicated to `--lines` lines with fresh numbers, identifiers and times (`bench/corpus.py`). Each is
read by `edgeops scan` as a person would call it, start-up included, the better of two; then by lnav (Debian's package), and the first
100,000 of its lines by Drain3 with its usual masks, handed our messages. Then one file of `--big` MiB for the peak of memory.
The data are not part of this project; see the LICENSE beside them.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench.corpus import SHARED, events_of, replicated
from bench.templates import drain

PEER_LINES = 100_000
TIMES = 2
PATIENCE_S = 60
"""lnav is stopped after so long; its rate is then at most what it would have been by that."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED / "data/loghub_2k/open")
    parser.add_argument("--only", default="", help="systems, separated by commas")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--big", type=int, default=1024, help="MiB of the file for the peak of memory; 0 leaves it out")
    parser.add_argument("--lnav", default=shutil.which("lnav") or "", help="path of the lnav program")
    parser.add_argument("--save", action="store_true", help="keep the figures as the new baseline")
    arguments = parser.parse_args()
    if not arguments.lnav:
        print("lnav is not installed here, so its column is missing; name it with --lnav.")
    wanted = [name for name in arguments.only.split(",") if name]
    systems = sorted(
        path.name for path in arguments.data.iterdir() if path.is_dir() and path.name in (wanted or [path.name])
    )
    print(
        f"{'':12}{'scan':>12}{'cpu':>12}{'MiB':>7}{'Drain3':>10}{'times':>7}{'lnav':>12}{'times':>7}   lines/s; then times by cpu"
    )
    rows = {}
    for system in systems:
        rows[system] = _row(arguments.data / system / f"{system}_2k.log", arguments.lines, arguments.lnav)
        print(f"{system:12}{_told(rows[system])}", flush=True)
    figures: dict[str, Any] = {"lines": arguments.lines, "systems": rows}
    if arguments.big:
        figures["big"] = _big(arguments.data / systems[0] / f"{systems[0]}_2k.log", arguments.big)
        print(
            f"{arguments.big} MiB of {systems[0]}: {figures['big']['rate']:,.0f} lines/s, peak {figures['big']['peak_mb']:.0f} MiB"
        )
    if arguments.save:
        rounded = json.loads(json.dumps(figures), parse_float=lambda text: round(float(text), 3))
        (Path(__file__).parent / "baselines" / "scan.json").write_text(json.dumps(rounded, indent=1) + "\n")
    return 0


def _row(path: Path, lines: int, lnav: str) -> dict[str, float]:
    events = list(events_of(path))
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / path.name
        lines = replicated(events, -(-lines // len(events)), large)
        found = _scanned(large, lines)
        if lnav:
            wall, cpu = _lnav(lnav, large, folder)
            found |= {"lnav": lines / wall, "lnav_cpu": lines / cpu}
        if importlib.util.find_spec("drain3"):
            messages = [event.message for event in itertools.islice(events_of(large), PEER_LINES)]
            began, since = time.perf_counter(), time.process_time()
            drain(messages)
            found["drain3"] = len(messages) / (time.perf_counter() - began)
            found["drain3_cpu"] = len(messages) / (time.process_time() - since)
    return found


def _big(path: Path, mebibytes: int) -> dict[str, float]:
    events = list(events_of(path))
    size = sum(len(event.line.raw) + 1 for event in events)
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / path.name
        lines = replicated(events, -(-mebibytes * (1 << 20) // size), large)
        return _scanned(large, lines)


def _scanned(path: Path, lines: int) -> dict[str, float]:
    """`edgeops scan` on the file with a fresh home: lines a second by the clock and of processor time, and peak MiB."""
    best: dict[str, float] = {}
    for _ in range(TIMES):
        with tempfile.TemporaryDirectory() as home:
            (Path(home) / "config.toml").write_text("[intake]\nmax_bytes = 0\n")
            command = [sys.executable, "-m", "edgeops", "scan", "--json", str(path)]
            wall, cpu, peak = _run(command, os.environ | {"EDGEOPS_HOME": home}, (0, 1))
        if not best or lines / wall > best["rate"]:
            best = {"rate": lines / wall, "cpu_rate": lines / cpu, "peak_mb": peak / 1024}
    return best


def _lnav(program: str, path: Path, home: str) -> tuple[float, float]:
    """Seconds that lnav takes to index the file, by the clock and of processor time."""
    command = [program, "-n", "-c", ";SELECT count(*) FROM all_logs", str(path)]
    environment = os.environ | {"HOME": home, "TERM": "xterm"}
    first = _run(command, environment, (0, -signal.SIGKILL), PATIENCE_S)[:2]
    return first if first[0] >= PATIENCE_S else min(first, _run(command, environment, (0,))[:2])


def _run(
    command: list[str], environment: dict[str, str], fine: tuple[int, ...], patience_s: float = 600
) -> tuple[float, float, int]:
    """Seconds by the clock, seconds of processor time, and peak KiB of one process, which is killed after patience_s."""
    began = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    stop = threading.Timer(patience_s, child.kill)
    stop.start()
    said = child.stderr.read().decode() if child.stderr else ""
    _, status, usage = os.wait4(child.pid, 0)
    stop.cancel()
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in fine:
        raise SystemExit(f"{command[0]} failed: {said}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def _told(row: dict[str, float]) -> str:
    peer, lnav = row.get("drain3", 0), row.get("lnav", 0)
    by_cpu = [f"{row['cpu_rate'] / row[name]:7.1f}" for name in ("drain3_cpu", "lnav_cpu") if name in row]
    return (
        f"{row['rate']:12,.0f}{row['cpu_rate']:12,.0f}{row['peak_mb']:7.0f}{peer:10,.0f}{row['rate'] / peer if peer else 0:7.1f}"
        f"{lnav:12,.0f}{row['rate'] / lnav if lnav else 0:7.1f}{''.join(by_cpu)}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
