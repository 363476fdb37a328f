"""A question as two FTS5 expressions: its own words, and their neighbours (other languages, slips of the pen).

SQLite takes a microsecond to rank each entry that has a word, so the words that most entries have are left out: they
would cost the most and tell the least.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from edgeops.knowledge.concepts import neighbours
from edgeops.knowledge.words import COMMON, stem, words

OWN_ROWS = 2_000
OTHER_ROWS = 1_000
"""Entries looked at for the words of the question, and for their neighbours."""
NOTHING = '"\x01"'
"""An expression that no entry fits."""
MOST_WORDS = 64
_MOST_SLIPS = 4
_SHORTEST_SLIP = 4
_LAST = re.compile(r"(?<![\w./:@+-])[A-Za-z]{2,}$")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Query:
    """FTS5 expressions; words are those of the question that are looked for, corrected ones after them."""

    own: str
    others: str
    words: tuple[str, ...]
    corrected: tuple[str, ...] = ()


def build(connection: Any, text: str) -> Query:
    """The expressions for a question, weighed by how many entries have each word."""
    asked = list(dict.fromkeys(words(text)))
    telling = [word for word in asked if word not in COMMON] or asked
    counts = _counts(connection, telling)
    own = _affordable([((word,), counts[word]) for word in telling if word in counts], OWN_ROWS)
    slips = [word for word in telling if word not in counts and _may_be_slip(word)][:_MOST_SLIPS]
    corrected = [near for word in slips if (near := _corrected(connection, word))]
    others = [(word,) for word in corrected] + neighbours(text)
    known = _counts(connection, {word for other in others for word in other})
    costs = [(other, min(known[word] for word in other)) for other in others if all(word in known for word in other)]
    return Query(
        _expression(own),
        _expression(_affordable(costs, OTHER_ROWS)),
        tuple(word for (word,) in own) + tuple(corrected),
        tuple(corrected),
    )


def completed(connection: Any, text: str) -> str:
    """A text that is still being typed: where no entry has its last word, the word that most have and that begins so."""
    begun = _LAST.search(text)
    letters = begun[0].lower() if begun else ""
    if begun is None or _counts(connection, [stem(letters)]):
        return text
    row = connection.execute(
        "SELECT term FROM term WHERE term > ?1 AND term < ?1 || 'zzzz' ORDER BY entries DESC, term LIMIT 1", [letters]
    ).fetchone()
    return f"{text[: begun.start()]}{row[0]}" if row else text


def _affordable(costs: Iterable[tuple[tuple[str, ...], int]], rows: int) -> list[tuple[str, ...]]:
    """The rarest words first, as long as the rows hold out; the rarest in any case."""
    chosen: list[tuple[str, ...]] = []
    for other, cost in sorted(costs, key=lambda pair: pair[1]):
        if chosen and (cost > rows or len(chosen) >= MOST_WORDS):
            break
        chosen.append(other)
        rows -= cost
    return chosen


def _counts(connection: Any, wanted: Iterable[str]) -> dict[str, int]:
    """How many entries have each word; those that none has are left out."""
    found = list(wanted)
    counts: dict[str, int] = {}
    for start in range(0, len(found), 500):
        part = found[start : start + 500]
        marks = ", ".join("?" * len(part))
        counts.update(connection.execute(f"SELECT term, entries FROM term WHERE term IN ({marks})", part).fetchall())
    return counts


def _may_be_slip(word: str) -> bool:
    return len(word) >= _SHORTEST_SLIP and word.isascii() and word.isalpha()


def _corrected(connection: Any, word: str) -> str:
    """The most frequent known word that is one slip away: a letter too many, too few, wrong, or two exchanged."""
    counts = _counts(connection, set(_slips(word)))
    return max(counts, key=lambda near: (counts[near], near), default="")


def _slips(word: str) -> Iterable[str]:
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in _LETTERS:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]


def _expression(chosen: Sequence[tuple[str, ...]]) -> str:
    quoted = ('"' + " ".join(other).replace('"', '""') + '"' for other in chosen)
    return " OR ".join(quoted) or NOTHING
