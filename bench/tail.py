"""What following costs and how fast it is.

python -m bench.tail [--save]     reading a backlog, a thousand quiet files, a new file, and lines written at 10,000 a second
"""

from __future__ import annotations

import json
import multiprocessing
import os
import select
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from edgeops.intake.feed import Batch
from edgeops.intake.tail import Tail

RESULT = Path(__file__).parent / "results" / "tail.json"
MOST = 8 << 20
QUIET = 1000
IDLE_S = 20.0
RATE = 10_000
RATE_S = 10.0
PAUSE = 0.1


def backlog(home: Path, megabytes: int = 400) -> dict[str, float]:
    """Reading what is there already, from the page cache; the fastest of three."""
    line = b"2026-05-01T12:00:00.000000+00:00 host-17 service[4711]: request 00000000 took 12 ms, status 200, route /api/v1/x\n"
    block = b"".join(line.replace(b"00000000", b"%08d" % number) for number in range(10_000))
    with (home / "app.log").open("wb") as file:
        while file.tell() < megabytes << 20:
            file.write(block)
    size, best, lines = (home / "app.log").stat().st_size, float("inf"), 0
    for _ in range(3):
        tail = Tail([str(home)], bell=False)
        began, lines = time.perf_counter(), 0
        while given := sum(len(batch.block.lines) for batch in tail.poll(MOST) if batch.block):
            lines += given
        best = min(best, time.perf_counter() - began)
        tail.close()
    return {"mb_per_s": round(size / best / 1e6, 1), "lines_per_s": round(lines / best)}


def idle(home: Path, bell: bool) -> dict[str, float]:
    """The share of a core that a thousand quiet files take, and the bytes written to disk meanwhile."""
    for number in range(QUIET):
        (home / f"service-{number:04d}x.log").write_text("one line\n" * 20)
    tail = Tail([str(home)], bell=bell)
    settled = time.monotonic() + 35
    for _ in _waited(tail, lambda: time.monotonic() < settled):
        pass
    began, cpu = time.monotonic(), time.process_time()
    written = _written()
    end = began + IDLE_S
    for _ in _waited(tail, lambda: time.monotonic() < end):
        pass
    share = (time.process_time() - cpu) / (time.monotonic() - began)
    tail.close()
    return {"core_percent": round(100 * share, 3), "bytes_written": _written() - written}


def _written() -> int:
    return int(dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())["write_bytes"])


def noticed(home: Path, bell: bool, rounds: int = 10) -> dict[str, float]:
    """Seconds from the creation of a file to its first line, in a directory that was quiet for some seconds."""
    tail = Tail([str(home)], bell=bell)
    found = []
    for number in range(rounds):
        path = home / f"new-{number}x.log"
        wait = 3.3 + number / 10
        writer = threading.Timer(wait, lambda path=path: path.write_text(f"{time.monotonic()}\n"))  # type: ignore[misc]
        writer.start()
        end = time.monotonic() + wait + 3
        for batch in _waited(tail, lambda end=end: time.monotonic() < end):  # type: ignore[misc]
            if batch.block:
                found.append(time.monotonic() - float(batch.block.lines[0]))
                break
        writer.join()
    tail.close()
    return {"median_s": round(statistics.median(found), 3), "worst_s": round(max(found), 3), "rounds": len(found)}


def latency(home: Path) -> dict[str, float]:
    """From a line's writing to its being given, at 10,000 lines a second in one write each."""
    path = home / "busy.log"
    path.touch()
    tail = Tail([str(home)])
    writer = multiprocessing.get_context("fork").Process(target=_write, args=(path,))
    writer.start()
    waits: list[float] = []
    cpu = time.process_time()
    end = time.monotonic() + RATE_S + 1.5
    for batch in _waited(tail, lambda: time.monotonic() < end):
        now = time.monotonic()
        waits += [now - float(line.split()[0]) for line in (batch.block.lines if batch.block else ())]
    writer.join()
    tail.close()
    waits.sort()
    return {
        "lines": len(waits),
        "p50_s": round(waits[len(waits) // 2], 3),
        "p99_s": round(waits[len(waits) * 99 // 100], 3),
        "worst_s": round(waits[-1], 3),
        "core_percent": round(100 * (time.process_time() - cpu) / (RATE_S + 1.5), 1),
    }


def _write(path: Path) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    began = time.monotonic()
    for number in range(int(RATE * RATE_S)):
        ahead = began + number / RATE - time.monotonic()
        if ahead > 0.001:
            time.sleep(ahead)
        os.write(fd, b"%.6f line %08d of a busy service that says what it does\n" % (time.monotonic(), number))


def _waited(tail: Tail, goes_on: Callable[[], bool]) -> Iterator[Batch]:
    """As a watcher does it: polls, and sleeps until something rings or some time has passed."""
    pause = PAUSE
    while goes_on():
        given = False
        for batch in tail.poll(MOST):
            given = True
            yield batch
        pause = PAUSE if given else min(1.0, pause * 2)
        select.select(tail.descriptors(), (), (), pause)


def main() -> None:
    result: dict[str, object] = {"cores": os.cpu_count(), "load": os.getloadavg()[0]}
    measures: dict[str, Callable[[Path], dict[str, float]]] = {
        "backlog": backlog,
        "idle_with_bell": lambda home: idle(home, True),
        "idle_polling": lambda home: idle(home, False),
        "new_file_with_bell": lambda home: noticed(home, True),
        "new_file_polling": lambda home: noticed(home, False),
        "line": latency,
    }
    for name, measure in measures.items():
        with tempfile.TemporaryDirectory() as home:
            result[name] = measure(Path(home))
        print(name, json.dumps(result[name]), flush=True)
    if "--save" in sys.argv:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
