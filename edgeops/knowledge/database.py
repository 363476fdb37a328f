"""The store's file: opened for its owner alone, checked, brought up to date; transactions, and errors as sentences.

Uses pysqlite3, whose bundled SQLite is free of the WAL-reset bug of 3.7.0 to 3.51.2 (RELIABILITY, finding 2). Every
commit is synced to the disk (synchronous=FULL): notes, outcomes and approvals survive a power cut.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

# pysqlite3: a recent SQLite on machines whose own is old (Debian 12 has 3.40.1).
import pysqlite3  # type: ignore[import-untyped]

# sqlite-utils: rows in and out without an ORM; kept by its author for years, picks up pysqlite3 by itself.
import sqlite_utils

from edgeops.errors import StoreError
from edgeops.knowledge import ballast, signs
from edgeops.knowledge.frames import broken, gone, promised
from edgeops.knowledge.schema import MIGRATIONS, foreign, migrate, version

SAFE_SINCE = (3, 51, 3)
WAIT_S = 10
"""How long a writer waits for the others; SQLite asks for at least 5 s where many write."""
CHECKED_BYTES = 32_000_000
"""A file up to this size is checked whenever it is opened for writing (1 to 3 ms/MB)."""
CACHE_KB = 16_000
"""Of the file, kept in memory: a search of 100,000 entries comes back to the same pages again and again."""
DAMAGE = (pysqlite3.Error, msgspec.MsgspecError, ValueError)
"""What a file whose bytes were changed raises: SQLite does not notice everything, and then its texts do not decode."""
KEPT_LOG = "-wal.kept"
"""The end of the name of a damaged log, which SQLite would cut off at the damage."""
_HELD: Counter[tuple[int, int]] = Counter()
"""How many connections this process has to a file (device and inode).

