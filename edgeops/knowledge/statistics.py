"""How much is known, how it fared, and where answers are missing."""

from __future__ import annotations

from dataclasses import dataclass

from edgeops.knowledge.entry import Tally
from edgeops.knowledge.store import Store

MOST = 5


@dataclass(frozen=True, slots=True)
class Statistics:
    """entries by kind; failing: entries that failed more often than they worked; gaps: incidents seen without an answer."""

    entries: dict[str, int]
    retired: int
    passages: int
    outcomes: Tally
    failing: tuple[str, ...]
    gaps: tuple[str, ...]


def statistics(store: Store) -> Statistics:
    """Counted in one go."""
    with store.database.reading() as connection:
        kinds = connection.execute("SELECT kind, count(*) FROM entry WHERE retired IS NULL GROUP BY kind ORDER BY kind")
        results = connection.execute("SELECT result, count(*) FROM outcome GROUP BY result")
        failing = connection.execute(
            "SELECT title FROM entry JOIN outcome ON outcome.entry = entry.id GROUP BY entry.id "
            "HAVING sum(result = 'failed') > sum(result = 'worked') ORDER BY sum(result = 'failed') DESC, title LIMIT ?",
            [MOST],
        )
        gaps = connection.execute(
            "SELECT summary FROM incident WHERE tier = 'insufficient' ORDER BY seen DESC LIMIT ?", [MOST]
        )
        return Statistics(
            dict(kinds.fetchall()),
            connection.execute("SELECT count(*) FROM entry WHERE retired IS NOT NULL").fetchone()[0],
            connection.execute("SELECT count(*) FROM passage").fetchone()[0],
            Tally(**dict(results.fetchall())),
            tuple(title for (title,) in failing),
            tuple(summary for (summary,) in gaps),
        )
