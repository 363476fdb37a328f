"""The store: whether it is whole, of our schema and findable; read only, whatever its state."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from edgeops.errors import StoreError
from edgeops.health.check import Check, told
from edgeops.knowledge import index
from edgeops.knowledge.database import SAFE_SINCE, Database, linked

__all__ = ["SAFE_SINCE", "latest", "linked", "search", "store"]
_NO_STORE = "none yet; it is made when there is something to keep"


def store(file: Path, deep: bool) -> Check:
    """Whether the store is whole. deep reads every page and compares the indexes with the tables."""
    if not file.exists():
        return Check("store", True, _NO_STORE)
    try:
        database = Database(file, readonly=True)
        try:
            database.check(whole=deep)
            return Check("store", True, f"{file}: {_contents(database)}, {'every page read' if deep else 'checked'}")
        finally:
            database.close()
    except StoreError as error:
        return told("store", str(error))
    except OSError as error:
        return Check("store", False, f"The store {file} cannot be read ({error.strerror}).", "Check its permissions.")


def _contents(database: Database) -> str:
    with database.reading() as connection:
        (incidents,) = connection.execute("SELECT count(*) FROM incident").fetchone()
        (entries,) = connection.execute("SELECT count(*) FROM entry WHERE retired IS NULL").fetchone()
    size = database.path.stat().st_size / 1e6
    return f"{incidents} incidents, {entries} entries, {size:.1f} MB"


def search(file: Path) -> Check:
    """Whether what the store holds can be found by words and by meaning."""
    if not file.exists():
        return Check("search", True, _NO_STORE)
    try:
        database = Database(file, readonly=True)
        try:
            with database.reading() as connection:
                if index.stale(connection):
                    return Check("search", True, "the index is of another version; it is made anew at the next writing")
                (missing,) = connection.execute(
                    "SELECT count(*) FROM passage WHERE number NOT IN (SELECT passage FROM sketch)"
                ).fetchone()
                (passages,) = connection.execute("SELECT count(*) FROM passage").fetchone()
        finally:
            database.close()
    except StoreError as error:
        return told("search", str(error))
    if missing:
        detail = f"{missing} of {passages} passages are found by their words only so far"
        return Check("search", True, detail, "Each `edgeops kb search` adds some of their vectors.")
    return Check("search", True, f"all of {passages} passages are found by words and by meaning")


def latest(file: Path) -> datetime | None:
    """The latest time that the store remembers; None when there is none, or it cannot be read."""
    if not file.exists():
        return None
    try:
        database = Database(file, readonly=True)
        try:
            with database.reading() as connection:
                rows = connection.execute(
                    "SELECT max(seen) FROM incident UNION ALL SELECT max(updated) FROM entry UNION ALL SELECT max(time) FROM outcome"
                ).fetchall()
                times = [datetime.fromisoformat(text) for (text,) in rows if text]
                return max((time for time in times if time.tzinfo), default=None)
        finally:
            database.close()
    except StoreError:
        return None
