"""Vectors on their way to another machine, which is spared making them (a passage takes a sixtieth of a second)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from edgeops.knowledge.shipped import key
from edgeops.knowledge.vectors import MISSING, TEXT


class Meaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A passage's vector: which embedder made it, the key of the passage's text, the signs, the numbers in a byte each."""

    embedder: str
    key: bytes
    signs: bytes
    numbers: bytes

    @property
    def whole(self) -> bool:
        """Whether its parts have the sizes that belong together."""
        return len(self.signs) * 8 == len(self.numbers) > 0


def given(connection: Any, entries: Collection[str]) -> list[Meaning]:
    """The vectors of these entries' passages, in the order of their keys."""
    name = _embedder(connection)
    rows = connection.execute(
        f"SELECT {TEXT}, signs, numbers FROM passage JOIN entry ON entry.number = passage.entry "
        "JOIN sketch ON sketch.passage = passage.number JOIN vector ON vector.passage = passage.number "
        "WHERE entry.id IN (SELECT value FROM json_each(?))",
        [msgspec.json.encode(sorted(entries)).decode()],
    )
    found = {key(text): Meaning(name, key(text), signs, numbers) for text, signs, numbers in rows}
    return [found[one] for one in sorted(found)]


def taken(connection: Any, meanings: Iterable[Meaning], entries: Collection[str]) -> int:
    """Keep the vectors of passages of these entries that have none yet (within a transaction); how many they were.

    Those of another embedder than this store's are left out: they could not be compared.
    """
    wholes = [one for one in meanings if one.whole]
    name = _embedder(connection) or (wholes[0].embedder if wholes else "")
    ready = {one.key: one for one in wholes if one.embedder == name}
    if not ready:
        return 0
    rows = connection.execute(
        f"SELECT passage.number, {TEXT} {MISSING} AND entry.id IN (SELECT value FROM json_each(?))",
        [msgspec.json.encode(sorted(entries)).decode()],
    ).fetchall()
    fitting = [
        (number, ready[text]) for number, text in ((number, key(text)) for number, text in rows) if text in ready
    ]
    connection.executemany("INSERT INTO sketch VALUES (?, ?)", [(number, one.signs) for number, one in fitting])
    connection.executemany("INSERT INTO vector VALUES (?, ?)", [(number, one.numbers) for number, one in fitting])
    connection.execute("INSERT OR IGNORE INTO fact VALUES ('embedder', ?)", [next(iter(ready.values())).embedder])
    return len(fitting)


def _embedder(connection: Any) -> str:
    row = connection.execute("SELECT value FROM fact WHERE name = 'embedder'").fetchone()
    return str(row[0]) if row else ""
