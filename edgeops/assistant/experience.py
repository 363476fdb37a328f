"""What a store has learnt from people, for those who teach a model: resolved incidents with how they went, and imported passages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgeops.assistant.lessons import cause_in, done_in, templates_of
from edgeops.knowledge.entry import Entry, Kind, Result
from edgeops.knowledge.past import explaining
from edgeops.knowledge.store import Kept, Store
from edgeops.records import Explanation, Knowledge, State

MOST_INCIDENTS = 100_000


@dataclass(frozen=True, slots=True)
class Experience:
    """A resolved incident: the answer it got, what a person says was its cause and was done, and how often that worked here.

    useful and wrong count the feedback on the answer; lang is the language of the person's words ("" without any).
    """

    answer: Explanation
    cause: str = ""
    did: str = ""
    lang: str = ""
    worked: int = 0
    failed: int = 0
    useful: int = 0
    wrong: int = 0


def experiences(path: Path) -> Iterator[Experience]:
    """The resolved incidents of a store, and those that people commented on, in the order of their ids. Raises StoreError."""
    with Store(path, readonly=True) as store:
        for kept in sorted(store.incidents(MOST_INCIDENTS), key=lambda kept: kept.id):
            said = Counter(remark.kind for remark in store.entries.comments(kept.id))
            if kept.state is State.RESOLVED or said["wrong"]:
                yield _experience(store, kept, said)


def passages(path: Path) -> Iterator[Knowledge]:
    """The runbook passages of a store that are in use, in the order of their ids. Raises StoreError."""
    with Store(path, readonly=True) as store:
        for entry in sorted(store.entries.all(Kind.RUNBOOK), key=lambda entry: entry.id):
            yield Knowledge(entry.id, entry.title, entry.body, 1.0, entry.lang, entry.trust)


def _experience(store: Store, kept: Kept, said: Counter[str]) -> Experience:
    entries = [e for e in explaining(store.database, templates_of(kept.explanation)) if e.kind is Kind.INCIDENT]
    tried = [(entry, _results(store, entry, kept.id)) for entry in entries]
    tried = [(entry, results) for entry, results in tried if results]
    total = sum((results for _, results in tried), Counter[str]())
    mended = next((entry for entry, results in tried if results[Result.WORKED]), tried[0][0] if tried else None)
    return Experience(
        answer=kept.explanation,
        cause=cause_in(mended) if mended else "",
        did=done_in(mended) if mended else "",
        lang=mended.lang if mended else "",
        worked=total[Result.WORKED],
        failed=total[Result.FAILED],
        useful=said["useful"],
        wrong=said["wrong"],
    )


def _results(store: Store, entry: Entry, incident: str) -> Counter[str]:
    """How it went when the entry's advice was followed in this incident."""
    said = store.entries.outcomes(entry.id)
    return Counter(Result(one.kind) for one in said if one.note.endswith(f"({incident})"))
