"""The store: incidents and their explanations in one SQLite file that only its owner can read.

Everything in it was masked before it came here. Uses pysqlite3, whose bundled SQLite is free of the WAL-reset bug of
3.7.0 to 3.51.2 (RELIABILITY, finding 2), through sqlite-utils.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

# pysqlite3: a recent SQLite on machines whose own is old (Debian 12 has 3.40.1).
import pysqlite3  # type: ignore[import-untyped]

# sqlite-utils: rows in and out without an ORM; kept by its author for years, picks up pysqlite3 by itself.
import sqlite_utils

from edgeops.errors import StoreError
from edgeops.knowledge.schema import MIGRATIONS, migrate
from edgeops.mask import mask
from edgeops.records import Explanation, Incident, State

SAFE_SINCE = (3, 51, 3)
_DAMAGE = (pysqlite3.Error, msgspec.MsgspecError, ValueError)
"""What a file whose bytes were changed raises: SQLite does not notice everything, and then its texts do not decode."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An incident as the store remembers it."""

    id: str
    state: State
    seen: datetime
    start: datetime | None
    end: datetime | None
    hosts: tuple[str, ...]
    sources: tuple[str, ...]
    explanation: Explanation


class Store:
    """Open with `with Store(path) as store`. Raises StoreError with a sentence; the file is never left half-made."""

    def __init__(self, path: Path, readonly: bool = False) -> None:
        self.path = path
        if pysqlite3.sqlite_version_info < SAFE_SINCE:
            raise StoreError(
                f"SQLite {pysqlite3.sqlite_version} can corrupt a store with two writers; reinstall pysqlite3 (make demo)."
            )
        try:
            if not readonly:
                _make(path)
            mode = "ro" if readonly else "rw"
            connection = pysqlite3.connect(
                f"file:{_quoted(path)}?mode={mode}", uri=True, isolation_level=None, timeout=5
            )
            self._prepare(connection, readonly)
        except (OSError, *_DAMAGE) as error:
            raise StoreError(
                f"The store {path} cannot be opened ({error}); answers go on without it. "
                "Check its permissions and the free space, or move it aside."
            ) from error
        self._db = sqlite_utils.Database(connection)

    def _prepare(self, connection: pysqlite3.Connection, readonly: bool) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise StoreError(
                f"The store {self.path} was made by a newer edgeops (schema {version}, this one knows {len(MIGRATIONS)}); "
                "nothing was changed. Use that version, or another EDGEOPS_HOME."
            )
        if not readonly:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def keep(self, incident: Incident, explanation: Explanation, seen: datetime) -> None:
        """Remember an incident with its latest explanation; its state is kept when it is known already."""
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
        try:
            with self._db.conn:
                self._db.conn.execute("BEGIN IMMEDIATE")
                self._db.table("incident").upsert(row, pk="id")
        except _DAMAGE as error:
            raise StoreError(
                f"The incident could not be kept in {self.path} ({error}); the answer above is complete. "
                "Free some space or check the file, then run the command again."
            ) from error

    def incidents(self, most: int = 100) -> Iterator[Kept]:
        """What is remembered, the latest seen first."""
        with self._legible():
            for row in self._db.table("incident").rows_where(order_by="seen desc", limit=most):
                yield _kept(row)

    def incident(self, name: str) -> Kept:
        """One incident by its id or an unambiguous beginning of it."""
        with self._legible():
            rows = list(self._db.table("incident").rows_where("substr(id, 1, ?) = ?", [len(name), name], limit=2))
            if len(rows) == 1:
                return _kept(rows[0])
        raise StoreError(
            f"{'No' if not rows else 'More than one'} incident begins with {name!r}; see 'edgeops incidents list'."
        )

    @contextmanager
    def _legible(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            raise StoreError(
                f"The store {self.path} cannot be read ({error}); it is damaged or not ours. Move it aside: "
                "the next answer begins a new one."
            ) from error


def _make(path: Path) -> None:
    """The file, for its owner alone whatever the umask is. A link is not followed."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


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


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
