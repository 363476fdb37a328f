"""How much is known, how it fared, what comes back, and where answers are missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from edgeops.knowledge.entry import Tally, tallied
from edgeops.knowledge.exchange import conflicts
from edgeops.knowledge.store import Kept, Store
from edgeops.records import Evidence, Explanation, State, Tier

MOST = 5
INCIDENTS = 1_000
"""So many of the latest incidents are looked at."""


@dataclass(frozen=True, slots=True)
class Fared:
    """An entry and how its advice fared."""

    id: str
    title: str
    outcomes: Tally


@dataclass(frozen=True, slots=True)
class Repeated:
    """Incidents of one kind: how often, when last, whether the last one is resolved, what it is, and the last one's id."""

    times: int
    last: datetime
    resolved: bool
    what: str
    incident: str
    template: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """Where imported knowledge comes from, and when it last changed."""

    source: str
    entries: int
    updated: datetime


@dataclass(frozen=True, slots=True)
class Statistics:
    """entries by kind, languages by entry; outcomes and opinions of all; the lists hold the most telling first.

    working and failing: entries by how their advice fared; recurring: what came back; gaps: what nobody has an answer to, with
    the template that an entry could name; questions: what was asked in vain; disputed: entries changed on two machines.
    """

    entries: dict[str, int]
    languages: dict[str, int]
    retired: int
    passages: int
    outcomes: Tally
    sources: tuple[Collection, ...]
    working: tuple[Fared, ...]
    failing: tuple[Fared, ...]
    incidents: int
    recurring: tuple[Repeated, ...]
    gaps: tuple[Repeated, ...]
    questions: tuple[str, ...]
    disputed: tuple[str, ...]


def statistics(store: Store) -> Statistics:
    """Counted in one go."""
    kept = list(store.incidents(INCIDENTS))
    disputed = tuple(conflicts(store.database))
    with store.database.reading() as connection:
        return Statistics(
            _counted(connection, "SELECT kind, count(*) FROM entry WHERE retired IS NULL GROUP BY kind ORDER BY kind"),
            _counted(connection, "SELECT lang, count(*) FROM entry WHERE retired IS NULL GROUP BY lang ORDER BY lang"),
            _number(connection, "SELECT count(*) FROM entry WHERE retired IS NOT NULL"),
            _number(connection, "SELECT count(*) FROM passage"),
            Tally(**dict(connection.execute(_SAID, {"passed_on": _PASSED_ON}).fetchall())),
            _sources(connection),
            _fared(connection, "worked > failed", "worked - failed DESC"),
            _fared(connection, "failed > worked OR wrong > useful", "failed - worked + wrong - useful DESC"),
            _number(connection, "SELECT count(*) FROM incident"),
            tuple(one for one in _repeated(kept) if one.times > 1)[:MOST],
            _repeated(one for one in kept if one.explanation.tier is Tier.INSUFFICIENT and one.state is not State.RESOLVED)[:MOST],
            _unanswered(connection),
            disputed,
        )  # fmt: skip


_SAID = """
SELECT result, count(*) FROM outcome GROUP BY result
UNION ALL SELECT kind, count(*) FROM feedback
    WHERE kind IN ('useful', 'wrong') AND NOT (length(note) >= 10 AND substr(note, -10) GLOB :passed_on) GROUP BY kind
"""
_PASSED_ON = f"({'[0-9a-f]' * 8})"
"""How a remark ends that was passed on from an incident's answer to the entry it rests on: it was made once."""


def _counted(connection: Any, statement: str) -> dict[str, int]:
    return dict(connection.execute(statement).fetchall())


def _number(connection: Any, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])


def _sources(connection: Any) -> tuple[Collection, ...]:
    rows = connection.execute(
        "SELECT source, count(*), max(updated) FROM entry WHERE kind = 'runbook' AND retired IS NULL GROUP BY source "
        "ORDER BY count(*) DESC, source LIMIT ?",
        [MOST],
    ).fetchall()
    return tuple(Collection(source, entries, datetime.fromisoformat(updated)) for source, entries, updated in rows)


def _fared(connection: Any, which: str, order: str) -> tuple[Fared, ...]:
    rows = connection.execute(
        f"SELECT * FROM (SELECT id, title, {tallied('entry.id')} FROM entry WHERE retired IS NULL AND id IN "
        f"(SELECT entry FROM outcome UNION SELECT about FROM feedback)) WHERE {which} ORDER BY {order}, id LIMIT ?",
        [MOST],
    ).fetchall()
    return tuple(Fared(name, title, Tally(*counts)) for name, title, *counts in rows)


def _repeated(kept: Iterable[Kept]) -> tuple[Repeated, ...]:
    """Incidents by what they are about, the most frequent first; the latest of each stands for the others."""
    groups: dict[str, list[Kept]] = {}
    for one in kept:
        root = _root(one.explanation)
        groups.setdefault(one.explanation.fault or (root.template if root else "") or one.id, []).append(one)
    found = [_repetition(sorted(group, key=lambda one: one.seen)) for group in groups.values()]
    return tuple(sorted(found, key=lambda one: (-one.times, -one.last.timestamp(), one.incident)))


def _repetition(group: list[Kept]) -> Repeated:
    last = group[-1]
    answer, root = last.explanation, _root(last.explanation)
    line = root.message.partition("\n")[0] if root else ""
    what = line if answer.tier is Tier.INSUFFICIENT and line else answer.summary or answer.reason
    resolved = last.state is State.RESOLVED
    return Repeated(len(group), last.seen, resolved, what, last.id, root.template if root else "")


def _root(answer: Explanation) -> Evidence | None:
    return next((e for e in answer.evidence if e.ref == answer.root), None)


def _unanswered(connection: Any) -> tuple[str, ...]:
    """Questions that got no answer, the latest first, each once; answers of another version are passed over."""
    rows = connection.execute(
        "SELECT said, answer FROM turn WHERE answer LIKE '%\"insufficient\"%' ORDER BY time DESC LIMIT 200"
    ).fetchall()
    asked = (said for said, answer in rows if _tier(answer) == Tier.INSUFFICIENT.value)
    return tuple(dict.fromkeys(asked))[:MOST]


class _Tier(msgspec.Struct):
    tier: str


def _tier(answer: str) -> str:
    try:
        return msgspec.json.decode(answer, type=_Tier).tier
    except msgspec.MsgspecError:
        return ""
