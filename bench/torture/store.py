"""Three writers and three readers on one store, killed at random moments and started again.

    python -m bench.torture.store [OPERATIONS] [KILLS]     10,000 and 300 by default

A writer says what it will do before it begins and that it is done after the store returned. Afterwards everything that was
said to be done must be in the store, and of everything else all or nothing.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edgeops.errors import StoreError
from edgeops.knowledge.entry import Draft, Kind, Origin, Result
from edgeops.knowledge.store import Store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WRITERS = 3
READERS = 3


@dataclass(frozen=True)
class Torture:
    """What became of it: writes that were acknowledged, those lost, times somebody was told `locked`, other errors, kills."""

    acknowledged: int
    lost: int
    locked: int
    failed: int
    kills: int
    integrity: str


def write(path: Path, diary: Path, seed: int, operations: int) -> None:
    """Does random writes until so many are done, over all lives of this writer; the diary has one line for each."""
    order = random.Random(f"{seed}-{os.getpid()}")
    done = len(_done(diary))
    with diary.open("a", encoding="utf-8") as notes, Store(path) as store:
        for number in range(done, operations):
            name = f"{diary.stem}-{number}-{os.getpid()}"
            _one(store, order, name, notes)


def _one(store: Store, order: random.Random, name: str, notes: object) -> None:
    kind = order.choice(("note", "note", "edit", "outcome", "several", "retire"))
    try:
        with store.writing():
            store.entries.put(
                Draft(Kind.NOTE, f"{kind} {name}", order.choice(("disk", "磁盘已满", "nginx 502")) * 40, id=name), NOW
            )
            if kind == "several":
                for part in range(5):
                    store.entries.put(Draft(Kind.NOTE, f"part {part} of {name}", "text", id=f"{name}-{part}"), NOW)
        if kind == "edit":
            store.entries.edit(name, "writer", NOW, body="edited")
        elif kind == "outcome":
            store.entries.judge(name, Result.WORKED, Origin("writer"), NOW)
        elif kind == "retire":
            store.entries.retire(name, "writer", NOW)
        line = {"done": name, "kind": kind}
    except StoreError as error:
        line = {"error": str(error)}
    notes.write(json.dumps(line) + "\n")  # type: ignore[attr-defined]
    notes.flush()  # type: ignore[attr-defined]


def read(path: Path, diary: Path, seed: int, _: int) -> None:
    """Searches and lists until it is killed; the diary has the errors."""
    order = random.Random(f"{seed}-{os.getpid()}")
    while True:
        try:
            with Store(path, readonly=order.random() < 0.5) as store:
                search = store.search()
                for _ in range(20):
                    search.find(order.choice(("disk", "磁盘", "nginx 502 错误", "part 3")), 5)
                    next(iter(store.entries.all()), None)
        except StoreError as error:
            with diary.open("a", encoding="utf-8") as notes:
                notes.write(json.dumps({"error": str(error)}) + "\n")


def torture(path: Path, operations: int, kills: int, seed: int) -> Torture:
    """Runs it. operations is for all writers together."""
    Store(path).database.close()
    context = multiprocessing.get_context("fork")
    order = random.Random(seed)
    diaries = {path.with_name(f"writer{n}.diary"): write for n in range(WRITERS)}
    diaries |= {path.with_name(f"reader{n}.diary"): read for n in range(READERS)}
    share = -(-operations // WRITERS)
    running = {diary: _start(context, work, path, diary, seed, share) for diary, work in diaries.items()}
    killed = 0
    while any(
        running[diary].is_alive() or len(_done(diary)) < share for diary, work in diaries.items() if work is write
    ):
        time.sleep(order.uniform(0.02, 0.15))
        victim = order.choice(list(diaries))
        if killed < kills and running[victim].is_alive():
            os.kill(running[victim].pid or 0, signal.SIGKILL)
            running[victim].join()
            killed += 1
        for diary, work in diaries.items():
            finished = work is write and len(_done(diary)) >= share
            if not running[diary].is_alive() and not finished:
                running[diary] = _start(context, work, path, diary, seed, share)
    for process in running.values():
        process.kill()
        process.join()
    return _judged(path, list(diaries), killed)


def _start(context: object, work: object, *arguments: object) -> multiprocessing.Process:
    process: multiprocessing.Process = context.Process(target=work, args=arguments)  # type: ignore[attr-defined]
    process.start()
    return process


def _lines(diary: Path) -> list[dict[str, str]]:
    found = []
    for line in diary.read_text("utf-8").splitlines() if diary.exists() else []:
        with suppress(ValueError):  # a line cut off by a kill acknowledges nothing
            found.append(json.loads(line))
    return found


def _done(diary: Path) -> list[dict[str, str]]:
    return [line for line in _lines(diary) if "done" in line]


def _judged(path: Path, diaries: list[Path], kills: int) -> Torture:
    done = [line for diary in diaries for line in _done(diary)]
    errors = [line["error"] for diary in diaries for line in _lines(diary) if "error" in line]
    locked = sum("lock" in error for error in errors)
    with Store(path) as store:
        lost = sum(not _holds(store, line["done"], line["kind"]) for line in done)
        halves = store.database.connection.execute(
            "SELECT count(*) FROM entry WHERE title LIKE 'several %' AND (SELECT count(*) FROM entry AS part "
            "WHERE part.title LIKE 'part % of ' || entry.id) <> 5"
        ).fetchone()[0]
        integrity = store.database.connection.execute("PRAGMA integrity_check").fetchone()[0]
    return Torture(len(done), lost + halves, locked, len(errors) - locked, kills, integrity)


def _holds(store: Store, name: str, kind: str) -> bool:
    try:
        entry = store.entries.get(name)
    except StoreError:
        return False
    return {
        "edit": entry.body == "edited" and len(store.entries.versions(name)) == 2,
        "outcome": entry.outcomes.worked == 1,
        "retire": entry.retired is not None,
    }.get(kind, True)


def main(operations: int, kills: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        print(torture(Path(home) / "store.db", operations, kills, 1), f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 300)
