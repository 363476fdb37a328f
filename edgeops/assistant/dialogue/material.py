"""What an answer is made from: passages that bear on the question, lines of the logs at hand, steps of a fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edgeops.assistant.casebook import Casebook
from edgeops.assistant.dialogue.hypotheses import Hypothesis
from edgeops.assistant.dialogue.sentences import bears_on
from edgeops.assistant.evidence import select_all
from edgeops.assistant.known import filled, wording_of
from edgeops.assistant.reasoned import Heard, Mind
from edgeops.assistant.steps import bindings_of, concrete
from edgeops.records import Action, Answer, Evidence, Incident, Knowledge, Sampling, Selection, Tier

MOST_PASSAGES = 4
MOST_LINES = 6
_LOGS = 2

WORDS = {
    "en": {
        "nothing": "neither the store nor the logs hold anything about this",
        "unanswered": "what was found does not answer this",
        "suspect": "Most like what you describe: {title}.",
        "confirmed": "Noted: it was {title}.",
        "denied": "Noted: it was not {titles}.",
        "next": "The next that fits: {title}.",
        "no more": "no other known fault fits what is left; more of the logs would help",
        "model": "The model did not answer: {error}",
    },
    "zh": {
        "nothing": "知识库和日志中都没有相关内容",
        "unanswered": "找到的内容不能回答这个问题",
        "suspect": "与您的描述最相符的是：{title}。",
        "confirmed": "已记录：原因是{title}。",
        "denied": "已记录：不是{titles}。",
        "next": "下一个可能：{title}。",
        "no more": "没有其他已知故障与剩余线索相符；需要更多日志",
        "model": "模型未能回答：{error}",
    },
}

Find = Callable[[str, int, str], Sequence[Knowledge]]
"""(query, how many, language) to passages, best first."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What an answer is made from. mind is called only when the model is wanted; None answers without one."""

    book: Casebook
    find: Find
    incidents: Sequence[Incident] = ()
    lang: str = "en"
    budget: int = 4_000
    mind: Callable[[], Mind] | None = None
    heard: Heard = lambda _: None
    sampling: Sampling = field(default_factory=Sampling)


def found_for(question: str, bench: Bench) -> list[Knowledge]:
    """Passages that bear on the question. Words cannot tell for a passage in another language: there the search is believed."""
    found = [
        _passage_of(p, bench) if p.id in bench.book.faults else p
        for p in bench.find(question, 2 * MOST_PASSAGES, bench.lang)
    ]
    return [p for p in found if p.lang != bench.lang or bears_on(question, f"{p.title} {p.text}", p.lang)]


@dataclass(frozen=True, slots=True)
class Material:
    """What an answer may cite: passages as K1, K2…, lines as L1, L2…."""

    passages: tuple[Knowledge, ...]
    lines: tuple[Evidence, ...]
    selection: Selection

    @classmethod
    def of(cls, found: Sequence[Knowledge], standing: Sequence[Hypothesis], bench: Bench) -> Material:
        selection = select_all(bench.incidents[:_LOGS], bench.budget) if bench.incidents else Selection((), ())
        rank = {ref: place for place, ref in enumerate(selection.roots)}
        worth = sorted(selection.evidence, key=lambda e: (rank.get(e.ref, len(rank)), -e.score))[:MOST_LINES]
        lines = tuple(e for e in selection.evidence if e in worth)
        matched = [_passage(h, bench.lang) for h in standing if h.incident]
        seen = {p.id for p in matched}
        passages = (*matched, *(p for p in found if p.id not in seen))
        return cls(passages[:MOST_PASSAGES], lines, selection)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        known = (
            Evidence(f"K{n}", "knowledge", p.id, 0, None, p.title, p.score, message=p.text, trust=p.trust)
            for n, p in enumerate(self.passages, 1)
        )
        return (*self.lines, *known)

    def ref_of(self, fault: str) -> str:
        return next((f"K{n}" for n, p in enumerate(self.passages, 1) if p.id == fault), "")


def _passage(hypothesis: Hypothesis, lang: str) -> Knowledge:
    """A fault as a passage, filled with what the logs bound."""
    fault, incident = hypothesis.fault, hypothesis.incident
    wording = wording_of(fault, lang)
    values = bindings_of(incident, fault.id) if incident else {}
    text = f"{filled(wording.summary, values)} {filled(wording.cause, values)}"
    return Knowledge(fault.id, filled(wording.title, values), text, hypothesis.weight, lang)


def _passage_of(found: Knowledge, bench: Bench) -> Knowledge:
    return _passage(Hypothesis(bench.book.faults[found.id], found.score), bench.lang)


def steps_of(hypothesis: Hypothesis | None, bench: Bench, kind: str) -> tuple[Action, ...]:
    if hypothesis is None:
        return ()
    fault, incident = hypothesis.fault, hypothesis.incident
    names = fault.checks if kind == "checks" else fault.fixes
    values = bindings_of(incident, fault.id) if incident else {}
    return concrete([bench.book.steps[name] for name in names], values, bench.lang)


def insufficient(said: str, bench: Bench, why: str, material: Material) -> Answer:
    return Answer(
        question=said,
        lang=bench.lang,
        tier=Tier.INSUFFICIENT,
        knowledge=material.passages,
        evidence=material.lines,
        reason=WORDS[bench.lang][why],
    )
