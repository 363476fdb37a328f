"""What people said of answers and entries, each with what it was said of: what a model can be taught with.

An incident may be explained anew, so an answer is kept as it read when it was judged: as a fact under the remark's id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from edgeops.knowledge.entry import Entry, Remark, remark_of
from edgeops.knowledge.store import Store
from edgeops.records import Explanation

ANSWER = "answer:"
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Judgement:
    """A remark (useful, wrong, note) and its subject: an answer as it read then, or an entry; neither if it is gone or illegible."""

    remark: Remark
    answer: Explanation | None = None
    entry: Entry | None = None


def keep(store: Store, remark: Remark, answer: Explanation) -> None:
    """Keep the answer that a remark is about."""
    store.keep_fact(ANSWER + remark.id, msgspec.json.encode(answer).decode(), "The answer")


def judgements(store: Store) -> Iterator[Judgement]:
    """All feedback, the oldest first. Read in short steps."""
    last = ("", "")
    while rows := _rows(store, last):
        for *row, content in rows:
            remark = remark_of(row)
            answer = _answer(content)
            entry = store.entries.get(remark.about) if answer is None and store.entries.known(remark.about) else None
            yield Judgement(remark, answer, entry)
        last = (rows[-1][5], rows[-1][0])


def _rows(store: Store, last: tuple[str, str]) -> list[tuple[str, ...]]:
    with store.database.reading() as connection:
        found: list[tuple[str, ...]] = connection.execute(
            "SELECT feedback.*, fact.value FROM feedback LEFT JOIN fact ON fact.name = ? || feedback.id "
            "WHERE (time, feedback.id) > (?, ?) ORDER BY time, feedback.id LIMIT ?",
            [ANSWER, *last, _AT_ONCE],
        ).fetchall()
    return found


def _answer(content: str | None) -> Explanation | None:
    try:
        return msgspec.json.decode(content or "null", type=Explanation | None)
    except msgspec.MsgspecError:  # kept by another version of edgeops
        return None
