"""The passages nearest in meaning: a scan of the vectors' signs (64 bytes a passage), then exact products for the best.

100,000 passages take 6 MB and 1.3 ms here; sqlite-vec 0.1.9 needed 8 ms for the 32 nearest by the same signs and 19 ms for
the 128 that keep 99 of 100 of the true nearest, because it looks through every block once for each neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edgeops.hooks import Embedder
from edgeops.knowledge.database import Database
from edgeops.knowledge.shipped import key, shipped

CANDIDATES = 128
NEAREST = 128
BATCH = 64
_LARGEST = 127


class Vectors:
    """The vectors of a store, read when they are first asked for and again when another process changed them."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder
        self._seen: tuple[str, int] | None = None

    def fill(self, most: int = 1 << 60, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Make the vectors that are missing, about `most` of them, the newest first, in short transactions; how many still are.

        progress hears passages done and in all.
        """
        self._begin_anew_for_another_embedder()
        with self._database.reading() as connection:
            total = int(connection.execute(f"SELECT count(*) {MISSING}").fetchone()[0])
        if total:
            total -= self._take_shipped()
        done, last = 0, 1 << 62
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(
                    f"SELECT passage.number, {TEXT} {MISSING} AND passage.number < ? "
                    f"ORDER BY passage.number DESC LIMIT {BATCH}",
                    [last],
                ).fetchall()
            if not rows or done >= most:
                return max(total - done, 0)
            last = rows[-1][0]
            vectors = stored(self._embedder.embed([text for _, text in rows]))
            self._keep(dict(zip((number for number, _ in rows), vectors, strict=True)))
            done += len(rows)
            progress(done, total)

    def _take_shipped(self) -> int:
        """Those of the starter pack that came with the program; how many they were."""
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT passage.number, {TEXT} {MISSING} AND entry.kind = 'fault'").fetchall()
        ready = shipped(self._embedder.name, self._embedder.size) if rows else {}
        found = {number: ready[name] for number, text in rows if (name := key(text)) in ready}
        self._keep(found)
        return len(found)

    def _keep(self, found: Mapping[int, tuple[bytes, bytes]]) -> None:
        with self._database.writing("The vectors") as connection:
            # A passage that was edited away in the meantime gets none.
            kept = [n for n in found if connection.execute("SELECT 1 FROM passage WHERE number = ?", [n]).fetchone()]
            for place, table in enumerate(("sketch", "vector")):
                connection.executemany(
                    f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", [(number, found[number][place]) for number in kept]
                )

    def _begin_anew_for_another_embedder(self) -> None:
        with self._database.reading() as connection:
            row = connection.execute("SELECT value FROM fact WHERE name = 'embedder'").fetchone()
        if row and row[0] == self._embedder.name:
            return
        with self._database.writing("The vectors") as connection:
            connection.execute("DELETE FROM sketch")
            connection.execute("DELETE FROM vector")
            connection.execute("INSERT OR REPLACE INTO fact VALUES ('embedder', ?)", [self._embedder.name])

    def near(self, text: str) -> list[tuple[int, float]]:
        """The nearest passages with their cosines, the nearest first; none when there are no vectors of this embedder."""
        import numpy as np  # deferred: 0.1 s that only a search pays

        self._refresh()
        if not len(self._passages):
            return []
        query = self._embedder.embed([text])[0]
        signs = np.packbits(query > 0).view(np.uint64)
        apart = np.zeros(len(self._passages), dtype=np.uint16)
        for column, sign in zip(self._signs, signs, strict=True):
            apart += np.bitwise_count(column ^ sign)
        # The distance up to which CANDIDATES lie; some more at that very distance are looked at too.
        limit = np.searchsorted(np.cumsum(np.bincount(apart)), min(CANDIDATES, len(apart)))
        close = self._passages[np.flatnonzero(apart <= limit)[: 2 * CANDIDATES]].tolist()
        with self._database.reading() as connection:
            marks = ", ".join("?" * len(close))
            rows = connection.execute(
                f"SELECT passage, numbers FROM vector WHERE passage IN ({marks}) AND length(numbers) = ?",
                [*close, self._embedder.size],
            ).fetchall()
        if not rows:
            return []
        exact = np.frombuffer(b"".join(numbers for _, numbers in rows), dtype=np.int8).reshape(len(rows), -1)
        exact = exact.astype(np.float32)
        cosines = exact @ query / np.linalg.norm(exact, axis=1)
        best = np.argsort(-cosines, kind="stable")[:NEAREST]
        return [(rows[place][0], round(float(cosines[place]), 4)) for place in best]

    def _refresh(self) -> None:
        """Reads the signs anew if any were added or taken away."""
        import numpy as np  # deferred: 0.1 s that only a search pays

        with self._database.reading() as connection:
            facts = dict(
                connection.execute("SELECT name, value FROM fact WHERE name IN ('embedder', 'vectors')").fetchall()
            )
            last = connection.execute("SELECT max(passage) FROM sketch").fetchone()[0] or 0
            state = (f"{facts}", last)
            if state == self._seen:
                return
            ours = facts.get("embedder") == self._embedder.name
            # What came in a bundle may be of any length.
            rows = connection.execute(
                "SELECT passage, signs FROM sketch WHERE ? AND length(signs) = ? ORDER BY passage",
                [ours, self._embedder.size // 8],
            ).fetchall()
        self._passages = np.array([number for number, _ in rows], dtype=np.int64)
        signs = np.frombuffer(b"".join(signs for _, signs in rows), dtype=np.uint64)
        # By columns: each is then one run through memory.
        self._signs = np.ascontiguousarray(signs.reshape(len(rows), self._embedder.size // 64).T)
        self._seen = state


def stored(rows: Any) -> list[tuple[bytes, bytes]]:
    """Vectors as they are kept: their signs, and their numbers in a byte each."""
    import numpy as np  # deferred: 0.1 s that only a search pays

    largest = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-9)
    numbers = np.round(rows / largest * _LARGEST).astype(np.int8)
    return [(a.tobytes(), b.tobytes()) for a, b in zip(np.packbits(rows > 0, axis=1), numbers, strict=True)]


TEXT = "entry.title || '. ' || passage.text"
"""What the embedder reads of a passage."""
MISSING = (
    "FROM passage JOIN entry ON entry.number = passage.entry "
    "WHERE NOT EXISTS (SELECT 1 FROM sketch WHERE sketch.passage = passage.number)"
)
