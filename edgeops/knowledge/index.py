"""What is found by which words: the text index, how many entries have each word, and the passages that get vectors.

All of it can be made anew from the entries (`rebuild`), which happens when the splitting of words changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from edgeops.knowledge.words import WORDS_VERSION, words

PASSAGE = 500
"""Characters of a passage: what the embedder reads, and what is shown as a snippet."""
MOST_PASSAGES = 200
LEAD = 400
INDEXED = 100_000
"""Characters of a body whose words are indexed."""
_HEADING = re.compile(r"(?m)^#{1,6} .*$|^[=-]{3,}\s*$")


def add(connection: Any, number: int, title: str, body: str, templates: Sequence[str], kind: str = "") -> None:
    """Make an entry findable (within a transaction)."""
    columns = columns_of(title, body)
    connection.execute(
        "INSERT INTO found (rowid, title, lead, body) VALUES (?, ?, ?, ?)", [number, *map(" ".join, columns)]
    )
    connection.executemany(
        "INSERT INTO term VALUES (?, 1) ON CONFLICT (term) DO UPDATE SET entries = entries + 1",
        [(term,) for term in set().union(*columns)],
    )
    connection.executemany("INSERT INTO entry_template VALUES (?, ?)", [(name, number) for name in set(templates)])
    connection.executemany(
        "INSERT INTO passage (entry, text) VALUES (?, ?)", [(number, text) for text in passages(body, kind)]
    )


def remove(connection: Any, number: int, title: str, body: str) -> None:
    """Make an entry unfindable; title and body as they were indexed."""
    gone = connection.execute("DELETE FROM found WHERE rowid = ?", [number]).rowcount
    if gone:
        terms = [(term,) for term in set().union(*columns_of(title, body))]
        connection.executemany("UPDATE term SET entries = entries - 1 WHERE term = ?", terms)
        connection.executemany("DELETE FROM term WHERE term = ? AND entries < 1", terms)
    connection.execute("DELETE FROM entry_template WHERE entry = ?", [number])
    connection.execute("DELETE FROM sketch WHERE passage IN (SELECT number FROM passage WHERE entry = ?)", [number])
    connection.execute("DELETE FROM vector WHERE passage IN (SELECT number FROM passage WHERE entry = ?)", [number])
    connection.execute("DELETE FROM passage WHERE entry = ?", [number])
    changed(connection)


def changed(connection: Any) -> None:
    """Tells every process that vectors it has read may be gone."""
    connection.execute(
        "INSERT INTO fact VALUES ('vectors', '1') ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )


def stale(connection: Any) -> bool:
    """Whether the index is missing, or its words were split by another version of edgeops."""
    row = connection.execute("SELECT value FROM fact WHERE name = 'words'").fetchone()
    return not row or row[0] != str(WORDS_VERSION)


def rebuild(connection: Any) -> None:
    """Make the index anew from the entries (within a transaction); vectors are made later."""
    connection.execute("INSERT INTO found (found) VALUES ('delete-all')")
    for table in ("term", "entry_template", "sketch", "vector", "passage"):
        connection.execute(f"DELETE FROM {table}")
    last = 0
    while rows := connection.execute(
        "SELECT number, kind, title, body, templates FROM entry WHERE retired IS NULL AND number > ? ORDER BY number LIMIT 200",
        [last],
    ).fetchall():
        for number, kind, title, body, templates in rows:
            names = [name for (name,) in connection.execute("SELECT value FROM json_each(?)", [templates])]
            add(connection, number, title, body, names, kind)
        last = rows[-1][0]
    connection.execute("INSERT OR REPLACE INTO fact VALUES ('words', ?)", [str(WORDS_VERSION)])
    changed(connection)


def columns_of(title: str, body: str) -> tuple[list[str], list[str], list[str]]:
    """The words of the title, of the first paragraph, and of the whole body."""
    return list(words(title)), list(words(lead(body))), list(words(body[:INDEXED]))


def lead(body: str) -> str:
    """The first paragraph that is no heading."""
    for paragraph in re.split(r"\n\s*\n", _HEADING.sub("\n", body[:4000])):
        if paragraph.strip():
            return paragraph.strip()[:LEAD]
    return ""


def passages(body: str, kind: str = "") -> list[str]:
    """The body in pieces of at most PASSAGE characters, parted at headings, then at line ends.

    Of a fault only what it is and why, in each language: its samples and steps are found by their words.
    """
    found: list[str] = []
    piece = ""
    for line in body.splitlines():
        heading = bool(re.match(r"#{1,6} ", line))
        for start in range(0, max(len(line), 1), PASSAGE):
            part = line[start : start + PASSAGE]
            if piece.strip() and (heading or len(piece) + len(part) + 1 > PASSAGE):
                found.append(piece.strip())
                piece = ""
            piece = f"{piece}\n{part}" if piece else part
    if piece.strip():
        found.append(piece.strip())
    if kind == "fault":
        found = [piece for piece in found if piece.startswith("# ")]
    return found[:MOST_PASSAGES] or [""]
