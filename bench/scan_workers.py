"""What a second process brings to `edgeops scan`, and what an archive costs in memory.

    python -m bench.scan_workers [--data FOLDER] [--system Linux] [--files 4] [--lines 500000] [--rounds 5] [--member 1024]

Equal files, each replicated from one open Loghub system with fresh numbers, identifiers and times (`bench/corpus.py`), are read
by one process, by two, and, for what the machine gives at that moment, by two commands side by side with half of the files
each; the three in turns, the best of each. Start-up is part of it. Then one member of `--member` MiB in a tar.gz and in a
tar.zst, for the peak of memory beside that of a member of one MiB. The data are not part of this project.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.corpus import SHARED, events_of, replicated

BASELINE = Path(__file__).parent / "baselines" / "scan_workers.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED / "data/loghub_2k/open")
    parser.add_argument("--system", default="Linux")
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--lines", type=int, default=500_000, help="lines of each file")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--member", type=int, default=1024, help="MiB of the archive's member; 0 leaves it out")
    parser.add_argument("--save", action="store_true", help="keep the figures as the new baseline")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        events = list(events_of(arguments.data / arguments.system / f"{arguments.system}_2k.log"))
        copies = max(1, arguments.lines // len(events))
        paths = [Path(folder) / f"{number}.log" for number in range(arguments.files)]
        lines = sum(replicated(events, copies, path, seed=seed) for seed, path in enumerate(paths))
        figures: dict[str, float] = {"lines": lines, **_speeds(paths, lines, arguments.rounds)}
        if arguments.member:
            figures |= _memory(paths[0], arguments.member, Path(folder))
    for name, value in figures.items():
        print(f"{name:28}{value:14,.2f}")
    if arguments.save:
        rounded = {name: round(value, 3) for name, value in figures.items()}
        BASELINE.write_text(json.dumps(rounded, indent=1) + "\n")
    return 0 if figures["gain"] >= 1.7 else 1


def _speeds(paths: list[Path], lines: int, rounds: int) -> dict[str, float]:
    """Best seconds of each way, and what two processes gain."""
    ways: dict[str, Callable[[], None]] = {
        "one process": lambda: _wait([_scan(paths, 1)]),
        "two processes": lambda: _wait([_scan(paths, 2)]),
        "two commands": lambda: _wait([_scan(paths[::2], 1), _scan(paths[1::2], 1)]),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    work: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began, before = time.perf_counter(), _processor()
            way()
            seconds[name].append(time.perf_counter() - began)
            work[name].append(_processor() - before)
    best = {name: min(times) for name, times in seconds.items()}
    return {
        **{f"{name}, s": value for name, value in best.items()},
        "lines/s of two": lines / best["two processes"],
        "gain": best["one process"] / best["two processes"],
        "gain of two commands": best["one process"] / best["two commands"],
        "work of two to one": min(work["two processes"]) / min(work["one process"]),
    }


def _processor() -> float:
    """Seconds of processor time of all children so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _scan(paths: list[Path], workers: int) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "EDGEOPS_INTAKE__WORKERS": str(workers), "EDGEOPS_INTAKE__MAX_BYTES": "0"}
    command = [sys.executable, "-m", "edgeops", "scan", "--json", *map(str, paths)]
    return subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _wait(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        assert process.wait() in (0, 1)


def _memory(log: Path, mebibytes: int, folder: Path) -> dict[str, float]:
    """Peak MiB of a scan of an archive with one member of that size, and with one of a mebibyte."""
    figures: dict[str, float] = {}
    for kind, packer in (("gz", ["gzip", "-1"]), ("zst", ["zstd", "-q", "-3"])):
        for size in (1, mebibytes):
            archive = folder / f"member.tar.{kind}"
            with archive.open("wb") as out:
                pack = subprocess.Popen(packer, stdin=subprocess.PIPE, stdout=out)
                assert pack.stdin
                for piece in _tar(log, size << 20):
                    pack.stdin.write(piece)
                pack.stdin.close()
                assert pack.wait() == 0
            figures[f"peak MiB, {size} MiB in {kind}"] = _peak(archive)
            archive.unlink()
    return figures


def _tar(log: Path, size: int) -> Iterator[bytes]:
    """A tar archive whose one member is the log over and over."""
    info = tarfile.TarInfo("large.log")
    info.size = size
    yield info.tobuf(tarfile.USTAR_FORMAT)
    left, text = size, log.read_bytes()[: 64 << 20]
    while left:
        piece = text[:left]
        yield piece
        left -= len(piece)
    yield bytes(-size % 512 + 1024)


def _peak(archive: Path) -> float:
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, sys.executable, "-m", "edgeops", "scan", "--json", str(archive)]
    return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) / 1024


if __name__ == "__main__":
    raise SystemExit(main())
