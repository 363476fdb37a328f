"""How well the knowledge store finds: hits among the first 1 and 5, by words, by vectors and by both.

    python -m bench.retrieval FOLDER [--save]     a folder of *_docs.jsonl and open/*_queries.jsonl (shared/data/kb_retrieval)

Every document is put into a store of its own set as a runbook entry, the way an import would; then each query is searched.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edgeops.knowledge.embedders import Sentences
from edgeops.knowledge.entry import Draft, Kind
from edgeops.knowledge.retrieval import Search
from edgeops.knowledge.store import Store

BASELINE = Path(__file__).parent / "baselines" / "kb_retrieval.json"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """A query and the ids of the documents that answer it."""

    text: str
    gold: frozenset[str]


@dataclass(frozen=True)
class Set:
    """One set: its name, what decides (hit@1 or hit@5) and what is asked for, its documents and queries."""

    name: str
    first: int
    target: float
    documents: str
    queries: str
    text: str


SETS = (
    Set("commands zh-zh", 5, 0.72, "linux_command_zh_docs", "command_queries", "query_zh"),
    Set("commands en-zh", 5, 0.50, "linux_command_zh_docs", "command_queries", "query_en"),
    Set("runbooks en-en", 1, 0.84, "runbook_docs", "runbook_queries", "query"),
    Set("log to fix en-en", 5, 0.86, "loglm_fix_docs", "loglm_fix_queries", "query"),
)


def lines(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def asked(folder: Path, one: Set) -> list[Asked]:
    """The queries of a set."""
    rows = list(lines(folder / "open" / f"{one.queries}.jsonl"))
    gold = [row["gold"] if isinstance(row["gold"], list) else [row["gold"]] for row in rows]
    return [Asked(str(row[one.text]), frozenset(map(str, right))) for row, right in zip(rows, gold, strict=True)]


@contextmanager
def filled(documents: Path) -> Iterator[Store]:
    """A store of the documents, with vectors."""
    with tempfile.TemporaryDirectory() as home, Store(Path(home) / "store.db") as store:
        with store.writing():
            for row in lines(documents):
                body = str(row["text"])
                title = next((line.strip("# ") for line in body.splitlines() if line.strip("# ")), str(row["id"]))
                store.entries.put(Draft(Kind.RUNBOOK, title[:200], body, id=str(row["id"])), NOW)
        began = time.perf_counter()
        store.search(Sentences()).fill()
        (made,) = store.database.connection.execute("SELECT count(*) FROM sketch").fetchone()
        print(f"{documents.stem}: {made / (time.perf_counter() - began):.0f} passages/s with vectors", file=sys.stderr)
        yield store


def hits(find: Callable[[str], Sequence[str]], queries: Sequence[Asked]) -> dict[int, float]:
    """The share of the queries answered within the first 1, 3, 5 and 10."""
    found = [(find(query.text), query.gold) for query in queries]
    return {most: sum(bool(gold & set(ids[:most])) for ids, gold in found) / len(found) for most in (1, 3, 5, 10)}


def by_vectors(store: Store, search: Search, text: str) -> list[str]:
    """The entries of the nearest passages."""
    near = search.near(text)
    rows = store.database.connection.execute(
        "SELECT passage.number, entry.id FROM passage JOIN entry ON entry.number = passage.entry "
        "WHERE passage.number IN (SELECT value FROM json_each(?))",
        [json.dumps([number for number, _ in near])],
    )
    names = dict(rows.fetchall())
    return list(dict.fromkeys(names[number] for number, _ in near))


def measured(store: Store, search: Search, queries: Sequence[Asked]) -> list[dict[int, float]]:
    """Hits by words, by vectors and by both."""
    return [
        hits(lambda text: [found.id for found in search.find(text, 10, meaning=False)], queries),
        hits(lambda text: by_vectors(store, search, text), queries),
        hits(lambda text: [found.id for found in search.find(text, 10)], queries),
    ]


def main(folder: Path, save: bool) -> None:
    """Prints the table; save keeps its figures as the new baseline."""
    results = {}
    print(f"{'set':18} {'queries':>7}  {'words @1 @5':>13}  {'vectors @1 @5':>13}  {'both @1 @5':>13}  asked")
    for documents in dict.fromkeys(one.documents for one in SETS):
        with filled(folder / f"{documents}.jsonl") as store:
            search = store.search(Sentences())
            for one in (one for one in SETS if one.documents == documents):
                queries = asked(folder, one)
                words, vectors, both = measured(store, search, queries)
                columns = "  ".join(f"{row[1]:6.3f} {row[5]:6.3f}" for row in (words, vectors, both))
                verdict = "ok" if both[one.first] >= one.target else "BELOW"
                print(f"{one.name:18} {len(queries):7}  {columns}  @{one.first} >= {one.target:.2f} {verdict}")
                results[one.name] = {"words": words, "vectors": vectors, "both": both}
    if save:
        rounded = {
            name: {way: {k: round(v, 3) for k, v in row.items()} for way, row in ways.items()}
            for name, ways in results.items()
        }
        BASELINE.write_text(json.dumps(rounded, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--save" in sys.argv)
