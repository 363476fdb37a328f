"""Backups that are whole or not there, and their return."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

# pysqlite3: a recent SQLite on machines whose own is old (Debian 12 has 3.40.1).
import pysqlite3  # type: ignore[import-untyped]

from edgeops.errors import StoreError
from edgeops.knowledge.schema import MIGRATIONS, foreign, version

BESIDE = ("-wal", "-shm", "-journal")
"""What stands beside a database while it is in use."""


def backup(store: Path, target: Path) -> int:
    """A copy of the store in one file, made while others write; bytes. Raises StoreError; target is whole or untouched."""
    if not store.is_file():
        raise StoreError(f"There is no store at {store} yet; there is nothing to back up.")
    try:
        with closing(opened(store, "ro")) as source:
            if foreign(source):
                raise StoreError(f"{store} is a database of another program, not a store; nothing was copied.")
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
        with closing(opened(made, "rw")) as copied:
            source.backup(copied)
            copied.execute("PRAGMA journal_mode = DELETE")
            check(copied, target)
        settle(made, target, old)
    finally:
        for end in ("", *BESIDE):
            Path(f"{made}{end}").unlink(missing_ok=True)


def restore(file: Path, store: Path) -> None:
    """Puts a backup in the place of the store, whose own file becomes `store.db.before`. Raises StoreError, nothing changed."""
    try:
        with closing(opened(file, "ro")) as source:
            found = version(source)
            if foreign(source):
                raise StoreError(f"{file} is a database of another program, not a backup; the store is as it was.")
            if not 0 < found <= len(MIGRATIONS):
                raise StoreError(
                    f"{file} is no backup that this edgeops can use (schema {found}, known are 1 to {len(MIGRATIONS)})."
                )
            check(source, file)
            if store.exists():
                _alone(store)
            copy(source, store, store.with_name(f"{store.name}.before"))
    except (OSError, pysqlite3.Error) as error:
        raise StoreError(f"The backup {file} cannot be restored ({error}); the store is as it was.") from error


def check(connection: Any, file: Path) -> None:
    """Raises StoreError when the database contradicts itself."""
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1)")]
    if found != ["ok"]:
        raise StoreError(f"{file} is damaged ({found[0]}); nothing was changed.")


def _alone(store: Path) -> None:
    """Raises StoreError while another process has the store open: its log would be lost."""
    with closing(opened(store, "rw")) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except pysqlite3.OperationalError as error:
            raise StoreError(
                f"The store {store} is in use; close the other edgeops first. Nothing was changed."
            ) from error
        except pysqlite3.DatabaseError:
            return  # damaged: which is why a backup is wanted


def settle(made: Path, target: Path, old: Path | None = None) -> None:
    """Moves a finished file to its place, where no log of an older one may stand; a kill leaves the one or the other."""
    _sync(made)
    if old and target.exists():
        old.unlink(missing_ok=True)
        os.link(target, old)
    for end in BESIDE:
        Path(f"{target}{end}").unlink(missing_ok=True)
    made.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def opened(path: Path, mode: str) -> Any:
    """A plain connection; mode is `ro` or `rw`."""
    quoted = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return pysqlite3.connect(f"file:{quoted}?mode={mode}", uri=True, isolation_level=None, timeout=10)
