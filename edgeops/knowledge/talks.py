"""Conversations as the store keeps them: every question with its answer, and the incidents at hand; found again by words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from edgeops.errors import StoreError
from edgeops.knowledge.database import Database
from edgeops.knowledge.entry import legible
from edgeops.knowledge.words import COMMON, words
from edgeops.mask import mask
from edgeops.records import Answer, Incident, Talk

MOST = 1_000
"""So many conversations are remembered; those not gone on with for longest are forgotten."""
MOST_INCIDENTS, MOST_SIGNALS = 4, 200
"""Of the incidents at hand, the worst; of each, the signals that decide it."""
_MOST_CITED = 600
NONE_YET = "No conversation was kept yet; 'edgeops chat' begins one."
_SHARE = 0.5
"""Of the words searched for, so many at least must stand in a conversation."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A conversation in short: its first question, how many turns it has, which fault it was settled to be ("" for none)."""

    id: str
    said: str
    turns: int
    began: datetime
    seen: datetime
    settled: str


@dataclass(frozen=True, slots=True)
class Hand:
    """What a conversation has at hand: the arguments that named the logs, and the incidents found in them."""

    logs: tuple[str, ...] = ()
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class Recalled:
    """A conversation to go on with; seen is when its last turn was."""

    talk: Talk
    seen: datetime
    hand: Hand


def keep(database: Database, talk: Talk, now: datetime) -> None:
    """Remember the last turn of a conversation, secrets masked. Raises StoreError."""
    answer = _lean(talk.answers[-1])
    clean = _masked(msgspec.to_builtins(answer))
    said = str(clean["question"])
    told = " ".join(part for s in clean["sentences"] if (part := str(s["text"]))) or str(clean["reason"])
    row = [
        now.isoformat(), said, talk.settled, _json(talk.ruled_out), _folded(f"{said}\n{told}"), _json(clean)
    ]  # fmt: skip
    with database.writing("The conversation", "the answer above is complete.") as connection:
        # Numbered by the store: the same conversation may be gone on with in two windows.
        (number,) = connection.execute(
            "INSERT INTO turn VALUES (?1, (SELECT 1 + coalesce(max(number), 0) FROM turn WHERE talk = ?1), "
            "?2, ?3, ?4, ?5, ?6, ?7) RETURNING number",
            [talk.id, *row],
        ).fetchone()
        if number == 1:
            _forget_oldest(connection)


def keep_hand(database: Database, talk: str, hand: Hand) -> None:
    """Remember the incidents that a conversation is about, secrets masked. Raises StoreError."""
    few = [_trimmed(incident) for incident in hand.incidents[:MOST_INCIDENTS]]
    clean = _masked(msgspec.to_builtins(few, builtin_types=(bytes,)))
    with database.writing("The conversation", "the answer above is complete.") as connection:
        row = [talk, _json(_masked(hand.logs)), _json(clean)]
        connection.execute("INSERT OR REPLACE INTO hand VALUES (?, ?, ?)", row)


def find(database: Database, text: str = "", most: int = 50) -> list[Heading]:
    """The conversations that hold at least half of the words, those with most of them first, then the latest."""
    sought = _sought(text)
    score = " + ".join(["max(instr(text, ?) > 0)"] * len(sought)) or "1"
    with database.reading() as connection:
        if not _known(connection):
            return []
        rows = connection.execute(
            f"WITH hit AS (SELECT talk, max(time) AS seen, {score} AS score FROM turn GROUP BY talk HAVING score >= ? "
            f"ORDER BY score DESC, seen DESC LIMIT ?) SELECT talk, {_OF_HIT.format('said', 'ASC')}, "
            "(SELECT count(*) FROM turn WHERE talk = hit.talk), (SELECT min(time) FROM turn WHERE talk = hit.talk), seen, "
            f"{_OF_HIT.format('settled', 'DESC')} FROM hit ORDER BY score DESC, seen DESC",
            [*sought, _SHARE * len(sought), most],
        ).fetchall()
        return [
            Heading(talk, said, turns, datetime.fromisoformat(began), datetime.fromisoformat(seen), settled)
            for talk, said, turns, began, seen, settled in rows
        ]


