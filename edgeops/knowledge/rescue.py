"""Backups that are whole or not there, their return, and what can be saved of a damaged store."""

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
from edgeops.knowledge.schema import MIGRATIONS, migrate, version
from edgeops.records import Explanation, State

SAVED = ("incident", "entry", "version", "entry_template", "outcome", "feedback", "fact")
"""The tables that hold what people said; everything else is made anew from them."""
WRONG = (msgspec.MsgspecError, ValueError, TypeError)
_NAMES = {"templates", "hosts", "sources"}
_TIMES = {"created", "updated", "retired", "time", "seen", "start", "end"}
_MOST_TRIES = 20_000
_FAR = 1 << 22
"""Rows looked for where not even the last row can be found."""
_BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a damaged store: where the old file is now, the rows read of each table, the tables not read to the end."""

    original: Path
    rows: dict[str, int]
    broken: tuple[str, ...]


def backup(store: Path, target: Path) -> int:
    """A copy of the store in one file, made while others write; bytes. Raises StoreError; target is whole or untouched."""
    if not store.is_file():
        raise StoreError(f"There is no store at {store} yet; there is nothing to back up.")
    try:
        with closing(_opened(store, "ro")) as source:
            copy(source, target)
    except (OSError, pysqlite3.Error) as error:
        raise StoreError(
            f"The backup {target} could not be made ({error}); check the place and its free space."
        ) from error
    return target.stat().st_size


def copy(source: Any, target: Path, old: Path | None = None) -> None:
    """Page by page into a file beside target, checked, synced, then moved there; what stood there becomes `old`."""
    made = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
        with closing(_opened(made, "rw")) as copied:
            source.backup(copied)
            copied.execute("PRAGMA journal_mode = DELETE")
            _check(copied, target)
        _settle(made, target, old)
    finally:
        for end in ("", *_BESIDE):
            Path(f"{made}{end}").unlink(missing_ok=True)


def restore(file: Path, store: Path) -> None:
    """Puts a backup in the place of the store, whose own file becomes `store.db.before`. Raises StoreError, nothing changed."""
    try:
        with closing(_opened(file, "ro")) as source:
            found = version(source)
            if not 0 < found <= len(MIGRATIONS):
                raise StoreError(
                    f"{file} is no backup that this edgeops can use (schema {found}, known are 1 to {len(MIGRATIONS)})."
                )
            _check(source, file)
            if store.exists():
                _alone(store)
            copy(source, store, store.with_name(f"{store.name}.before"))
    except (OSError, pysqlite3.Error) as error:
        raise StoreError(f"The backup {file} cannot be restored ({error}); the store is as it was.") from error


def salvage(store: Path, now: datetime) -> Saved:
    """A new store of all rows that can still be read; the damaged one is kept beside it. Raises StoreError."""
    original = store.with_name(f"{store.name}.damaged-{now:%Y%m%dT%H%M%S}")
    made = store.with_name(f".{store.name}.{os.getpid()}.part")
    rows: dict[str, int] = {}
    broken: list[str] = []
    try:
        os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
        with closing(_opened(made, "rw")) as fresh, closing(_opened(store, "rw")) as old:
            migrate(fresh)
            for table in SAVED:
                whole = _save(old, fresh, table, rows)
                broken += [] if whole else [table]
            _check(fresh, made)
        for end in _BESIDE:
            if Path(f"{store}{end}").exists():
                Path(f"{store}{end}").replace(f"{original}{end}")
        _settle(made, store, original)
    except (OSError, pysqlite3.Error) as error:
        raise StoreError(f"Nothing could be saved of {store} ({error}); it was left as it is.") from error
    finally:
        for end in ("", *_BESIDE):
            Path(f"{made}{end}").unlink(missing_ok=True)
    return Saved(original, rows, tuple(broken))


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


def _check(connection: Any, file: Path) -> None:
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1)")]
    if found != ["ok"]:
        raise StoreError(f"{file} is damaged ({found[0]}); nothing was changed.")


def _alone(store: Path) -> None:
    """Raises StoreError while another process has the store open: its log would be lost."""
    with closing(_opened(store, "rw")) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except pysqlite3.OperationalError as error:
            raise StoreError(
                f"The store {store} is in use; close the other edgeops first. Nothing was changed."
            ) from error
        except pysqlite3.DatabaseError:
            return  # damaged: which is why a backup is wanted


def _settle(made: Path, target: Path, old: Path | None = None) -> None:
    """Moves a finished file to its place, where no log of an older one may stand; a kill leaves the one or the other."""
    _sync(made)
    if old and target.exists():
        old.unlink(missing_ok=True)
        os.link(target, old)
    for end in _BESIDE:
        Path(f"{target}{end}").unlink(missing_ok=True)
    made.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _opened(path: Path, mode: str) -> Any:
    quoted = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return pysqlite3.connect(f"file:{quoted}?mode={mode}", uri=True, isolation_level=None, timeout=10)
