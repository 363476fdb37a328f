"""What can be saved of a damaged store: every row that can still be read goes into a new one, and the old file is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

# pysqlite3: a recent SQLite on machines whose own is old (Debian 12 has 3.40.1).
import pysqlite3  # type: ignore[import-untyped]

from edgeops.errors import StoreError
from edgeops.knowledge.entry import Kind, Result
from edgeops.knowledge.rescue import BESIDE, check, opened, settle
from edgeops.knowledge.schema import migrate
from edgeops.records import Explanation, State

DERIVED = ("found", "term", "entry_template", "passage", "sketch", "vector")
"""Tables that are made anew from the others."""
WRONG = (msgspec.MsgspecError, ValueError, TypeError)
_NAMES = {"templates", "hosts", "sources"}
_TIMES = {"created", "updated", "retired", "time", "seen", "start", "end"}
_MOST_TRIES = 20_000
_FAR = 1 << 22
"""Rows looked for where not even the last row can be found."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a damaged store: where the old file is now, the rows read of each table, the tables not read to the end."""

    original: Path
    rows: dict[str, int]
    broken: tuple[str, ...]


def salvage(store: Path, now: datetime) -> Saved:
    """A new store of all rows that can still be read; the damaged one is kept beside it. Raises StoreError."""
    original = store.with_name(f"{store.name}.damaged-{now:%Y%m%dT%H%M%S}")
    made = store.with_name(f".{store.name}.{os.getpid()}.part")
    rows: dict[str, int] = {}
    broken: list[str] = []
    try:
        os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
        with closing(opened(made, "rw")) as fresh, closing(opened(store, "rw")) as old:
            migrate(fresh)
            for table in _tables(fresh):
                whole = _save(old, fresh, table, rows)
                broken += [] if whole else [table]
            fresh.execute("DELETE FROM fact WHERE name IN ('words', 'embedder')")
            check(fresh, made)
        for end in BESIDE:
            if Path(f"{store}{end}").exists():
                Path(f"{store}{end}").replace(f"{original}{end}")
        settle(made, store, original)
    except (OSError, pysqlite3.Error) as error:
        raise StoreError(f"Nothing could be saved of {store} ({error}); it was left as it is.") from error
    finally:
        for end in ("", *BESIDE):
            Path(f"{made}{end}").unlink(missing_ok=True)
    return Saved(original, rows, tuple(broken))


def _tables(fresh: Any) -> list[str]:
    """The tables of today's schema that hold what cannot be made anew."""
    names = [name for (name,) in fresh.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")]
    return [name for name in names if not name.startswith(("sqlite_", "found_")) and name not in DERIVED]


def _save(old: Any, fresh: Any, table: str, rows: dict[str, int]) -> bool:
    """Copies the legible rows of one table; whether it was read to the end."""
    whole = True
    rows[table] = 0
    columns = [row[1] for row in fresh.execute(f"PRAGMA table_info({table})")]
    names = ", ".join(f'"{column}"' for column in columns)
    statement = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"
    fresh.execute("BEGIN")
    for row in _legible(old, table, names):
        if row is None:
            whole = False
            continue
        try:
            _prove(table, dict(zip(columns, row, strict=True)))
            rows[table] += fresh.execute(statement, row).rowcount
        except (pysqlite3.Error, *WRONG):  # its bytes were changed
            whole = False
    fresh.execute("COMMIT")
    return whole


def _prove(table: str, row: dict[str, Any]) -> None:
    """Raises one of WRONG when the store could not make a record of the row."""
    for column, value in row.items():
        if column in _NAMES:
            msgspec.json.decode(value, type=tuple[str, ...])
        elif column in _TIMES and value is not None:
            datetime.fromisoformat(value)
    if table == "entry":
        Kind(row["kind"])
    elif table == "outcome":
        Result(row["result"])
    elif table == "incident":
        State(row["state"])
        msgspec.json.decode(row["explanation"], type=Explanation)


def _legible(old: Any, table: str, names: str) -> Iterator[tuple[Any, ...] | None]:
    """Every row that can be read; None for a place that cannot."""
    try:
        rowid = (
            "WITHOUT ROWID" not in old.execute("SELECT sql FROM sqlite_schema WHERE name = ?", [table]).fetchone()[0]
        )
    except (pysqlite3.Error, ValueError, TypeError):
        yield None
        return
    if rowid:
        yield from _by_number(old, table, names)
        return
    keys = [row[1] for row in old.execute(f"PRAGMA table_info({table})") if row[5]]
    for order in ("ASC", "DESC"):
        ordered = ", ".join(f"{key} {order}" for key in keys)
        try:
            yield from old.execute(f"SELECT {names} FROM {table} ORDER BY {ordered}")
            return
        except (pysqlite3.Error, ValueError):
            yield None


def _by_number(old: Any, table: str, names: str) -> Iterator[tuple[Any, ...] | None]:
    """Rows in ranges of their numbers; a range that cannot be read is halved until the bad place stands alone."""
    ranges = [(1, _highest(old, table))]
    tries = 0
    while ranges and tries < _MOST_TRIES:
        low, high = ranges.pop()
        try:
            rows = old.execute(
                f"SELECT {names} FROM {table} NOT INDEXED WHERE rowid BETWEEN ? AND ?", [low, high]
            ).fetchall()
        except (pysqlite3.Error, ValueError):
            tries += 1
            if low == high:
                yield None
            else:
                middle = (low + high) // 2
                ranges += [(middle + 1, high), (low, middle)]
            continue
        yield from rows
    if ranges:
        yield None


def _highest(old: Any, table: str) -> int:
    try:
        return int(old.execute(f"SELECT max(rowid) FROM {table} NOT INDEXED").fetchone()[0] or 1)
    except (pysqlite3.Error, ValueError):
        return _FAR
