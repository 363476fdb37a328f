"""Search: exact hits of a template or rule first, then words and meaning joined by reciprocal rank, all in one SQL statement.

An entry's place among the words and its place among the vectors each give 1 / (K + place). The vectors count 0.6 of the
words, but 0.3 where question and best hit are English: there names and error codes decide, and at 0.4 vectors already
mislead (logs to fixes: hit@1 0.70 to 0.63). With K = 10; 40 lost 2 to 7 points of hit@1.
The sum is then weighed by how the entry's advice fared, by the trust in its origin, and a little by its age.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from edgeops.errors import KnowledgeError, StoreError
from edgeops.hooks import Embedder
from edgeops.knowledge.database import Database
from edgeops.knowledge.documents.document import language
from edgeops.knowledge.entry import PROMISE, Kind, Origin, Tally, tallied
from edgeops.knowledge.query import NOTHING, Query, build, completed
from edgeops.knowledge.vectors import Vectors

SNIPPET = 200
LONGEST_QUERY = 4_000
"""Characters of a question that are read."""
MEANING = 0.6
MEANING_ENGLISH = 0.3
"""Weight of the vectors against 1 for the words; the second when question and best hit by words are English."""
_PASSAGES_LOOKED_AT = 40
_OWN_LANGUAGE = 2
"""A snippet in the question's language is worth so many of its words."""


@dataclass(frozen=True, slots=True)
class Found:
    """A hit, best first. score only orders the hits of one search; exact: a template or rule of the question is its own."""

    id: str
    title: str
    score: float
    lang: str
    snippet: str
    outcomes: Tally
    kind: Kind
    trust: float
    exact: bool
    origin: Origin


