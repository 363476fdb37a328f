"""A question to an answer: from the store, the logs at hand and the model; every sentence cited or marked as general knowledge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from edgeops.assistant.casebook import Casebook
from edgeops.assistant.dialogue import prompts
from edgeops.assistant.dialogue.hypotheses import Hypothesis, denied, hypotheses
from edgeops.assistant.dialogue.replies import Intent, intent_of
from edgeops.assistant.dialogue.sentences import bears_on, grounded, split, telling
from edgeops.assistant.evidence import select_all
from edgeops.assistant.known import citing, explain_known, filled, wording_of
from edgeops.assistant.prose import tidy
from edgeops.assistant.reasoned import Heard, Mind
from edgeops.assistant.steps import bindings_of, concrete
from edgeops.errors import EngineError, EngineLost
from edgeops.records import (
    Action,
    Answer,
    Evidence,
    Finished,
    Incident,
    Knowledge,
    Sampling,
    Selection,
    Sentence,
    Talk,
    Tier,
    Written,
)

MOST_PASSAGES = 4
MOST_LINES = 6
MOST_TOLD = 3
_LOGS = 2
_NOWHERE = ("The passages do not answer", "现有资料不能回答")

_WORDS = {
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


def ask(said: str, talk: Talk, bench: Bench) -> Talk:
    """The conversation with one more answer, the last of `answers`. Never raises EngineError: a failing model leaves a note."""
    intent = intent_of(said) if _proposed(talk) else Intent.ASKS
    match intent:
        case Intent.CONFIRMS:
            return _confirmed(said, talk, bench)
        case Intent.DENIES | Intent.MORE:
            return _denied(said, talk, bench, intent)
    question = _in_context(said, talk)
    found = _found(question, bench)
    standing = hypotheses(found, bench.incidents, bench.book, talk.ruled_out)
    material = _Material.of(found, standing, bench)
    if not material.evidence:
        answer = _insufficient(said, bench, "nothing", material)
    else:
        answer = _answered(said, question, standing, material, bench)
    return replace(talk, answers=(*talk.answers, answer))


def _found(question: str, bench: Bench) -> list[Knowledge]:
    """Passages that bear on the question. Words cannot tell for a passage in another language: there the search is believed."""
    found = [
        _passage_of(p, bench) if p.id in bench.book.faults else p
        for p in bench.find(question, 2 * MOST_PASSAGES, bench.lang)
    ]
    return [p for p in found if p.lang != bench.lang or bears_on(question, f"{p.title} {p.text}", p.lang)]


@dataclass(frozen=True, slots=True)
class _Material:
    """What an answer may cite: passages as K1, K2…, lines as L1, L2…."""

    passages: tuple[Knowledge, ...]
    lines: tuple[Evidence, ...]
    selection: Selection

    @classmethod
    def of(cls, found: Sequence[Knowledge], standing: Sequence[Hypothesis], bench: Bench) -> _Material:
        selection = select_all(bench.incidents[:_LOGS], bench.budget) if bench.incidents else Selection((), ())
        rank = {ref: place for place, ref in enumerate(selection.roots)}
        worth = sorted(selection.evidence, key=lambda e: (rank.get(e.ref, len(rank)), -e.score))[:MOST_LINES]
        lines = tuple(e for e in selection.evidence if e in worth)
        matched = [_passage(h, bench.lang) for h in standing if h.incident]
        passages = {p.id: p for p in (*found, *matched)}
        first = {p.id: passages[p.id] for p in (*matched, *found)}
        return cls(tuple(first.values())[:MOST_PASSAGES], lines, selection)

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
    return replace(_passage(Hypothesis(bench.book.faults[found.id], found.score), bench.lang), score=found.score)


def _answered(said: str, question: str, standing: list[Hypothesis], material: _Material, bench: Bench) -> Answer:
    first = standing[0] if standing else None
    answer = Answer(
        question=said,
        lang=bench.lang,
        tier=Tier.KNOWN,
        fault=first.fault.id if first else "",
        knowledge=material.passages,
        evidence=material.lines,
        checks=_steps(first, bench, "checks"),
        fixes=_steps(first, bench, "fixes") if first and first.incident else (),
    )
    opening = _opening(first, material, bench)
    if bench.mind is None:
        return _extracted(answer, question, opening, material, bench)
    try:
        return _reasoned(answer, question, opening, material, bench)
    except EngineError as error:
        note = _WORDS[bench.lang]["model"].format(error=error)
        return replace(_extracted(answer, question, opening, material, bench), notes=(note,))


def _opening(first: Hypothesis | None, material: _Material, bench: Bench) -> list[Sentence]:
    """What code knows by itself: the fault that the logs show, else the one most like the question."""
    if first is None:
        return []
    if first.incident:
        known = explain_known(first.incident, material.selection, bench.book.faults, bench.book.steps, bench.lang)
        refs = {e.ref for e in material.lines}
        if known and known.fault == first.fault.id and known.root in refs:
            return [Sentence(known.summary, tuple(ref for ref in known.cites if ref in refs))]
    ref = material.ref_of(first.fault.id)
    if not ref:
        return []
    title = filled(wording_of(first.fault, bench.lang).title, {})
    return [Sentence(citing(_WORDS[bench.lang]["suspect"].format(title=title), ref), (ref,))]


def _extracted(answer: Answer, question: str, opening: list[Sentence], material: _Material, bench: Bench) -> Answer:
    """Without a model: the sentences of the passages that say most about the question."""
    texts = [(f"K{n}", passage.text) for n, passage in enumerate(material.passages, 1)]
    told = telling(question, texts, MOST_TOLD)
    if not opening and not told:
        return _insufficient(answer.question, bench, "unanswered", material)
    return replace(answer, sentences=(*opening, *told))


def _reasoned(answer: Answer, question: str, opening: list[Sentence], material: _Material, bench: Bench) -> Answer:
    """The model's sentences, verified; what code knows comes first. Raises EngineError."""
    assert bench.mind is not None
    script = replace(prompts.asking(question, material.passages, material.lines, bench.lang), sampling=bench.sampling)
    text, finished = "", None
    for reply in bench.mind().engine.run(script):
        bench.heard(reply)
        if isinstance(reply, Written):
            text = tidy(reply.text, reply.ended)
        elif isinstance(reply, Finished):
            finished = reply
    if finished is None:
        raise EngineLost("The model stopped before it had finished; nothing of its answer is used.")
    sentences, doubts = grounded(split(text), material.evidence)
    borne_out = [s for s in sentences if s.refs and not any(u.token in s.text for u in doubts)]
    if text.startswith(_NOWHERE) or not borne_out:
        bare = _extracted(answer, question, opening, material, bench)
        return replace(bare, model=finished.model, timings=finished.timings)
    return replace(
        answer,
        tier=Tier.REASONED,
        sentences=(*(s for s in opening if s.text not in text), *sentences),
        unproved=doubts,
        model=finished.model,
        timings=finished.timings,
    )


