"""A conversation is kept; what it was settled to be counts for that fault, and what mended it becomes an entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from edgeops.assistant.casebook import Casebook
from edgeops.assistant.known import filled, wording_of
from edgeops.assistant.lessons import lesson
from edgeops.assistant.steps import bindings_of
from edgeops.errors import UsageError
from edgeops.knowledge import talks
from edgeops.knowledge.entry import Entry, Origin, Result
from edgeops.knowledge.store import Store
from edgeops.knowledge.talks import Hand
from edgeops.records import Explanation, Incident, Talk, Tier

_ASKED = "## Asked"


def keep(store: Store, before: Talk, talk: Talk, hand: Hand | None, by: Origin, now: datetime) -> None:
    """Remember the last turn, and the hand when one was taken up. Raises StoreError.

    A fault that this turn settled the conversation to be counts as having worked, once; one that is taken back as having failed.
    """
    with store.writing():
        talks.keep(store.database, talk, now)
        if hand is not None:
            talks.keep_hand(store.database, talk.id, hand)
        if talk.settled and talk.settled != before.settled:
            store.entries.judge(talk.settled, Result.WORKED, by, now, _note(talk))
        elif before.settled and not talk.settled:
            store.entries.judge(before.settled, Result.FAILED, by, now, _note(talk))


def fitting(hand: Hand, book: Casebook) -> Hand:
    """What was at hand, without the faults that the pack does not have any more."""
    return replace(hand, incidents=tuple(_fitting(incident, book) for incident in hand.incidents))


def _fitting(incident: Incident, book: Casebook) -> Incident:
    signals = (s if s.rule is None or s.rule.fault in book.faults else replace(s, rule=None) for s in incident.signals)
    suspects = tuple(suspect for suspect in incident.suspects if suspect.fault in book.faults)
    return replace(incident, signals=tuple(signals), suspects=suspects)


def conclude(
    store: Store, talk: Talk, hand: Hand, did: str, book: Casebook, lang: str, by: Origin, now: datetime
) -> Entry:
    """What mended it as an entry that the next such question or incident is answered from. Raises StoreError, UsageError.

    Said again of the same conversation it changes that entry.
    """
    if not did.strip():
        raise UsageError('Say what was done in a few words, such as: --did "restarted orders".')
    answer = _explanation(talk, hand, book, lang)
    draft = lesson(answer, did, answer.cause, by)
    asked = f"{draft.body}\n\n{_ASKED}\n{talk.answers[0].question}"
    draft = replace(draft, id=f"talk-{talk.id}", body=asked, origin=replace(draft.origin, source=f"talk:{talk.id}"))
    with store.writing():
        entry = store.entries.put(draft, now)
        if not any(outcome.note == _note(talk) for outcome in store.entries.outcomes(entry.id)):
            store.entries.judge(entry.id, Result.WORKED, by, now, _note(talk))
        return store.entries.get(entry.id)


def _note(talk: Talk) -> str:
    return f"({talk.id})"


def _explanation(talk: Talk, hand: Hand, book: Casebook, lang: str) -> Explanation:
    """What the conversation came to, in the form that incidents are answered in."""
    fault, incident = book.faults.get(talk.settled), _about(talk.settled, hand)
    template = incident.signals[incident.root].template if incident else ""
    lines = [e for one in talk.answers for e in one.evidence if e.kind == "log"]
    first = next((e for e in lines if e.template == template), lines[0] if lines else None)
    values = bindings_of(incident, fault.id) if incident and fault else {}
    wording = wording_of(fault, lang) if fault else None
    return Explanation(
        incident=talk.id,
        tier=Tier.KNOWN,
        lang=lang,
        fault=talk.settled,
        root=first.ref if first else "",
        summary=filled(wording.title, values) if wording else talk.answers[0].question,
        cause=filled(wording.cause, values) if wording else "",
        evidence=tuple({(e.source, e.line): e for e in ([first] if first else []) + lines}.values()),
    )


def _about(fault: str, hand: Hand) -> Incident | None:
    """The incident at hand that the fault explains."""
    return next((i for i in hand.incidents if any(suspect.fault == fault for suspect in i.suspects)), None)