def recall(database: Database, name: str = "") -> Recalled:
    """A conversation by its id or an unambiguous beginning of it, the latest when none is named. Raises StoreError."""
    with database.reading() as connection:
        talk = _named(connection, name) if name else _latest(connection)
        rows = connection.execute(
            "SELECT time, settled, ruled_out, answer FROM turn WHERE talk = ? ORDER BY number", [talk]
        ).fetchall()
        if not rows:
            raise StoreError(f"The conversation {talk} cannot be read; run 'edgeops restore --salvage'.")
        answers = tuple(msgspec.json.decode(row[3], type=Answer) for row in rows)
        out = (fault for row in rows for fault in msgspec.json.decode(row[2], type=tuple[str, ...]))
        told = Talk(talk, answers, tuple(dict.fromkeys(out)), rows[-1][1])
        return Recalled(told, datetime.fromisoformat(rows[-1][0]), _hand(connection, talk))


_OF_HIT = "(SELECT {} FROM turn WHERE talk = hit.talk ORDER BY number {} LIMIT 1)"


def _known(connection: Any) -> bool:
    """Whether the store, which may be an older one opened for reading, keeps conversations."""
    return bool(connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'turn'").fetchone())


def _latest(connection: Any) -> str:
    row = (
        connection.execute("SELECT talk FROM turn ORDER BY time DESC LIMIT 1").fetchone()
        if _known(connection)
        else None
    )
    if not row:
        raise StoreError(NONE_YET)
    return str(row[0])


def _named(connection: Any, name: str) -> str:
    query = "SELECT DISTINCT talk FROM turn WHERE substr(talk, 1, ?) = ? LIMIT 2"
    rows = connection.execute(query, [len(name), name]).fetchall() if _known(connection) else []
    if len(rows) != 1:
        many = "More than one conversation begins" if rows else "No conversation begins"
        raise StoreError(f"{many} with {name!r}; 'edgeops chat --list' shows them.")
    return str(rows[0][0])


def _hand(connection: Any, talk: str) -> Hand:
    """The logs and incidents of a conversation; without the incidents where another edgeops wrote them otherwise."""
    row = connection.execute("SELECT logs, incidents FROM hand WHERE talk = ?", [talk]).fetchone()
    if not row:
        return Hand()
    logs = msgspec.json.decode(row[0], type=tuple[str, ...])
    try:
        return Hand(logs, msgspec.json.decode(row[1], type=tuple[Incident, ...]))
    except msgspec.ValidationError:
        return Hand(logs)


def _forget_oldest(connection: Any) -> None:
    gone = "NOT IN (SELECT talk FROM turn GROUP BY talk ORDER BY max(time) DESC LIMIT ?)"
    for table in ("turn", "hand"):
        connection.execute(f"DELETE FROM {table} WHERE talk {gone}", [MOST])


def _sought(text: str) -> list[str]:
    """The words to look for; of a run of Chinese characters its pairs."""
    found = [word for word in dict.fromkeys(words(text)) if word not in COMMON]
    return [word for word in found if len(word) > 1] or found


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _lean(answer: Answer) -> Answer:
    """An answer with what it cites; lines and passages that it does not are kept by name only."""
    cited = set(answer.cites)
    passages = tuple(
        replace(k, text=k.text[:_MOST_CITED] if f"K{n}" in cited else "") for n, k in enumerate(answer.knowledge, 1)
    )
    return replace(answer, evidence=tuple(e for e in answer.evidence if e.ref in cited), knowledge=passages)


def _trimmed(incident: Incident) -> Incident:
    """An incident with its root, the signals of its suspects and its first ones: as many as are kept."""
    worth = [incident.root, *(i for suspect in incident.suspects for i in suspect.signals)]
    chosen = sorted([*dict.fromkeys([*worth, *range(len(incident.signals))])][:MOST_SIGNALS])
    place = {old: new for new, old in enumerate(chosen)}
    suspects = (replace(s, signals=tuple(place[i] for i in s.signals if i in place)) for s in incident.suspects)
    return replace(
        incident,
        signals=tuple(incident.signals[i] for i in chosen),
        root=place[incident.root],
        suspects=tuple(s for s in suspects if s.signals),
    )


def _masked(value: Any) -> Any:
    """What a record is made of, without secrets; bytes of names that are no UTF-8 are lost."""
    match value:
        case str():
            return legible(mask(value))
        case bytes():
            text = value.decode("utf-8", "replace")
            return value if (clean := mask(text)) == text else clean.encode()
        case dict():
            return {name: _masked(one) for name, one in value.items()}
        case list() | tuple():
            return [_masked(one) for one in value]
    return value


def _json(value: Iterable[Any]) -> str:
    return msgspec.json.encode(value).decode()
