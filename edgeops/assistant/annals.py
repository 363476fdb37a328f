"""What the store has beside an incident's answer: what helped against the like of it, what was done, what people noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edgeops.assistant.lessons import templates_of
from edgeops.assistant.report import Deed
from edgeops.assistant.settling import deeds
from edgeops.knowledge.entry import Entry, Kind, Remark, Verdict
from edgeops.knowledge.past import explaining
from edgeops.knowledge.store import Store
from edgeops.records import Explanation

_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Annals:
    """past are entries of other incidents, runbooks and notes, those with the same root first; each entry has its outcomes."""

    past: tuple[Entry, ...] = ()
    deeds: tuple[Deed, ...] = ()
    notes: tuple[Remark, ...] = ()


def annals(store: Store, name: str, answer: Explanation, now: datetime) -> Annals:
    """What is known beside the answer to an incident, which the store need not hold. Raises StoreError."""
    known = store.knows(name)
    done = deeds(store, store.incident(name)) if known else ()
    notes = tuple(one for one in store.entries.comments(name) if one.kind == Verdict.NOTE) if known else ()
    own = {deed.entry.id for deed in done}
    templates = templates_of(answer)
    past = explaining(store.database, templates) if templates else []
    alike = store.search().find(answer.summary, 3 * _ALIKE, now, meaning=False) if answer.summary else []
    past += [store.entries.get(one.id) for one in alike if one.kind is not Kind.FAULT][:_ALIKE]
    return Annals(tuple({one.id: one for one in past if one.id not in own}.values()), done, notes)
