"""What is normal for each source, kept across runs: one row a source, written as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import msgspec

from edgeops.knowledge.database import DAMAGE, Database
from edgeops.knowledge.entry import legible
from edgeops.mask import mask
from edgeops.records import Normal, Usual

MOST_SOURCES = 500
"""So many sources are remembered; those not read for longest are forgotten."""


def recall(database: Database, sources: Iterable[str]) -> dict[str, Normal]:
    """What is known of these sources; those of which nothing is known, or nothing legible, are left out."""
    decoder = msgspec.json.Decoder(Normal)
    found: dict[str, Normal] = {}
    for source in sources:
        try:
            key = legible(source)
            row = database.connection.execute("SELECT record FROM normal WHERE source = ?", [key]).fetchone()
            if row:
                found[source] = replace(decoder.decode(row[0]), source=source)
        except DAMAGE:
            # An older schema, or a damaged row: what was normal is learnt again.
            continue
    return found


def keep(database: Database, normals: Iterable[Normal], now: datetime) -> None:
    """Remember what is normal. Raises StoreError."""
    rows = [(legible(one.source), now.isoformat(), msgspec.json.encode(_masked(one))) for one in normals]
    with database.writing("What is normal", "the answer above is complete.") as connection:
        connection.executemany("INSERT OR REPLACE INTO normal VALUES (?, ?, ?)", rows)
        connection.execute(
            "DELETE FROM normal WHERE source NOT IN (SELECT source FROM normal ORDER BY learnt DESC LIMIT ?)",
            [MOST_SOURCES],
        )


def _masked(normal: Normal) -> Normal:
    """Without the secrets that templates may hold. An id stays that of what was read, so that it is known again."""
    return replace(normal, source=legible(normal.source), usuals=tuple(map(_masked_usual, normal.usuals)))


def _masked_usual(usual: Usual) -> Usual:
    pattern = mask(usual.template.pattern)
    if pattern == usual.template.pattern:
        return usual
    return replace(usual, template=replace(usual.template, pattern=pattern))
