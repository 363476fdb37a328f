"""A conversation about an incident begins with its explanation, so that the first thing said may already be a reply to it."""

from __future__ import annotations

from collections.abc import Iterator

from edgeops.assistant.cite import cited
from edgeops.records import Answer, Explanation, Knowledge, Sentence

_MOST_ASKED = 160
_QUESTION = {"en": "What is behind this: {title}?", "zh": "这是什么原因：{title}？"}


def opening(explanation: Explanation, title: str) -> Answer:
    """The explanation as the first answer of a conversation. It is asked of the root line, else of what the incident is called."""
    passages = tuple(_passages(explanation))
    root = next((one.message for one in explanation.evidence if one.ref == explanation.root), "")
    asked = (root.strip() or title).split("\n")[0][:_MOST_ASKED].rstrip(".。 ")
    return Answer(
        question=_QUESTION[explanation.lang].format(title=asked),
        lang=explanation.lang,
        tier=explanation.tier,
        sentences=tuple(_sentences(explanation, bool(passages))),
        fault=explanation.fault,
        knowledge=passages,
        evidence=tuple(one for one in explanation.evidence if one.kind == "log"),
        checks=explanation.checks,
        fixes=explanation.fixes,
        unproved=explanation.unproved,
        reason=explanation.reason,
        model=explanation.model,
        notes=explanation.notes,
        timings=explanation.timings,
    )


def _sentences(explanation: Explanation, known: bool) -> Iterator[Sentence]:
    """The conclusion, borne out by the lines that it names or else by the root; and why, by what is known of it."""
    root = (explanation.root,) if explanation.root else ()
    for text, ground in ((explanation.summary, root), (explanation.cause, ("K1",) if known else root)):
        if text:
            yield Sentence(text, cited(text) or ground)


def _passages(explanation: Explanation) -> Iterator[Knowledge]:
    """What it rests on besides the lines: entries that it cites, or else the fault that it is."""
    entries = [one for one in explanation.evidence if one.kind == "knowledge"]
    for one in entries:
        _, _, name = one.source.rpartition(":")
        yield Knowledge(name, one.text, one.message, one.score, explanation.lang, one.trust)
    if explanation.fault and not entries:
        yield Knowledge(explanation.fault, explanation.summary, explanation.cause, 1.0, explanation.lang)
