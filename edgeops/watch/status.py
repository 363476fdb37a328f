"""How the watch stands, read from the store and the files themselves: it can be asked while a watch runs, and when none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeops.intake.feed import Checkpoint, FileMark
from edgeops.knowledge import lock
from edgeops.knowledge.database import Database
from edgeops.records import Skipped
from edgeops.watch.ledger import SHED, Ledger


@dataclass(frozen=True, slots=True)
class Stream:
    """One source: bytes and lines read, bytes that wait (None where that cannot be known), bytes of gaps known to be lost."""

    source: str
    offset: int
    lines: int
    lag: int | None
    gaps: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Bytes that were never read: at least and at most so many (None: nobody knows) of a source, from an offset on."""

    source: str
    reason: str
    start: int
    least: int
    most: int | None
    noticed: str


@dataclass(frozen=True, slots=True)
class Status:
    """pid is that of the running watch, 0 when none runs. troubles: what cannot be followed, and why. queue: incidents that wait to be explained; shed: given up for want of room."""

    pid: int
    sources: tuple[Stream, ...]
    troubles: tuple[Skipped, ...]
    gaps: tuple[Missing, ...]
    queue: int
    shed: int
    incidents: int
    lines: int
    templates: int


def status(database: Database, most_gaps: int = 20) -> Status:
    """The status of the watch of this store. Raises StoreError."""
    ledger = Ledger(database)
    checkpoints = ledger.checkpoints()
    troubles = tuple(Skipped(source, why) for source, why in ledger.troubles().items())
    with database.reading() as connection:
        gaps = [Missing(*row) for row in _last_gaps(connection, most_gaps)]
        lost = dict(connection.execute("SELECT source, count(*) FROM gap GROUP BY source"))
        counts = [
            connection.execute(query).fetchone()[0]
            for query in (
                "SELECT count(*) FROM watched WHERE waits",
                f"SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM fact WHERE name = '{SHED}'",
                "SELECT count(*) FROM watched",
                "SELECT coalesce(sum(lines), 0) FROM stream",
                "SELECT count(*) FROM tally",
            )
        ]
    streams = tuple(Stream(c.source, c.offset, c.lines, _lag(c), lost.get(c.source, 0)) for c in _named(checkpoints))
    return Status(lock.holder(database.path), streams, troubles, tuple(gaps), *counts)


def _last_gaps(connection: Any, most: int) -> Sequence[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = connection.execute(
        "SELECT source, loss, start, least, most, noticed FROM gap ORDER BY number DESC LIMIT ?", [most]
    ).fetchall()
    return found


def _named(checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Those that anything was read of, or that can be read again; others only say what was named once."""
    return sorted((one for one in checkpoints if one.mark or one.lines), key=lambda checkpoint: checkpoint.source)


def _lag(checkpoint: Checkpoint) -> int | None:
    """Bytes of the file behind the offset; None where it is packed, gone, or another file now."""
    mark = checkpoint.mark
    if not isinstance(mark, FileMark) or mark.packed:
        return None
    try:
        found = Path(checkpoint.source).stat()
    except (OSError, ValueError):
        return None
    if (found.st_dev, found.st_ino) != (mark.device, mark.inode):
        return None
    return max(0, found.st_size - checkpoint.offset)
