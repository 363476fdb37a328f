"""What the model should write about a scene: the summary, and the cause where no fault of the pack has it."""

from __future__ import annotations

from collections.abc import Mapping

from edgeops.assistant import prompts
from edgeops.assistant.case import signal_of
from edgeops.assistant.known import citing, filled, wording_of
from edgeops.assistant.reasoned import opened
from edgeops.assistant.steps import bindings_of
from edgeops.records import Evidence
from quantize.data import wordings
from quantize.data.briefs import Brief

MOST_EFFECTS = 3
MOST_SUMMARY, MOST_CAUSE = 82, 72
"""Tokens: somewhat fewer than the slots allow."""


def texts(brief: Brief) -> dict[str, str]:
    """The texts of the slots by their names, each with the space before it."""
    return {"summary": _fitting(brief)} | ({} if brief.fault else {"cause": _cause(brief)})


def borne_out(brief: Brief, said: Mapping[str, str]) -> bool:
    """Whether the runtime would find every name, number and ref of the words in the evidence."""
    opening = opened(brief.case, brief.root, brief.fault, brief.lang)
    whole = prompts.joined(opening, brief.root, said["summary"].strip(), brief.lang)
    texts = {**said, "summary": whole}
    return all(map(brief.bears_out, texts.values()))


def _fitting(brief: Brief) -> str:
    """What the model says of what followed, with as many effects as fit."""
    clauses = _effects(brief)
    while True:
        text = wordings.ended(wordings.joined(clauses, brief.lang, bool(brief.ends)), brief.lang) + _end(brief)
        if not clauses or wordings.tokens_about(text) <= MOST_SUMMARY:
            return text
        clauses = clauses[:-1]


def _values(brief: Brief) -> dict[str, str]:
    """What the root line binds by the rules of its fault, which the one who answers may not know."""
    fault = brief.scene.plot.fault
    assert fault
    own = brief.world.books.of(fault.id, "known").rules.match(brief.line(brief.root).message)
    return next((dict(match.bindings) for match in own if match.rule.fault == fault.id), {})


def _effects(brief: Brief) -> list[str]:
    """Clauses on what followed, known faults first, each program once, in the order of the lines."""
    near, seen = brief.line(brief.root).host, set()
    picked: list[Evidence] = []
    ranked = sorted(brief.effects, key=lambda e: not _known(brief, e))
    for line in ranked:
        if (line.unit, line.host) not in seen and len(picked) < MOST_EFFECTS:
            seen.add((line.unit, line.host))
            picked.append(line)
    return [_effect(brief, line, near) for line in sorted(picked, key=lambda e: int(e.ref[1:]))]


def _known(brief: Brief, line: Evidence) -> str:
    """The known fault that a line shows, other than what broke first."""
    signal = signal_of(brief.incident, line)
    rule = signal.rule if signal else None
    return rule.fault if rule and rule.fault != brief.fault else ""


def _effect(brief: Brief, line: Evidence, near: str) -> str:
    known = _known(brief, line)
    if known:
        fault = brief.scene.book.faults[known]
        title = filled(fault.zh.title, bindings_of(brief.incident, known)) if brief.lang == "zh" else fault.title
        title = title.replace("：", " ") if brief.lang == "zh" else wordings.lowered(title)
        if "<" not in title and brief.bears_out(title):
            return f"{title} [{line.ref}]"
    return wordings.clause(line, near, brief.lang, brief.dice)


def _end(brief: Brief) -> str:
    """That it is over, where a line says so."""
    if not brief.ends:
        return ""
    said = wordings.clause(brief.ends[-1], brief.line(brief.root).host, brief.lang, brief.dice)
    return f"随后 {said}，说明已恢复。" if brief.lang == "zh" else f" Then {said}, so it works again."


def _cause(brief: Brief) -> str:
    """Why such a thing happens, from the entry of the fault."""
    fault = brief.scene.plot.fault
    assert fault
    cause = filled(wording_of(fault, brief.lang).cause, _values(brief))
    limit = 230
    short = wordings.first_sentence(cause, limit)
    while short and wordings.tokens_about(short) > MOST_CAUSE:
        limit -= 30
        short = wordings.first_sentence(cause, limit)
    if not short or "<" in short or not brief.bears_out(short):
        return f" {prompts.SILENT[brief.lang]}"
    return wordings.ended(citing(short, brief.root), brief.lang)
