"""`explain --why`: which lines carried an answer, a bar for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgeops.assistant.why import Carried
from edgeops.cli.answer import Painter
from edgeops.records import Explanation
from edgeops.text import show, wrap

_CELLS = 20
_EXCERPT = 70
_WORDS = {
    "en": {
        "title": "What carried it (how much less likely the answer is without the line)",
        "rule": "states {fault}; that decided, whatever the model says",
        "past": "is the line that a past incident began with; that decided",
        "root": "root",
        "fault": "fault",
        "points": "{value:+d} points",
        "none": "Nothing carried it: no line was held to be the cause, or the answer is about other lines.",
    },
    "zh": {
        "title": "结论由哪些行支撑（去掉该行后结论的概率下降多少）",
        "rule": "表明 {fault}，由此确定，与模型无关",
        "past": "与以往某次故障的首行相同，由此确定",
        "root": "根因",
        "fault": "故障",
        "points": "{value:+d} 个百分点",
        "none": "没有支撑的行：没有确定根因，或结论涉及其他行。",
    },
}


def shown(painter: Painter, answer: Explanation, carried: Sequence[Carried]) -> Iterator[str]:
    """The lines of text, safe to print."""
    words = _WORDS[answer.lang]
    yield from painter.headline(words["title"])
    if not carried:
        yield from wrap(words["none"], painter.columns)
    texts = {e.ref: e.message.split("\n")[0] for e in answer.evidence}
    for one in carried:
        told = _told(one, painter, words)
        excerpt = show(texts.get(one.ref, "")[:_EXCERPT], ascii_only=painter.ascii_only)
        yield from wrap(f"{one.ref:<4}{show(told, ascii_only=painter.ascii_only)}", painter.columns, indent="    ")
        yield from wrap(f"    {excerpt}", painter.columns, indent="    ")


def _told(one: Carried, painter: Painter, words: dict[str, str]) -> str:
    """What the line did: the bar shows the larger fall."""
    if one.rule:
        return words["rule"].format(fault=one.rule)
    falls = [(name, fall) for name, fall in (("root", one.root), ("fault", one.fault)) if fall is not None]
    if not falls:
        return words["past"]
    said = ", ".join(f"{words[name]} {words['points'].format(value=-round(100 * fall))}" for name, fall in falls)
    return f"{bar(max(fall for _, fall in falls), painter.ascii_only)} {said}"


def bar(fall: float, ascii_only: bool = False) -> str:
    """A bar of 20 cells for a fall of 1; empty where nothing falls."""
    full = round(max(0.0, min(1.0, fall)) * _CELLS)
    mark, rest = ("#", ".") if ascii_only else ("█", "·")
    return mark * full + rest * (_CELLS - full)
