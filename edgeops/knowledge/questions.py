"""Questions to the store in SQL: tables with names that stay, read and never written, for so long and so many rows at most."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# pysqlite3: see edgeops.knowledge.database.
import pysqlite3  # type: ignore[import-untyped]

from edgeops.errors import UsageError
from edgeops.knowledge.database import Database
from edgeops.knowledge.views import VIEWS, View

MOST_ROWS = 1_000
MOST_CHARACTERS = 4_000_000
PATIENCE_S = 3.0
_MOST_JOINED = 100_000
_OPERATIONS = 5_000
_HARMLESS = frozenset(
    "abs avg ceil ceiling coalesce count cume_dist date datetime dense_rank first_value floor glob group_concat ifnull iif "
    "instr julianday lag last_value lead length like lower ltrim max min nth_value ntile nullif percent_rank rank round "
    "row_number rtrim sign strftime string_agg substr substring sum time timediff total trim typeof unixepoch upper -> ->> "
    "json_extract json_each json_array_length".split()
)
_FIRST = re.compile(r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(\w*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Table:
    """The answer. cut: there is more than was asked for."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    cut: bool = False


def ask(file: Path, sql: str, most: int = MOST_ROWS, stopped: Callable[[], bool] = lambda: False) -> Table:
    """The answer to a SELECT over the VIEWS. Raises UsageError with a sentence where it is none or takes too long, StoreError."""
    if (first := _FIRST.match(sql)) and first[1].lower() not in ("select", "with", "values"):
        raise UsageError("Only questions are answered here: SELECT … FROM " + ", ".join(VIEWS) + ".")
    if not file.exists():
        raise UsageError("Nothing was kept yet: explain a log first.")
    with closing(Database(file, readonly=True)) as database, database.reading() as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        views = {name: view for name, view in VIEWS.items() if view.table in tables}
        for name, view in views.items():
            connection.execute(f"CREATE TEMP VIEW {name} ({view.columns}) AS {view.select}")
        for name in ("group_concat", "string_agg"):
            connection.create_aggregate(name, -1, _Joined)
        connection.execute("PRAGMA query_only = ON")
        connection.set_authorizer(_Warden(views))
        end = time.monotonic() + PATIENCE_S
        connection.set_progress_handler(lambda: stopped() or time.monotonic() > end, _OPERATIONS)
        try:
            return _read(connection.execute(sql), most)
        except (pysqlite3.ProgrammingError, pysqlite3.Warning) as error:
            raise UsageError(f"That is not one question: {error}.") from error
        except (pysqlite3.OperationalError, pysqlite3.DatabaseError) as error:
            if sentence := _sentence(error, stopped()):
                raise UsageError(sentence) from error
            raise


def _read(cursor: Any, most: int) -> Table:
    columns = tuple(name for name, *_ in cursor.description or ())
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        if len(rows) == most or size > MOST_CHARACTERS:
            return Table(columns, tuple(rows), cut=True)
        rows.append(row)
        size += sum(len(cell) for cell in row if isinstance(cell, (str, bytes)))
    return Table(columns, tuple(rows))


def _sentence(error: Any, stopped: bool) -> str:
    """What a person can do about it; nothing for what is the store's fault."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith("SQLITE_INTERRUPT"):
        return (
            "Stopped." if stopped else f"That takes longer than {PATIENCE_S:.0f} s; ask for less, with WHERE or LIMIT."
        )
    if name.startswith("SQLITE_AUTH") or "not authorized" in str(error):
        return f"Not for here: {error}. There are {', '.join(VIEWS)}, to read, with plain functions."
    return f"Not understood: {error}." if name == "SQLITE_ERROR" else ""


class _Warden:
    """Lets pass what reads one of the views, and functions that can do no harm."""

    def __init__(self, views: Mapping[str, View]) -> None:
        self._views = views

    def __call__(self, action: int, one: str | None, two: str | None, database: str | None, within: str | None) -> int:
        match action:
            case pysqlite3.SQLITE_SELECT:
                allowed = True
            case pysqlite3.SQLITE_READ:
                # To count rows is to read no column.
                allowed = within in self._views or one in self._views or one == "json_each" or not two
            case 31:  # SQLITE_FUNCTION, which pysqlite3 does not name
                allowed = two in _HARMLESS or within in self._views
            case _:
                allowed = False
        return int(pysqlite3.SQLITE_OK if allowed else pysqlite3.SQLITE_DENY)


class _Joined:
    """group_concat, which would else join up to a gigabyte."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def step(self, value: Any, separator: str = ",") -> None:
        """One more."""
        if value is not None and self._size < _MOST_JOINED:
            self._parts += [str(separator)] * bool(self._parts) + [str(value)]
            self._size += len(str(value))

    def finalize(self) -> str | None:
        """All of them, or as many as there is room for."""
        return "".join(self._parts)[:_MOST_JOINED] if self._parts else None
