"""What an incident taught: an explained incident and what mended it become an entry, and an entry answers the next one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from edgeops.assistant.known import citing
from edgeops.knowledge.entry import Draft, Entry, Kind, Origin, Tally
from edgeops.records import Action, Evidence, Explanation, Incident, Risk, Selection, Tier

MOST_LINES = 8
MOST_TOLD = 200
_CAUSE, _DONE, _LINES = "## Cause", "## What was done", "## Lines"
_BEFORE = {
    "en": "Fixed before: {worked} of {tried} times by what {entry} says.",
    "zh": "以往修复记录：按 {entry} 所述处理，{tried} 次中有 {worked} 次有效。",
}
_IN_VAIN = {
    "en": "Did not help before ({failed} of {tried} times): {did} [{entry}].",
    "zh": "以往处理无效（{tried} 次中有 {failed} 次）：{did} [{entry}]。",
}
_CALLED_WRONG = {
    "en": "People here called answers by {entry} wrong {wrong} times and useful {useful} times.",
    "zh": "本站对 {entry} 的解答：{wrong} 次被评为错误，{useful} 次被评为有用。",
}
_LIKE = {"en": "The same as before: {title}.", "zh": "与以往相同：{title}。"}
_NOTED = {"en": "Noted here: {title}.", "zh": "本站记录：{title}。"}
SOUND = 0.5
"""What promises less failed more often than it worked, or was called wrong: it is told, not advised."""


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
    """What was done, as the entry tells; of a fault its title, else the whole text where it has no such section."""
    if entry.kind is Kind.FAULT:
        return entry.title
    return " ".join((_section(entry.body, _DONE) or entry.body).split())


def cause_in(entry: Entry) -> str:
    """What the cause was, as the entry tells; empty where it has no such section."""
    return _section(entry.body, _CAUSE)


def told(entry: Entry, lang: str) -> str:
    """What an entry has to say to a question: of an incident its cause, what was done and how often that worked."""
    if entry.kind is not Kind.INCIDENT:
        return entry.body
    return "\n\n".join(filter(None, [cause_in(entry), done_in(entry), before(entry, lang)]))


def _section(body: str, heading: str) -> str:
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^## |\Z)", body, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


# ---------------------------------------------------------------- the next time


def explain_past(incident: Incident, selection: Selection, past: Sequence[Entry], lang: str) -> Explanation | None:
    """The answer that a past incident or a note gives, in the *known* tier; None when none that is sound has this root."""
    entries = [entry for entry in past if _advised(entry)]
    root = selection.roots[0] if selection.roots else ""
    if not entries or not root:
        return None
    best = entries[0]
    lived = best.kind is Kind.INCIDENT
    return Explanation(
        incident=incident.id,
        tier=Tier.KNOWN,
        lang=lang,
        root=root,
        summary=citing((_LIKE if lived else _NOTED)[lang].format(title=best.title.rstrip(".。")), root),
        cause=cause_in(best) if lived else " ".join(best.body.split()),
        fixes=_fixes(entry for entry in entries if entry.kind is Kind.INCIDENT),
        cites=(root, "K1"),
        evidence=(*selection.evidence, *(_cited(f"K{n}", entry) for n, entry in enumerate(entries, 1))),
        notes=_told(past, lang),
        dropped_templates=selection.dropped_templates,
        dropped_lines=selection.dropped_lines,
    )


def with_past(answer: Explanation, past: Sequence[Entry]) -> Explanation:
    """An answer with what helped before, where the store knows: as a fix of its own, how often it worked, and what did not help."""
    entries = [e for e in past if _advised(e) and answer.tier is not Tier.INSUFFICIENT]
    taken = sum(1 for e in answer.evidence if e.kind == "knowledge")
    return replace(
        answer,
        fixes=(*_fixes(entries), *answer.fixes),
        evidence=(*answer.evidence, *(_cited(f"K{taken + n}", entry) for n, entry in enumerate(entries, 1))),
        notes=(*answer.notes, *_told(past, answer.lang)),
    )


def _advised(entry: Entry) -> bool:
    return entry.kind is not Kind.FAULT and entry.outcomes.promise >= SOUND


def _fixes(entries: Iterable[Entry]) -> tuple[Action, ...]:
    return tuple(Action(f"kb:{entry.id}", done_in(entry), (), Risk.MODIFY) for entry in entries)


def _told(past: Iterable[Entry], lang: str) -> tuple[str, ...]:
    """What people say about each entry."""
    notes = (note for entry in past if entry.kind is not Kind.FAULT for note in (before(entry, lang), doubt(entry.id, entry.outcomes, lang)))  # fmt: skip
    return tuple(filter(None, notes))


def before(entry: Entry, lang: str) -> str:
    """How often an entry's advice worked, or that it was in vain, in a sentence; empty when nobody said."""
    tally = entry.outcomes
    tried = tally.worked + tally.failed
    wording = _BEFORE if tally.worked >= tally.failed else _IN_VAIN
    did = done_in(entry)[:MOST_TOLD]
    told = wording[lang].format(worked=tally.worked, failed=tally.failed, tried=tried, entry=entry.id, did=did)
    return told if tried else ""


# ---------------------------------------------------------------- what people said of the pack's answers


def weighed(incident: Incident, fared: Callable[[str], Tally]) -> Incident:
    """The incident with its suspects weighed by how the answers that they gave here fared; best first."""
    worth = {suspect.fault: 0.6 + 0.8 * fared(suspect.fault).promise for suspect in incident.suspects}
    ranked = sorted(incident.suspects, key=lambda suspect: -suspect.score * worth[suspect.fault])
    return replace(
        incident, suspects=tuple(replace(s, score=round(min(s.score * worth[s.fault], 1.0), 3)) for s in ranked)
    )


def doubt(name: str, tally: Tally, lang: str) -> str:
    """That people called the answers by this fault or entry wrong more often than useful; empty when they did not."""
    told = _CALLED_WRONG[lang].format(entry=name, wrong=tally.wrong, useful=tally.useful)
    return told if tally.wrong > tally.useful else ""


def _cited(ref: str, entry: Entry) -> Evidence:
    source = f"kb:{entry.id}"
    return Evidence(ref, "knowledge", source, 0, None, entry.title, entry.trust, message=entry.body, trust=entry.trust)


def _plain(text: str) -> str:
    return re.sub(r"\s*\[[LKH]\d+\]", "", text)