Whoever opens and closes such a file, or its index, takes away the locks of all of them (POSIX); another process then takes
itself for the only one and cuts the index off under us. So while there is one, the files are left to SQLite.
"""
_NOWHERE = (0, 0)
_OPENING = Lock()
_DAMAGED = (
    "The store {path} is damaged ({error}). 'edgeops restore' puts a backup in its place; "
    "'edgeops restore --salvage' makes a new one of what can still be read and keeps the old one."
)


def linked() -> tuple[int, ...]:
    """The version of the SQLite that this program is linked with."""
    return tuple(pysqlite3.sqlite_version_info)


class DamagedStore(StoreError):
    """The file is ours, or was, and its contents contradict themselves; `edgeops.knowledge.salvage` may help."""


class Database:
    """One connection. Raises StoreError with a sentence; the file is never left half-made."""

    def __init__(self, path: Path, readonly: bool = False) -> None:
        if linked() < SAFE_SINCE:
            raise StoreError(
                f"SQLite {pysqlite3.sqlite_version} can corrupt a store with two writers; reinstall pysqlite3 (make demo)."
            )
        self.path = path
        self.readonly = readonly
        with _OPENING:
            while not self._opens():
                pass
            self._held = _identity(path)
            _HELD.update([self._held])
        self.rows = sqlite_utils.Database(self.connection)

    def _opens(self) -> bool:
        """Opens the file; False when it is worth another try. Raises StoreError."""
        here = _identity(self.path)
        self._first = here == _NOWHERE or not _HELD[here]
        try:
            if not self.readonly and self._first:
                _make(self.path)
                if wrong := signs.header(self.path):
                    raise self._damaged(wrong)
                self._log_is_there()
            self._promise = promised(self.path) if self._first else None
            self.connection = _connect(self.path, self.readonly)
            try:
                self._prepare()
            except BaseException:
                self.connection.close()
                raise
        except (OSError, *DAMAGE) as error:
            if ballast.spent(self.path):
                return False
            raise self._unopened(error) from error
        return True

    def _unopened(self, error: Exception) -> StoreError:
        if signs.damaging(error) and (not self._first or signs.database(self.path)):
            return self._damaged(error)
        if signs.damaging(error):
            return StoreError(
                f"The file {self.path} is no store of edgeops ({error}). Move it aside, or set another EDGEOPS_HOME."
            )
        if ballast.full(self.path):
            return StoreError(
                f"The disk of the store {self.path} is full; nothing was changed. Free some space, then run the command again."
            )
        return StoreError(
            f"The store {self.path} cannot be opened ({error}); answers go on without it. "
            "Check its permissions and the free space, or move it aside."
        )

    def _damaged(self, error: object) -> DamagedStore:
        return DamagedStore(_DAMAGED.format(path=self.path, error=error))

    def _prepare(self) -> None:
        if wrong := signs.schema(self.connection):
            raise self._damaged(wrong)
        found = version(self.connection)
        if found > len(MIGRATIONS):
            raise StoreError(
                f"The store {self.path} was made by a newer edgeops (schema {found}, this one knows {len(MIGRATIONS)}); "
                "nothing was changed. Use that version, or another EDGEOPS_HOME."
            )
        if foreign(self.connection):
            raise StoreError(
                f"The file {self.path} cannot be opened: it is a database of another program. Move it aside, "
                "or set another EDGEOPS_HOME."
            )
        self.connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        if self.readonly:
            return
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self._log_is_whole()
        if self.path.stat().st_size <= CHECKED_BYTES:
            self.check(whole=True)
        migrate(self.connection, self._before_migration)
        ballast.lay(self.path)

    def _log_is_there(self) -> None:
        """Raises DamagedStore when the log was deleted with changes that were not in the file yet."""
        if Path(f"{self.path}{KEPT_LOG}").exists():
            raise self._damaged(f"its log {self.path.name}-wal was damaged")
        if pages := gone(self.path):
            raise self._damaged(f"its log {self.path.name}-wal is gone with {pages} changed pages")

    def _log_is_whole(self) -> None:
        """Raises DamagedStore when SQLite reads less of the log than was committed; the log is kept as it is."""
        _, found, _ = self.connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
        if pages := broken(self.path, self._promise, found):
            shutil.copyfile(f"{self.path}-wal", f"{self.path}{KEPT_LOG}")
            raise self._damaged(f"its log {self.path.name}-wal is damaged before {pages} of its changed pages")

    def _before_migration(self, found: int) -> None:
        from edgeops.knowledge.rescue import copy  # which opens databases itself

        copy(self.connection, self.path.with_name(f"{self.path.name}.v{found}"))

    def check(self, whole: bool = False) -> None:
        """Raises DamagedStore when the file contradicts itself. whole also compares indexes with tables (a third slower)."""
        kind = "integrity_check" if whole else "quick_check"
        try:
            found = [str(row[0]) for row in self.connection.execute(f"PRAGMA {kind}(1)")]
        except DAMAGE as error:
            found = [str(error)]
        if found != ["ok"]:
            raise self._damaged(found[0])

    @contextmanager
    def writing(self, what: str = "It", after: str = "") -> Iterator[Any]:
        """The connection inside a transaction that others wait for; inside another one it is part of that.

        what and after are for the sentence of a failure: what could not be kept, and what still holds.
        """
        if self.connection.in_transaction:
            yield self.connection
            return
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
        except DAMAGE as error:
            raise StoreError(self._unkept(error, what, after)) from error

    def _unkept(self, error: Exception, what: str, after: str) -> str:
        name = getattr(error, "sqlite_errorname", "")
        advice = "Check the file and its permissions, then run the command again."
        if name.startswith("SQLITE_BUSY") or name.startswith("SQLITE_LOCKED"):
            advice = f"Another edgeops has been writing for {WAIT_S} s; run the command again when it is done."
        elif name.startswith("SQLITE_FULL"):
            ballast.drop(self.path)
            advice = "The disk is full: free some space, then run the command again."
        elif name.startswith("SQLITE_READONLY"):
            advice = "It is open for reading only: check the permissions of the file and its directory."
        return " ".join(
            filter(
                None, [f"{what} could not be kept in {self.path} ({error});", after or "nothing was changed.", advice]
            )
        )

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """The connection, its errors as sentences."""
        try:
            yield self.connection
        except DAMAGE as error:
            if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise StoreError(f"The store {self.path} is locked by another edgeops; try again.") from error
            if not isinstance(error, pysqlite3.Error) or signs.damaging(error):
                signs.doubt(self.path)
            raise StoreError(
                f"The store {self.path} cannot be read ({error}); it is damaged or not ours. Run 'edgeops restore "
                "--salvage', or move it aside: the next answer begins a new one."
            ) from error

    def close(self) -> None:
        with _OPENING:
            self.connection.close()
            _HELD.subtract([self._held])
            self._held = _NOWHERE


def _connect(path: Path, readonly: bool) -> Any:
    """A file in a directory where nothing can be made is read as it is, if no log stands beside it."""
    mode = "ro" if readonly else "rw"
    log = path.with_name(f"{path.name}-wal")
    if (
        readonly
        and (not os.access(path.parent, os.W_OK) or ballast.full(path))
        and not (log.exists() and log.stat().st_size)
    ):
        mode = "ro&immutable=1"
    return pysqlite3.connect(f"file:{_quoted(path)}?mode={mode}", uri=True, isolation_level=None, timeout=WAIT_S)


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return _NOWHERE
    return found.st_dev, found.st_ino


def _make(path: Path) -> None:
    """The file, for its owner alone whatever the umask is. A link is not followed."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
