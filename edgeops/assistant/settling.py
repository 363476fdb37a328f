"""An incident is settled: what was done becomes an entry (or counts for the one that already says so), its answer is judged, a report written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from edgeops.assistant.lessons import lesson, same_advice, templates_of
from edgeops.assistant.report import Deed, markdown, page
from edgeops.errors import UsageError
from edgeops.knowledge import judged
from edgeops.knowledge.entry import Entry, Kind, Origin, Remark, Result, Verdict
from edgeops.knowledge.past import explaining, settle, tried
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
    store: Store, name: str, did: str, result: Result, by: Origin, now: datetime, cause: str = "", note: str = "",
    entry: str = "",
) -> Settled:  # fmt: skip
    """Record what was done about an incident and how it went. Raises StoreError, UsageError.

    entry is the one whose advice was followed, where there is one; did is then not needed.
    """
    if not did.strip() and not entry:
        raise UsageError("Say what was done in a few words: edgeops incidents resolve ID --did 'restarted orders'.")
    kept = store.incident(name)
    answer = kept.explanation
    with store.writing():
        known = store.entries.get(entry) if entry else _like(store, answer, did)
        made = known or store.entries.put(lesson(answer, did, cause, by), now)
        store.entries.judge(made.id, result, by, now, f"{note} ({kept.id})".strip())
        # What did not help leaves the incident open.
        settle(store.database, kept.id, State.EXPLAINED if result is Result.FAILED else State.RESOLVED)
        return Settled(kept.id, store.entries.get(made.id), known is not None)


def _like(store: Store, answer: Explanation, did: str) -> Entry | None:
    """The lesson of an earlier incident like this that already says to do this."""
    past = explaining(store.database, templates_of(answer))
    return next((one for one in past if one.kind is Kind.INCIDENT and same_advice(one, did)), None)


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
    mark = f"({kept.id})"
    found = []
    for entry in tried(store.database, mark):
        said = [one for one in store.entries.outcomes(entry.id) if one.note.endswith(mark)]
        own = tuple(replace(one, note=one.note.removesuffix(mark).strip()) for one in said)
        found.append(Deed(entry, own))
    return tuple(found)


def report(store: Store, name: str, now: datetime, html: bool = False) -> str:
    """The post-mortem of an incident. Raises StoreError."""
    kept = store.incident(name)
    write = page if html else markdown
    return write(kept, deeds(store, kept), now)
