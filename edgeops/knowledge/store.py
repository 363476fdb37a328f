"""The store: incidents and their explanations, and what is known, in one SQLite file that only its owner can read.

Everything in it was masked before it came here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from edgeops.errors import StoreError
from edgeops.hooks import Embedder
from edgeops.knowledge import index
from edgeops.knowledge.database import Database
from edgeops.knowledge.entries import Entries
from edgeops.knowledge.entry import Remark, legible
from edgeops.knowledge.retrieval import Search
from edgeops.mask import mask
from edgeops.records import Explanation, Incident, State, Tier


@dataclass(frozen=True, slots=True)
class Kept:
    """An incident as the store remembers it. feedback is what people said of its answers, the oldest first."""

    id: str
    state: State
    seen: datetime
    start: datetime | None
    end: datetime | None
    hosts: tuple[str, ...]
    sources: tuple[str, ...]
    explanation: Explanation
    feedback: tuple[Remark, ...] = ()


class Store:
    """Open with `with Store(path) as store`. Raises StoreError with a sentence; the file is never left half-made."""

    def __init__(self, path: Path, readonly: bool = False) -> None:
        self.path = path
        self.database = Database(path, readonly)
        if not readonly and index.stale(self.database.connection):
            with self.database.writing("The index") as connection:
                index.rebuild(connection)

    @cached_property
    def entries(self) -> Entries:
        """What is known: faults, notes, runbook passages, resolved incidents."""
        return Entries(self.database)

    def search(self, embedder: Embedder | None = None) -> Search:
        """A search over the entries; keep it, it remembers what it read."""
        return Search(self.database, embedder)

    def fact(self, name: str) -> str:
        """A small thing that is remembered under a name; empty when it is not."""
        with self.database.reading() as connection:
            row = connection.execute("SELECT value FROM fact WHERE name = ?", [name]).fetchone()
        return str(row[0]) if row else ""

    def keep_fact(self, name: str, value: str, what: str = "It") -> None:
        """Remember a small thing; what is for the sentence of a failure."""
        with self.database.writing(what) as connection:
            connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", [name, value])

    def writing(self) -> AbstractContextManager[Any]:
        """Several changes as one: all are kept or none."""
        return self.database.writing()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    def keep(self, incident: Incident, explanation: Explanation, seen: datetime) -> None:
        """Remember an incident with its latest explanation. Its state is kept when it is known already; an answer explains an open one."""
        sources = sorted({signal.event.line.source for signal in incident.signals})
        row = {
            "id": incident.id,
            "state": State.EXPLAINED.value,
            "tier": explanation.tier.value,
            "fault": explanation.fault,
            "summary": explanation.summary or explanation.reason,
            "start": incident.start.isoformat() if incident.start else None,
            "end": incident.end.isoformat() if incident.end else None,
            "hosts": _encoded([mask(host) for host in incident.hosts]),
            "sources": _encoded(sources),
            "seen": seen.isoformat(),
            "explanation": _encoded(explanation),
        }
        names = ", ".join(f'"{name}"' for name in row)
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in row if name not in ("id", "state"))
        changes += ", state = CASE WHEN state = ? AND excluded.tier <> ? THEN excluded.state ELSE state END"
        with self.database.writing("The incident", "the answer above is complete.") as connection:
            connection.execute(
                f"INSERT INTO incident ({names}) VALUES ({', '.join('?' * len(row))}) ON CONFLICT (id) DO UPDATE SET {changes}",
                [*row.values(), State.OPEN.value, Tier.INSUFFICIENT.value],
            )

    def incidents(self, most: int = 100) -> Iterator[Kept]:
        """What is remembered, the latest seen first."""
        with self.database.reading():
            for row in self.database.rows.table("incident").rows_where(order_by="seen desc", limit=most):
                yield _kept(row)

    def knows(self, incident: str) -> bool:
        """Whether an incident is remembered, by its whole id."""
        with self.database.reading() as connection:
            return bool(connection.execute("SELECT 1 FROM incident WHERE id = ?", [incident]).fetchone())

    def incident(self, name: str) -> Kept:
        """One incident by its id or an unambiguous beginning of it, with its feedback."""
        name = legible(name)
        with self.database.reading():
            rows = list(
                self.database.rows.table("incident").rows_where("substr(id, 1, ?) = ?", [len(name), name], limit=2)
            )
            if len(rows) == 1:
                return replace(_kept(rows[0]), feedback=self.entries.comments(rows[0]["id"]))
        raise StoreError(
            f"{'No' if not rows else 'More than one'} incident begins with {name!r}; see 'edgeops incidents list'."
        )


def _encoded(record: Any) -> str:
    """JSON that can be read back; a name that is no UTF-8 (of a file) loses the bytes that are none."""
    try:
        return msgspec.json.encode(record).decode()
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(record), ensure_ascii=False).encode("utf-8", "replace").decode()


def _kept(row: dict[str, str]) -> Kept:
    names = msgspec.json.Decoder(tuple[str, ...])
    return Kept(
        id=row["id"],
        state=State(row["state"]),
        seen=datetime.fromisoformat(row["seen"]),
        start=datetime.fromisoformat(row["start"]) if row["start"] else None,
        end=datetime.fromisoformat(row["end"]) if row["end"] else None,
        hosts=names.decode(row["hosts"]),
        sources=names.decode(row["sources"]),
        explanation=msgspec.json.decode(row["explanation"], type=Explanation),
    )