def _steps(hypothesis: Hypothesis | None, bench: Bench, kind: str) -> tuple[Action, ...]:
    if hypothesis is None:
        return ()
    fault, incident = hypothesis.fault, hypothesis.incident
    names = fault.checks if kind == "checks" else fault.fixes
    values = bindings_of(incident, fault.id) if incident else {}
    return concrete([bench.book.steps[name] for name in names], values, bench.lang)


def _insufficient(said: str, bench: Bench, why: str, material: _Material) -> Answer:
    return Answer(
        question=said,
        lang=bench.lang,
        tier=Tier.INSUFFICIENT,
        knowledge=material.passages,
        evidence=material.lines,
        reason=_WORDS[bench.lang][why],
    )


# ---------------------------------------------------------------- follow-ups


def _proposed(talk: Talk) -> str:
    """The fault that the last answer put first."""
    return talk.answers[-1].fault if talk.answers else ""


def _in_context(said: str, talk: Talk) -> str:
    """A follow-up in few words is asked together with the question before it."""
    before = next((answer.question for answer in reversed(talk.answers)), "")
    few = len(said.split()) <= 5 and len(said) <= 40
    return f"{before} {said}" if before and few else said


def _confirmed(said: str, talk: Talk, bench: Bench) -> Talk:
    fault = bench.book.faults[_proposed(talk)]
    title = filled(wording_of(fault, bench.lang).title, {})
    before = talk.answers[-1]
    answer = replace(
        before,
        question=said,
        lang=bench.lang,
        tier=Tier.KNOWN,
        sentences=(Sentence(_WORDS[bench.lang]["confirmed"].format(title=title)),),
        checks=(),
        unproved=(),
        model="",
    )
    return replace(talk, answers=(*talk.answers, answer), settled=fault.id)


def _denied(said: str, talk: Talk, bench: Bench, intent: Intent) -> Talk:
    """What the person ruled out is out, and the next hypothesis is put forward."""
    question = next((a.question for a in talk.answers if intent_of(a.question) is Intent.ASKS), said)
    found = _found(question, bench)
    standing = [h.fault.id for h in hypotheses(found, bench.incidents, bench.book, talk.ruled_out)]
    proposed = _proposed(talk)
    out = (
        denied(said, list(dict.fromkeys([proposed, *standing])), bench.book) if intent is Intent.DENIES else [proposed]
    )
    talk = replace(talk, ruled_out=tuple(dict.fromkeys((*talk.ruled_out, *out))))
    left = hypotheses(found, bench.incidents, bench.book, talk.ruled_out)
    material = _Material.of([p for p in found if p.id not in talk.ruled_out], left, bench)
    words = _WORDS[bench.lang]
    titles = ", ".join(filled(wording_of(bench.book.faults[f], bench.lang).title, {}) for f in out)
    noted = [Sentence(words["denied"].format(titles=titles))] if intent is Intent.DENIES else []
    if not left:
        answer = replace(_insufficient(said, bench, "no more", material), sentences=tuple(noted))
        return replace(talk, answers=(*talk.answers, answer))
    ref = material.ref_of(left[0].fault.id)
    title = filled(wording_of(left[0].fault, bench.lang).title, {})
    follows = Sentence(citing(words["next"].format(title=title), ref), (ref,) if ref else ())
    told = telling(question, [(ref, p.text) for p in material.passages if p.id == left[0].fault.id], 2) if ref else []
    answer = Answer(
        question=said,
        lang=bench.lang,
        tier=Tier.KNOWN,
        sentences=(*noted, follows, *told),
        fault=left[0].fault.id,
        knowledge=material.passages,
        evidence=material.lines,
        checks=_steps(left[0], bench, "checks"),
    )
    return replace(talk, answers=(*talk.answers, answer))
