"""Past incidents: which entries explain a template, and that an incident is settled."""

from __future__ import annotations

from collections.abc import Sequence

from edgeops.knowledge.database import Database
from edgeops.knowledge.entry import COLUMNS, Entry, Tally, entry_of
from edgeops.records import State

MOST = 5


def explaining(database: Database, templates: Sequence[str]) -> list[Entry]:
    """Living entries that name one of these templates; the advice that worked most often, least often failed, first."""
    marks = ", ".join("?" * len(templates))
    with database.reading() as connection:
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM entry WHERE retired IS NULL AND number IN "
            f"(SELECT entry FROM entry_template WHERE template IN ({marks}))",
            list(templates),
        ).fetchall()
    found = sorted(map(entry_of, rows), key=lambda entry: entry.updated, reverse=True)
    return sorted(found, key=lambda entry: -promise(entry.outcomes))[:MOST]


def promise(tally: Tally) -> float:
    """The share of times that it worked, drawn towards a half while there are few (Laplace)."""
    return (tally.worked + 1) / (tally.worked + tally.failed + 2)


def settle(database: Database, incident: str, state: State) -> None:
    """Set the state of an incident that the store holds, by its whole id."""
    with database.writing("The incident's state") as connection:
        connection.execute("UPDATE incident SET state = ? WHERE id = ?", [state.value, incident])
