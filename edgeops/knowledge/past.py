"""Past incidents: which entries explain a template, and that an incident is settled."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from edgeops.knowledge.database import Database
from edgeops.knowledge.entry import COLUMNS, Entry, Tally, entry_of, tallied
from edgeops.records import State

MOST = 5


def explaining(database: Database, templates: Sequence[str]) -> list[Entry]:
    """Living entries that name one of these templates; the advice that worked most often, failed or was called wrong least often, first."""
    marks = ", ".join("?" * len(templates))
    with database.reading() as connection:
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM entry WHERE retired IS NULL AND number IN "
            f"(SELECT entry FROM entry_template WHERE template IN ({marks}))",
            list(templates),
        ).fetchall()
    found = sorted(map(entry_of, rows), key=lambda entry: entry.updated, reverse=True)
    return sorted(found, key=lambda entry: -entry.outcomes.promise)[:MOST]


def tried(database: Database, mark: str) -> list[Entry]:
    """The entries that have an outcome whose note ends so, the best first."""
    with database.reading() as connection:
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM entry WHERE id IN (SELECT entry FROM outcome WHERE substr(note, ?) = ?)",
            [-len(mark), mark],
        ).fetchall()
    return sorted(map(entry_of, rows), key=lambda entry: (-entry.outcomes.promise, entry.created, entry.id))


def fared(database: Database, names: Sequence[str]) -> dict[str, Tally]:
    """How the advice of these entries fared, by their whole ids; those of which nobody said anything are left out."""
    with database.reading() as connection:
        rows = connection.execute(
            f"SELECT name.value, {tallied('name.value')} FROM json_each(?) AS name",
            [msgspec.json.encode(list(names)).decode()],
        ).fetchall()
    return {name: Tally(*counts) for name, *counts in rows if any(counts)}


def settle(database: Database, incident: str, state: State) -> None:
    """Set the state of an incident that the store holds, by its whole id."""
    with database.writing("The incident's state") as connection:
        connection.execute("UPDATE incident SET state = ? WHERE id = ?", [state.value, incident])
