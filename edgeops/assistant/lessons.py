"""What an incident taught: an explained incident and what mended it become an entry, and an entry answers the next one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.assistant.known import citing
from edgeops.knowledge.entry import Draft, Entry, Kind, Origin
from edgeops.records import Action, Evidence, Explanation, Incident, Risk, Selection, Tier

MOST_LINES = 8
_CAUSE, _DONE, _LINES = "## Cause", "## What was done", "## Lines"
_BEFORE = {
    "en": "Fixed before: {worked} of {tried} times by what {entry} says.",
    "zh": "以往修复记录：按 {entry} 所述处理，{tried} 次中有 {worked} 次有效。",
}
_LIKE = {"en": "The same as before: {title}.", "zh": "与以往相同：{title}。"}


def lesson(answer: Explanation, did: str, cause: str, origin: Origin) -> Draft:
    """The entry that an incident leaves: what it was, what was done, and the lines by which it is known again."""
    root = _root(answer)
    lines = [root, *(e for e in answer.evidence if e.kind == "log" and e is not root)] if root else []
    shown = "\n".join(f"    {line.message.splitlines()[0]}" for line in lines[:MOST_LINES] if line and line.message)
    said = answer.summary if answer.tier is not Tier.INSUFFICIENT or not root else root.message.split("\n")[0]
    title = _plain(said or answer.reason).rstrip(".。") or answer.incident
    parts = [f"{_CAUSE}\n{cause or _plain(answer.cause)}" if cause or answer.cause else "", f"{_DONE}\n{did.strip()}"]
    body = "\n\n".join([*filter(None, parts), f"{_LINES}\n{shown}"] if shown else [*filter(None, parts)])
    return Draft(
        Kind.INCIDENT, title[:200], body, replace(origin, source=answer.incident), templates=templates_of(answer)
    )


def templates_of(answer: Explanation) -> tuple[str, ...]:
    """The template of the root line: what makes two incidents the same."""
    root = _root(answer)
    return (root.template,) if root and root.template else ()


def _root(answer: Explanation) -> Evidence | None:
    return next((e for e in answer.evidence if e.ref == answer.root), None)


def same_advice(entry: Entry, did: str) -> bool:
    """Whether an entry already says to do this."""
    return done_in(entry).casefold() == " ".join(did.casefold().split())


def done_in(entry: Entry) -> str:
    """What was done, as the entry tells; the whole text where it has no such section."""
    return " ".join((_section(entry.body, _DONE) or entry.body).split())


def _section(body: str, heading: str) -> str:
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^## |\Z)", body, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


# ---------------------------------------------------------------- the next time


def explain_past(incident: Incident, selection: Selection, past: Sequence[Entry], lang: str) -> Explanation | None:
    """The answer that a past incident gives, in the *known* tier; None when none has this root."""
    entries = [entry for entry in past if entry.kind is Kind.INCIDENT]
    root = selection.roots[0] if selection.roots else ""
    if not entries or not root:
        return None
    best = entries[0]
    return Explanation(
        incident=incident.id,
        tier=Tier.KNOWN,
        lang=lang,
        root=root,
        summary=citing(_LIKE[lang].format(title=best.title), root),
        cause=_section(best.body, _CAUSE),
        fixes=tuple(Action(f"kb:{entry.id}", done_in(entry), (), Risk.MODIFY) for entry in entries),
        cites=(root, "K1"),
        evidence=(*selection.evidence, *(_cited(f"K{n}", entry) for n, entry in enumerate(entries, 1))),
        notes=tuple(note for entry in entries if (note := before(entry, lang))),
        dropped_templates=selection.dropped_templates,
        dropped_lines=selection.dropped_lines,
    )


def with_past(answer: Explanation, past: Sequence[Entry]) -> Explanation:
    """An answer with what helped before, where the store knows: as a fix of its own, and how often it worked."""
    entries = [entry for entry in past if entry.kind is not Kind.FAULT]
    taken = sum(1 for e in answer.evidence if e.kind == "knowledge")
    return replace(
        answer,
        fixes=(*(Action(f"kb:{e.id}", done_in(e), (), Risk.MODIFY) for e in entries), *answer.fixes),
        evidence=(*answer.evidence, *(_cited(f"K{taken + n}", entry) for n, entry in enumerate(entries, 1))),
        notes=(*answer.notes, *(note for entry in entries if (note := before(entry, answer.lang)))),
    )


def before(entry: Entry, lang: str) -> str:
    """How often an entry's advice worked, in a sentence; empty when nobody said."""
    tried = entry.outcomes.worked + entry.outcomes.failed
    return _BEFORE[lang].format(worked=entry.outcomes.worked, tried=tried, entry=entry.id) if tried else ""


def _cited(ref: str, entry: Entry) -> Evidence:
    source = f"kb:{entry.id}"
    return Evidence(ref, "knowledge", source, 0, None, entry.title, entry.trust, message=entry.body, trust=entry.trust)


def _plain(text: str) -> str:
    return re.sub(r"\s*\[[LKH]\d+\]", "", text)