class Search:
    """Searches a store; without an embedder by words alone. notes says so, and what else was not as it should be."""

    def __init__(self, database: Database, embedder: Embedder | None = None) -> None:
        self._database = database
        self._vectors = Vectors(database, embedder) if embedder else None
        self.notes: list[str] = [] if embedder else ["There is no embedder: the search is by words only."]

    def fill(self, most: int = 1 << 60, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Make the vectors that are missing, about `most` of them; how many still are. progress hears done and in all."""
        if not self._vectors:
            return 0
        try:
            return self._vectors.fill(most, progress)
        except KnowledgeError as error:
            self._without(error)
            return 0

    def _without(self, error: KnowledgeError) -> None:
        """Goes on by words only. A store that is full or locked is no reason to."""
        if isinstance(error, StoreError):
            raise error
        self._vectors = None
        self.notes.append(f"{error} Until then the search is by words only.")

    def find(
        self, text: str, most: int = 5, now: datetime | None = None, templates: Sequence[str] = (), meaning: bool = True
    ) -> list[Found]:
        """The entries that fit best. templates are ids of log templates and rules at hand; without now, age does not count.

        meaning=False searches by words only.
        """
        text = text[:LONGEST_QUERY]
        near = self.near(text) if meaning else []
        with self._database.reading() as connection:
            query = build(connection, text)
            lang = language(text)
            rows = connection.execute(
                _FIND,
                {
                    "own": query.own, "others": query.others, "near": _json(near), "templates": _json(list(templates)),
                    "same": MEANING_ENGLISH, "across": MEANING, "lang": lang, "now": now.isoformat() if now else None,
                    "most": most,
                },
            ).fetchall()  # fmt: skip
            return [self._found(connection, row, query, dict(near), lang) for row in rows]

    def completed(self, text: str) -> str:
        """What is being typed, its last word made whole where it is only begun: for a search at every key."""
        with self._database.reading() as connection:
            return completed(connection, text)

    def near(self, text: str) -> list[tuple[int, float]]:
        """The passages nearest in meaning with their cosines; none without an embedder."""
        if not self._vectors or not text.strip():
            return []
        try:
            return self._vectors.near(text)
        except KnowledgeError as error:
            self._without(error)
            return []

    def _found(self, connection: Any, row: Sequence[Any], query: Query, near: dict[int, float], asked_in: str) -> Found:
        number, name, title, lang, kind, trust, exact, score, author, machine, source, *counts = row
        snippet = _snippet(connection, number, title, query, near, asked_in)
        return Found(
            name, title, round(score, 6), lang, snippet, Tally(*counts), Kind(kind), trust, bool(exact),
            Origin(author, machine, source),
        )  # fmt: skip


def _snippet(connection: Any, number: int, title: str, query: Query, near: dict[int, float], lang: str) -> str:
    """The passage that has most of the question's words, or comes nearest, rather in its language; its beginning."""
    rows = connection.execute(
        "SELECT number, text FROM passage WHERE entry = ? ORDER BY number LIMIT ?", [number, _PASSAGES_LOOKED_AT]
    ).fetchall()
    if not rows:
        return ""

    def fit(row: tuple[int, str]) -> float:
        lower = row[1].lower()
        spoken = _OWN_LANGUAGE * (language(row[1]) == lang)
        return sum(word in lower for word in query.words) + 2 * near.get(row[0], 0.0) + spoken

    text: str = max(rows, key=fit)[1]
    first, _, rest = text.partition("\n")
    repeats = rest and first.startswith("# ") and first.removeprefix("# ") in title
    return " ".join((rest if repeats else text).split())[:SNIPPET]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


_FIND = f"""
WITH
own AS MATERIALIZED (
    SELECT rowid AS entry, -bm25(found, 2.0, 3.0, 1.0) AS score FROM found WHERE found MATCH :own
    ORDER BY score DESC LIMIT 200
),
others AS MATERIALIZED (
    SELECT rowid AS entry, -0.5 * bm25(found, 2.0, 3.0, 1.0) AS score FROM found WHERE found MATCH :others
    AND :others <> '{NOTHING.replace("'", "''")}' ORDER BY score DESC LIMIT 200
),
by_words AS (
    SELECT entry, rank() OVER (ORDER BY round(sum(score), 6) DESC) AS place
    FROM (SELECT * FROM own UNION ALL SELECT * FROM others) GROUP BY entry ORDER BY place LIMIT 150
),
by_meaning AS (
    SELECT passage.entry, rank() OVER (ORDER BY max(json_extract(value, '$[1]')) DESC) AS place
    FROM json_each(:near) JOIN passage ON passage.number = json_extract(value, '$[0]') GROUP BY passage.entry
),
exact AS (SELECT DISTINCT entry FROM entry_template WHERE template IN (SELECT value FROM json_each(:templates))),
joined AS (
    SELECT entry, sum(words) AS words, sum(meaning) AS meaning, sum(exact) AS exact FROM (
        SELECT entry, 1.0 / (10 + place) AS words, 0 AS meaning, 0 AS exact FROM by_words
        UNION ALL SELECT entry, 0, 1.0 / (10 + place), 0 FROM by_meaning
        UNION ALL SELECT entry, 0, 0, 1 FROM exact
    ) GROUP BY entry
),
leading AS (SELECT lang FROM entry WHERE number = (SELECT entry FROM by_words ORDER BY place, entry LIMIT 1)),
best AS (
    SELECT *, words + meaning * CASE WHEN :lang = 'en' AND leading.lang = 'en' THEN :same ELSE :across END AS score
    FROM joined LEFT JOIN leading ORDER BY exact DESC, score DESC, entry LIMIT 40
),
weighted AS (
    SELECT entry.number, id, title, entry.lang, kind, trust, exact, updated, score, author, machine, source
    FROM best JOIN entry ON entry.number = best.entry
),
fared AS MATERIALIZED (SELECT weighted.*, {tallied("weighted.id")} FROM weighted)
SELECT number, id, title, lang, kind, trust, exact,
    score * (0.6 + 0.8 * {PROMISE})
          * (0.7 + 0.3 * trust)
          * (1 + 0.03 / (1 + coalesce(max(julianday(:now) - julianday(updated), 0), 1e9) / 365)) AS score,
    author, machine, source, worked, failed, unknown, useful, wrong
FROM fared ORDER BY exact DESC, score DESC, number LIMIT :most
"""
