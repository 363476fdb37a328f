"""500 stores with flipped bits, lost pages, a deleted log or a swapped index of it: each must be opened, kept and gone on with.

    python -m bench.torture.damage [TRIALS]     500 by default

After the harm the store is opened as every command opens it, read whole, searched and written to. What is missing must have been
said; the damaged file must still be there, byte for byte; what is written must be there at the next opening.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pysqlite3

from edgeops.errors import StoreError
from edgeops.knowledge import talks
from edgeops.knowledge.entry import Draft, Kind, Origin, Result
from edgeops.knowledge.frames import newest
from edgeops.knowledge.library import open_library
from edgeops.knowledge.store import Store
from edgeops.records import Answer, Explanation, Incident, Sentence, Talk, Tier

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOTES, LATER = 300, 40
PAGE = 4096
_NO_PACK = SimpleNamespace(hook=SimpleNamespace(edgeops_faults=list, edgeops_steps=list, edgeops_embedders=list))


@dataclass
class Harms:
    """What became of the trials of one kind of harm.

    whole: nothing is missing and nothing was said; saved: something was said, and work went on; late: of these, only at the next
    opening after a sentence; silent: rows are missing and nothing was said; refused: work did not go on; unkept: the damaged file is
    not there as it was, although it was noticed at once; altered: rows whose text changed.
    """

    trials: int = 0
    whole: int = 0
    saved: int = 0
    late: int = 0
    silent: int = 0
    refused: int = 0
    unkept: int = 0
    altered: int = 0
    rows_lost: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    why: Counter[str] = field(default_factory=Counter)


def build(path: Path) -> None:
    """A store with notes, outcomes, incidents and conversations; the last LATER notes stand in its log alone."""
    with Store(path) as store:
        with store.writing():
            for number in range(NOTES):
                draft = Draft(Kind.NOTE, f"Note {number}", f"disk nginx 磁盘 {number} " * 30, id=f"n{number:04}")
                store.entries.judge(store.entries.put(draft, NOW).id, Result.WORKED, Origin("anna", "m"), NOW)
            for number in range(60):
                incident = Incident(f"i{number:04}", NOW, NOW, ("web1",), (), (), 0)
                store.keep(incident, Explanation(incident.id, Tier.KNOWN, "en", summary="It is full. " * 20), NOW)
                answer = Answer(f"why {number}?", "en", Tier.KNOWN, (Sentence("Because it is full. " * 200),))
                talks.keep(store.database, Talk(f"t{number:04}", (answer,)), NOW)
        connection = pysqlite3.connect(path)  # keeps the log from being folded in when the store is closed
        connection.execute("SELECT count(*) FROM entry").fetchone()
        store.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(NOTES, NOTES + LATER):
            store.entries.put(Draft(Kind.NOTE, f"Note {number}", "later " * 30, id=f"n{number:04}"), NOW)
        for end in ("", "-wal", "-shm"):
            shutil.copyfile(f"{path}{end}", f"{path}.base{end}")
    connection.close()
    for end in ("", "-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
        Path(f"{path}.base{end}").replace(f"{path}{end}")


def contents(store: Store) -> dict[str, Counter[str]]:
    """What is in the store, as the program reads it."""
    entries = [entry for entry in store.entries.all(retired=True) if entry.id[0] == "n"]
    return {
        "entry": Counter(f"{entry.id}\n{entry.title}\n{entry.body}" for entry in entries),
        "outcome": Counter(f"{e.id}\n{e.outcomes.worked}" for e in entries if e.outcomes.worked),
        "incident": Counter(f"{i.id}\n{i.explanation.summary}" for i in store.incidents(9999)),
        "turn": Counter(
            f"{h.id}\n{talks.recall(store.database, h.id).talk.answers[0].text}"
            for h in talks.find(store.database, most=9999)
        ),
    }


def flip(path: Path, order: random.Random, many: int) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(many):
        content[order.randrange(len(content))] ^= 1 << order.randrange(8)
    path.write_bytes(content)


def overwrite(path: Path, order: random.Random) -> None:
    """A page of noise, zeros or another page's bytes."""
    content = bytearray(path.read_bytes())
    start, other = (PAGE * order.randrange(len(content) // PAGE) for _ in range(2))
    noise = order.choice((order.randbytes(PAGE), bytes(PAGE), bytes(content[other : other + PAGE])))
    content[start : start + PAGE] = noise
    path.write_bytes(content)


def cut(path: Path, order: random.Random) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(order.randrange(size // 2, size))


def swap_shm(path: Path, order: random.Random) -> None:
    """The index of the log of another moment, of zeros, of noise, or none."""
    shm = Path(f"{path}-shm")
    content = shm.read_bytes()
    noise = order.choice((b"", bytes(len(content)), order.randbytes(len(content)), content[136:] + content[:136]))
    shm.write_bytes(noise)


HARMS: dict[str, tuple[int, Callable[[Path, random.Random], None]]] = {
    "1 bit": (8, lambda path, order: flip(path, order, 1)),
    "20 bits": (4, lambda path, order: flip(path, order, 20)),
    "200 bits": (2, lambda path, order: flip(path, order, 200)),
    "bits of the first page": (1, lambda path, order: _head(path, order)),
    "a page": (2, overwrite),
    "cut off": (1, cut),
    "bits of the log": (1, lambda path, order: flip(Path(f"{path}-wal"), order, 3)),
    "log deleted": (1, lambda path, order: Path(f"{path}-wal").unlink()),
    "index of the log swapped": (1, swap_shm),
}
"""Each kind of harm, and how often it comes in a round."""


def _head(path: Path, order: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[order.randrange(100)] ^= 1 << order.randrange(8)
    path.write_bytes(content)


def trial(base: Path, home: Path, harm: Callable[[Path, random.Random], None], seed: int, harms: Harms) -> None:
    """One harm to a copy of the base. What is only found out by reading may end the first opening with a sentence, not the second."""
    shutil.copytree(base, home)
    path, order, said = home / "store.db", random.Random(seed), list[str]()
    harm(path, order)
    before = path.read_bytes(), Path(f"{path}-wal").read_bytes() if Path(f"{path}-wal").exists() else b""
    harms.trials += 1
    found, late, began = None, 0, time.perf_counter()
    for _ in range(2):
        try:
            found = used(path, said)
            break
        except StoreError as error:
            late = 1
            said.append(str(error))
    harms.seconds = max(harms.seconds, time.perf_counter() - began)
    if found is None:
        harms.refused += 1
        harms.why[said[-1].replace(str(path), "STORE")[:200]] += 1
        return
    harms.late += late
    judge(harms, found, said)
    damaged = list(home.glob("store.db.damaged-*"))
    if damaged and not late and not any(kept(file, *before) for file in damaged):
        harms.unkept += 1


def used(path: Path, said: list[str]) -> dict[str, Counter[str]]:
    """What a sitting finds: all is read, something searched, something written, and there at the next opening."""
    with open_library(path, _NO_PACK, NOW, said.append) as store:
        found = contents(store)
        store.search().find("disk 磁盘 17")
        store.entries.put(Draft(Kind.NOTE, "Afterwards", "x", id="after"), NOW)
    with open_library(path, _NO_PACK, NOW, said.append) as store:
        store.entries.get("after")
        store.database.check(whole=True)
    return found


def kept(file: Path, content: bytes, log: bytes) -> bool:
    """Whether a file is the damaged one, but for pages that SQLite took from its log."""
    now, changed = file.read_bytes(), newest(log, PAGE)
    return all(
        now[start : start + PAGE] == content[start : start + PAGE]
        for start in range(0, min(len(content), len(now)), PAGE)
        if start // PAGE + 1 not in changed and start + PAGE <= min(len(content), len(now))
    )


def judge(harms: Harms, found: dict[str, Counter[str]], said: list[str]) -> None:
    """Rows are told by their names; a text whose letters changed is not missing, and nothing can know it."""
    lost = {table: count for table in TRUTH if (count := len(names(TRUTH[table]) - names(found[table])))}
    altered = sum(sum((TRUTH[table] - found[table]).values()) for table in TRUTH) - sum(lost.values())
    harms.rows_lost.update(lost)
    harms.altered += altered
    if said:
        harms.saved += 1
    elif lost:
        harms.silent += 1
        harms.why[f"silent: {', '.join(f'{n} of {t}' for t, n in lost.items())}"] += 1
    else:
        harms.whole += 1


def names(rows: Counter[str]) -> set[str]:
    return {row.split("\n")[0] for row in rows}


TRUTH: dict[str, Counter[str]] = {}


def torture(trials: int) -> dict[str, Harms]:
    """All kinds of harm in turn, to stores with and without a log."""
    with tempfile.TemporaryDirectory() as folder:
        base, closed = Path(folder) / "base", Path(folder) / "closed"
        base.mkdir()
        build(base / "store.db")
        shutil.copytree(base, closed)
        with Store(closed / "store.db") as store:
            TRUTH.update(contents(store))
        plan = [name for name, (often, _) in HARMS.items() for _ in range(often)]
        result = {name: Harms() for name in HARMS}
        for number in range(trials):
            name, home = plan[number % len(plan)], Path(folder) / f"trial{number}"
            start = base if "log" in name or number // len(plan) % 2 else closed
            trial(start, home, HARMS[name][1], number, result[name])
            shutil.rmtree(home)
    return result


def main(trials: int) -> int:
    result = torture(trials)
    print({table: sum(rows.values()) for table, rows in TRUTH.items()}, "rows")
    for name, harms in result.items():
        print(f"{name:26}", harms)
    return int(any(harms.silent + harms.refused + harms.unkept for harms in result.values()))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
