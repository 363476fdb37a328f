"""An incident is settled: what was done becomes an entry (or counts for the one that already says so), its answer is judged, a report written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from edgeops.assistant.lessons import lesson, same_advice, templates_of
from edgeops.assistant.report import Deed, markdown, page
from edgeops.errors import UsageError
from edgeops.knowledge import judged
from edgeops.knowledge.entry import Entry, Kind, Origin, Remark, Result, Verdict
from edgeops.knowledge.past import explaining, settle
from edgeops.knowledge.store import Kept, Store
from edgeops.records import Explanation, State

_OWN = "kb:"


@dataclass(frozen=True, slots=True)
class Settled:
    """The entry that an incident's fix is kept in. again: it was known before, and this is one more time."""

    incident: str
    entry: Entry
    again: bool


def resolve(
    store: Store, name: str, did: str, result: Result, by: Origin, now: datetime, cause: str = "", note: str = ""
) -> Settled:
    """Record what was done about an incident and how it went. Raises StoreError, UsageError."""
    if not did.strip():
        raise UsageError("Say what was done in a few words: edgeops incidents resolve ID --did 'restarted orders'.")
    kept = store.incident(name)
    answer = kept.explanation
    with store.writing():
        past = explaining(store.database, templates_of(answer))
        known = next((e for e in past if e.kind is Kind.INCIDENT and same_advice(e, did)), None)
        entry = known or store.entries.put(lesson(answer, did, cause, by), now)
        store.entries.judge(entry.id, result, by, now, f"{note} ({kept.id})".strip())
        # What did not help leaves the incident open.
        settle(store.database, kept.id, State.EXPLAINED if result is Result.FAILED else State.RESOLVED)
        return Settled(kept.id, store.entries.get(entry.id), known is not None)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person said of an incident's answer, and the entries that the answer rests on, which it counts for."""

    incident: str
    remark: Remark
    entries: tuple[str, ...]


def judge(store: Store, name: str, verdict: Verdict, by: Origin, now: datetime, note: str = "") -> Judged:
    """Keep what a person says of an incident's answer, with the answer as it reads now. Raises StoreError, UsageError."""
    if verdict is Verdict.NOTE and not note.strip():
        raise UsageError("Say what there is to note: edgeops incidents feedback ID note --note 'seen after the move'.")
    kept = store.incident(name)
    with store.writing():
        remark = store.entries.comment(kept.id, verdict, by, now, note)
        judged.keep(store, remark, kept.explanation)
        entries = grounds(store, kept.explanation) if verdict is not Verdict.NOTE else ()
        for entry in entries:
            store.entries.comment(entry, verdict, by, now, f"{note} ({kept.id})".strip())
        return Judged(kept.id, remark, entries)


def grounds(store: Store, answer: Explanation) -> tuple[str, ...]:
    """The entries that an answer rests on: its fault, or else what it cites of the store."""
    if answer.fault:
        return (answer.fault,)
    cited = (e.source for e in answer.evidence if e.ref in answer.cites and e.source.startswith(_OWN))
    return tuple(name for source in cited if store.entries.known(name := source.removeprefix(_OWN)))


def deeds(store: Store, kept: Kept) -> tuple[Deed, ...]:
    """What was done about an incident, and how it went."""
    entries = [e for e in explaining(store.database, templates_of(kept.explanation)) if e.kind is Kind.INCIDENT]
    mark = f"({kept.id})"
    found = []
    for entry in entries:
        said = [one for one in store.entries.outcomes(entry.id) if one.note.endswith(mark)]
        if said:
            own = tuple(replace(one, note=one.note.removesuffix(mark).strip()) for one in said)
            found.append(Deed(entry, own))
    return tuple(found)


def report(store: Store, name: str, now: datetime, html: bool = False) -> str:
    """The post-mortem of an incident. Raises StoreError."""
    kept = store.incident(name)
    write = page if html else markdown
    return write(kept, deeds(store, kept), now)
