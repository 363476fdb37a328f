"""What can be saved of a damaged store: every row that can still be read goes into a new one, and the old file is kept.

The rows are read from the file's pages, not through SQLite: a page that was hit costs its own rows, whichever page it is.
"""

from __future__ import annotations

import mmap
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

# pysqlite3: a recent SQLite on machines whose own is old (Debian 12 has 3.40.1).
import pysqlite3  # type: ignore[import-untyped]

from edgeops.errors import StoreError
from edgeops.knowledge.database import KEPT_LOG
from edgeops.knowledge.entry import Kind, Result
from edgeops.knowledge.mending import mend
from edgeops.knowledge.pages import Pages, Value
from edgeops.knowledge.rescue import BESIDE, check, opened, settle
from edgeops.knowledge.rows import Harvest, Row, shapes
from edgeops.knowledge.schema import migrate
from edgeops.knowledge.signs import doubted
from edgeops.records import Answer, Explanation, Incident, Normal, State

DERIVED = ("found", "term", "entry_template", "passage", "sketch", "vector")
"""Tables that are made anew from the others."""


def _many(count: int, what: str, several: str = "s", one: str = "") -> str:
    return f"{count} {what}{one if count == 1 else several}"


def _json(kind: Any) -> Callable[[Any], object]:
    return msgspec.json.Decoder(kind).decode


def _no_time(value: Any) -> None:
    """Of two texts in an index the first may be a time; a fact has a name."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return
    raise ValueError("a time instead of a name")


_NAMES, _TIME = _json(tuple[str, ...]), datetime.fromisoformat
_FORMS: Mapping[str, Mapping[str, Callable[[Any], object]]] = {
    "incident": {
        **dict.fromkeys(("seen", "start", "end"), _TIME), "state": State,
        "hosts": _NAMES, "sources": _NAMES, "explanation": _json(Explanation),
    },
    "entry": {"kind": Kind, "templates": _NAMES, **dict.fromkeys(("created", "updated", "retired"), _TIME)},
    "version": {"parents": _NAMES, "templates": _NAMES, "updated": _TIME, "retired": _TIME},
    "outcome": {"result": Result, "time": _TIME},
    "feedback": {"kind": ("useful", "wrong", "note").index, "time": _TIME},
    "fact": {"name": _no_time},
    "normal": {"learnt": _TIME, "record": _json(Normal)},
    "turn": {"time": _TIME, "ruled_out": _NAMES, "answer": _json(Answer)},
    "hand": {"logs": _NAMES, "incidents": _json(tuple[Incident, ...])},
}  # fmt: skip
"""What raises ValueError for a value that the store could make no record of. Of other tables only types are looked at."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a damaged store: where the old file is now, the rows saved of each table, and what could not be read.

    lost counts rows by their table ("" where it is not known of which), pages those that nothing could be read of; mended are
    entries that are as their versions say, because their own rows were lost or changed.
    """

    original: Path
    rows: dict[str, int]
    lost: dict[str, int]
    pages: int
    mended: int = 0

    @property
    def told(self) -> str:
        """What became of it, in a sentence or two."""
        lost = f"; {self.lack}" if self.lack else ""
        return f"What could be read is in a new store{lost}. The old one is {self.original}."

    @property
    def lack(self) -> str:
        """What could not be read, in words; empty when all could."""
        parts = [f"{_many(count, 'row')} of {table or 'unknown tables'}" for table, count in self.lost.items()]
        parts += [_many(self.pages, "page")] if self.pages else []
        mended = [f"{_many(self.mended, 'entr', 'ies', 'y')} could be mended"] if self.mended else []
        return "; ".join([*([f"{', '.join(parts)} could not be read"] if parts else []), *mended])


def salvage(store: Path, now: datetime) -> Saved:
    """A new store of all rows that can still be read; the damaged one is kept beside it. Raises StoreError."""
    original = store.with_name(f"{store.name}.damaged-{now:%Y%m%dT%H%M%S}")
    made = store.with_name(f".{store.name}.{os.getpid()}.part")
    try:
        os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
        with closing(opened(made, "rw")) as fresh, _pages(store) as pages:
            migrate(fresh)
            harvest = Harvest(pages, shapes(fresh, _tables(fresh)), _sound)
            rows = _fill(fresh, harvest)
            if not any(rows.values()):
                raise StoreError(
                    f"Nothing of edgeops can be found in {store}; it was left as it is. Move it aside, and the next command begins anew."
                )
            fresh.execute("BEGIN")
            mended = mend(fresh)
            fresh.execute("DELETE FROM fact WHERE name IN ('words', 'embedder')")
            fresh.execute("COMMIT")
            check(fresh, made)
        for end in (*BESIDE, KEPT_LOG):
            if Path(f"{store}{end}").exists():
                Path(f"{store}{end}").replace(f"{original}{end}")
        settle(made, store, original)
        doubted(store).unlink(missing_ok=True)
    except (OSError, pysqlite3.Error) as error:
        raise StoreError(f"Nothing could be saved of {store} ({error}); it was left as it is.") from error
    finally:
        for end in ("", *BESIDE):
            Path(f"{made}{end}").unlink(missing_ok=True)
    lost = {table: count for table, count in harvest.lost.items() if count}
    return Saved(original, rows, lost, harvest.unread, mended)


def unsound(connection: Any) -> list[str]:
    """The tables with rows that the store can make no record of."""
    found = []
    for shape in shapes(connection, _tables(connection)):
        try:
            rows = connection.execute(f"SELECT {_quoted(shape.columns)} FROM {shape.table}")
            whole = all(_sound(shape.table, dict(zip(shape.columns, row, strict=True))) for row in rows)
        except (pysqlite3.Error, UnicodeDecodeError):
            whole = False
        found += [] if whole else [shape.table]
    return found


@contextmanager
def _pages(store: Path) -> Iterator[Pages]:
    """The pages of a file, never changed; its log with them."""
    kept, log = Path(f"{store}{KEPT_LOG}"), Path(f"{store}-wal")
    log = kept if kept.exists() else log
    with store.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            yield Pages(b"")
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield Pages(content, log.read_bytes() if log.exists() else b"")


def _tables(fresh: Any) -> list[str]:
    """The tables of today's schema that hold what cannot be made anew."""
    names = [name for (name,) in fresh.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")]
    return [name for name in names if not name.startswith(("sqlite_", "found_")) and name not in DERIVED]


def _fill(fresh: Any, rows: Harvest) -> Counter[str]:
    """Keeps the rows; of two with the same key the first."""
    kept = Counter[str](dict.fromkeys(_tables(fresh), 0))
    fresh.execute("BEGIN")
    for row in rows:
        kept[row.table] += _insert(fresh, row)
    fresh.execute("COMMIT")
    return kept


def _insert(fresh: Any, row: Row) -> int:
    marks = ", ".join("?" * len(row.columns))
    cursor = fresh.execute(f"INSERT OR IGNORE INTO {row.table} ({_quoted(row.columns)}) VALUES ({marks})", row.values)
    return int(cursor.rowcount)


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _sound(table: str, row: Mapping[str, Value]) -> bool:
    """Whether the store could make a record of the row."""
    try:
        for column, form in _FORMS.get(table, {}).items():
            if row[column] is not None:
                form(row[column])
    except (ValueError, msgspec.MsgspecError):
        return False
    return True
