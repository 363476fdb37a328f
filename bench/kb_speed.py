"""How fast the knowledge store answers with many entries, the query's embedding included, and how much memory that takes.

    python -m bench.kb_speed [ENTRIES] [--save]     100,000 by default

Entries are made of sentences of the starter pack in random order, with made-up host names and numbers. They are put in the
way an import puts them; their vectors are random (making 100,000 real ones takes a quarter of an hour, and a scan takes
as long for any), real ones are timed on a part.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil

from edgeops.hooks import registry
from edgeops.knowledge.embedders import Sentences
from edgeops.knowledge.entry import Draft, Kind
from edgeops.knowledge.store import Store

BASELINE = Path(__file__).parent / "baselines" / "kb_speed.json"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TARGETS = {"p50_ms": 10.0, "p95_ms": 25.0, "rss_mb": 200.0, "puts_per_s": 500.0, "vectors_per_s": 60.0}
QUERIES = (
    "nginx upstream connection refused",
    "ECONNREFUSED",
    "磁盘空间不足，服务无法写入",
    "why does the kubelet report node not ready",
    "Out of memory: Killed process 4121 (java)",
    "如何恢复损坏的数据库",
    "certificate has expired",
    "502 错误 web 服务器",
    "replication lag is growing on the standby",
    "0x80070005",
    "systemd unit failed to start: exit-code",
    "时钟不同步",
    "ngnix timeuot",
    "host-4711 disk",
    "the disk is full",
    "RAID controller battery failed",
)


def sentences() -> list[str]:
    """What the starter pack says, sentence by sentence, in both languages."""
    faults = [fault for group in registry().hook.edgeops_faults() for fault in group]
    texts = [text for f in faults for text in (f.en.summary, f.en.cause, f.zh.summary, f.zh.cause, *f.samples)]
    return [part for text in texts for part in re.split(r"(?<=[.。；;])\s*", text) if len(part) > 12]


def drafts(count: int) -> Iterator[Draft]:
    """Made-up notes, the same at every run."""
    order, said = random.Random(1), sentences()
    for number in range(count):
        first, *rest = order.choices(said, k=4)
        body = "\n".join([*rest, f"seen on host-{order.randrange(5000)} at {order.randrange(10**6):06x}"])
        yield Draft(Kind.NOTE, first[:80], body, id=f"e{number:06}")


def fill(store: Store, count: int) -> float:
    """Puts the entries, 1,000 a transaction; entries a second."""
    began, batch = time.perf_counter(), []
    for draft in drafts(count):
        batch.append(draft)
        if len(batch) == 1000:
            _put(store, batch)
            batch.clear()
    _put(store, batch)
    return count / (time.perf_counter() - began)


def _put(store: Store, batch: list[Draft]) -> None:
    with store.writing():
        for draft in batch:
            store.entries.put(draft, NOW)


def invent(store: Store) -> float:
    """Real vectors for a part (their speed is returned), random ones for the others."""
    import numpy as np  # after edgeops.knowledge, which says how many threads it may use

    search, order = store.search(Sentences()), np.random.default_rng(1)
    search.fill(64)
    began = time.perf_counter()
    search.fill(512)
    speed = 512 / (time.perf_counter() - began)
    connection = store.database.connection
    bare = [
        n for (n,) in connection.execute("SELECT number FROM passage WHERE number NOT IN (SELECT passage FROM sketch)")
    ]
    for start in range(0, len(bare), 5000):
        part = bare[start : start + 5000]
        rows = order.normal(size=(len(part), 512)) * 40
        with store.writing():
            for table, values in (
                ("sketch", np.packbits(rows > 0, axis=1)),
                ("vector", rows.clip(-127, 127).astype(np.int8)),
            ):
                connection.executemany(
                    f"INSERT INTO {table} VALUES (?, ?)", [(n, v.tobytes()) for n, v in zip(part, values, strict=True)]
                )
    return speed


def timed(path: Path) -> dict[str, float]:
    """Milliseconds of single searches in a store just opened, and the memory of this process."""
    with Store(path) as store:
        search = store.search(Sentences())
        began = time.perf_counter()
        search.find("the first one loads everything")
        first = (time.perf_counter() - began) * 1000
        times, busy = [], []
        for _ in range(8):
            for query in QUERIES:
                began, worked = time.perf_counter(), time.process_time()
                search.find(query, 5, NOW)
                times.append((time.perf_counter() - began) * 1000)
                busy.append((time.process_time() - worked) * 1000)
        return {
            "first_ms": round(first, 1),
            "p50_ms": round(statistics.median(times), 2),
            "p95_ms": round(statistics.quantiles(times, n=20)[-1], 2),
            # Of the processor alone: what a machine without other work would take.
            "cpu_p50_ms": round(statistics.median(busy), 2),
            "cpu_p95_ms": round(statistics.quantiles(busy, n=20)[-1], 2),
            "rss_mb": round(psutil.Process().memory_info().rss / 1e6, 1),
        }


def main(count: int, save: bool) -> None:
    """Prints the figures; save keeps them as the new baseline."""
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "store.db"
        with Store(path) as store:
            puts = fill(store, count)
            vectors = invent(store)
        bytes_ = path.stat().st_size
        # In a process of its own: what filling left in memory is not the search's.
        answer = subprocess.run(
            [sys.executable, "-m", "bench.kb_speed", "--timed", str(path)], capture_output=True, text=True, check=True
        )
        result = json.loads(answer.stdout) | {"puts_per_s": round(puts), "vectors_per_s": round(vectors)}
    print(f"{count} entries, {bytes_ / 1e6:.0f} MB")
    for name, value in result.items():
        target = f"  (asked: {TARGETS[name]:g})" if name in TARGETS else ""
        print(f"{name:14} {value:>9}{target}")
    if save:
        BASELINE.write_text(json.dumps({"entries": count} | result, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--timed"]:
        print(json.dumps(timed(Path(sys.argv[2]))))
    else:
        main(int(next((one for one in sys.argv[1:] if one.isdigit()), 100_000)), "--save" in sys.argv)
