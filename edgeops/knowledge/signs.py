"""Signs that the bytes of a store were changed, which SQLite does not see or takes for something else."""

from __future__ import annotations

from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

# pysqlite3: a recent SQLite on machines whose own is old (Debian 12 has 3.40.1).
import pysqlite3  # type: ignore[import-untyped]

from edgeops.knowledge.schema import MIGRATIONS, version

_MAGIC = b"SQLite format 3\0"
_ALIKE = 12
"""So many of its bytes make a file one of SQLite's, some of whose first bytes were changed."""
_NEWER = 2
"""So many schemas later an edgeops may have the very same tables; a higher number was made by no edgeops."""
_BROKEN = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_UNDECODED = "Could not decode to UTF-8"


def damaging(error: BaseException) -> bool:
    """Whether an error says that the bytes of the file are wrong (rather than that it cannot be reached)."""
    name = getattr(error, "sqlite_errorname", "")
    return name.startswith(_BROKEN) or isinstance(error, UnicodeDecodeError) or _UNDECODED in str(error)


def database(path: Path) -> bool:
    """Whether a file is a database of SQLite, or was."""
    return sum(one == other for one, other in zip(_head(path), _MAGIC, strict=False)) >= _ALIKE


def header(path: Path) -> str:
    """What is wrong with the first bytes of a database, in words; empty when nothing is, or it is none."""
    head = _head(path)
    if len(head) < 100 or not database(path):
        return ""
    changed = head[:16] != _MAGIC or not {head[18], head[19]} <= {1, 2}
    changed |= int.from_bytes(head[44:48], "big") > 4 or int.from_bytes(head[56:60], "big") > 3
    return "its first bytes were changed" if changed else ""


def schema(connection: Any) -> str:
    """What is wrong with the version that a store states, in words; empty when nothing is."""
    connection.execute("BEGIN")  # another process may be bringing it up to date
    try:
        stated, tables = version(connection), _statements(connection)
    finally:
        connection.execute("COMMIT")
    models = _models()
    whole = max(number for number, model in enumerate(models) if model <= tables)
    if stated > len(MIGRATIONS):
        wrong = stated > len(MIGRATIONS) + _NEWER and tables == models[whole]
    else:
        wrong = stated < whole
    if wrong:
        return f"it says that its schema is {stated}, but it is {whole}"
    ours = models[stated] if whole < stated <= len(MIGRATIONS) else frozenset()
    return "its list of tables was changed" if 2 * len(ours & tables) > len(ours) else ""


@cache
def _models() -> tuple[frozenset[str], ...]:
    """What stands in the list of tables of each version."""
    found = [frozenset[str]()]
    with closing(pysqlite3.connect(":memory:", isolation_level=None)) as model:
        for statements in MIGRATIONS:
            for statement in statements:
                model.execute(statement)
            found.append(_statements(model))
    return tuple(found)


def _statements(connection: Any) -> frozenset[str]:
    return frozenset(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"))


def doubt(path: Path) -> None:
    """Leaves a mark that something in the file could not be read, which no check at its opening finds."""
    with suppress(OSError):
        doubted(path).touch(0o600)


def doubted(path: Path) -> Path:
    """The mark of a file that is to be looked through when it is next opened."""
    return path.with_name(f"{path.name}.doubted")


def _head(path: Path) -> bytes:
    with suppress(OSError), path.open("rb") as file:
        return file.read(100)
    return b""
