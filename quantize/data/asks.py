"""Questions and what answers them: about a staged incident, about a fault, about a runbook, and ones that nothing answers."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.assistant.casebook import Casebook
from edgeops.assistant.dialogue import prompts
from edgeops.assistant.dialogue.hypotheses import hypotheses
from edgeops.assistant.dialogue.material import Bench, Material, found_for
from edgeops.assistant.dialogue.sentences import grounded, split
from edgeops.assistant.known import citing, filled, title_of, wording_of
from edgeops.records import Evidence, Fault, Knowledge
from edgeops.text import show
from quantize.data import wordings
from quantize.data.briefs import Brief, item_of
from quantize.data.items import ASK, Item, answered, named
from quantize.data.plots import AGAIN, ROOT

NOWHERE = {"en": "The passages do not answer this.", "zh": "现有资料不能回答这个问题。"}
_WHY = {
    "en": ("Why did this happen?", "What broke first?", "What is wrong with {unit}?", "Why do we see errors on {host}?", "What started the trouble on {host}?"),
    "zh": ("为什么会出现这个问题？", "最先出问题的是什么？", "{unit} 出了什么问题？", "{host} 上为什么报错？", "{host} 上的问题是怎么开始的？"),
}  # fmt: skip
_FAULT = {
    "en": ("What does it mean when {title}?", "What can be behind it when {title}?", "{Title}. What are the causes?", "I see that {title}, why is that?"),
    "zh": ("{title}是什么意思？", "{title}一般是什么原因？", "遇到“{title}”，可能的原因有哪些？", "为什么会{title}？"),
}  # fmt: skip
_BESIDE = {
    "en": (
        "Who changed the configuration of {unit} last week?", "When does the maintenance contract of {host} end?", "Which rack is {host} in?",
        "How many users of {unit} are affected?", "What was the load of {host} yesterday?", "Which version of {unit} will be installed next month?",
        "What is the phone number of the person on call for {unit}?", "How much did {host} cost?",
    ),
    "zh": (
        "上周是谁修改了 {unit} 的配置？", "{host} 的维保合同什么时候到期？", "{host} 在哪个机柜？", "{unit} 有多少用户受影响？",
        "{host} 昨天的负载是多少？", "下个月要安装 {unit} 的哪个版本？", "{unit} 值班人员的电话是多少？", "{host} 当初花了多少钱？",
    ),
}  # fmt: skip
_HOW = {
    "en": ("{title}: what should I do?", "How is this done: {title}?", "What does our runbook say about {title}?"),
    "zh": ("{title}应该怎么做？", "{title}怎么处理？", "手册里关于{title}是怎么说的？"),
}
_UNANSWERED = 0.3
LEAST_SENTENCE, MOST_SENTENCE = 12, 220


def asked(brief: Brief) -> Item | None:
    """A question about the incident; None when the runtime would find nothing to ask the model with."""
    dice, lang = brief.dice, brief.lang
    beside = brief.scene.plot.fault is None or dice.random() < _UNANSWERED
    line = brief.line(brief.root)
    place = {"unit": show(line.unit), "host": show(line.host)}
    fitting = [
        one for one in (_BESIDE if beside else _WHY)[lang] if all(place[name] for name in place if f"{{{name}}}" in one)
    ]
    if not fitting:
        return None
    question = dice.choice(fitting).format(**place)
    material = _material(brief, question)
    if not material.evidence:
        return None
    text = NOWHERE[lang] if beside else _explained(brief, material)
    if not text or not _good(text, material.evidence, beside):
        return None
    script = prompts.asking(question, material.passages, material.lines, lang)
    faults = tuple(passage.id for passage in material.passages)
    item = item_of(ASK, brief, script, {}, {"answer": f" {text}"})
    return named(replace(item, faults=faults, abstain=beside, trap=None))


def _material(brief: Brief, question: str) -> Material:
    book = brief.scene.book
    bench = Bench(book, book.search, (brief.incident,), brief.lang)
    found = found_for(question, bench)
    return Material.of(found, hypotheses(found, bench.incidents, book, ()), bench)


def _explained(brief: Brief, material: Material) -> str:
    """What the root line says, and what the passage on its fault says of the cause; "" when the root line is not among the lines."""
    parts = {"en": " ", "zh": ""}
    lines = [e for e in material.lines if brief.part(e) in (ROOT, AGAIN)]
    if not lines:
        return ""
    clause = wordings.clause(lines[0], "", brief.lang, brief.dice)
    clause = clause if brief.lang == "zh" else clause[0].upper() + clause[1:] if clause.startswith("a ") else clause
    sentences = [f"{clause}{'。' if brief.lang == 'zh' else '.'}"]
    fault = brief.scene.plot.fault
    ref = material.ref_of(fault.id) if fault else ""
    if fault and ref:
        shown = material.passages[int(ref[1:]) - 1].text[: prompts.MOST_PASSAGE]
        cause = wordings.first_sentence(filled(wording_of(fault, brief.lang).cause, {}), MOST_SENTENCE)
        if cause and cause in shown:
            sentences.append(citing(f"{cause}{'。' if brief.lang == 'zh' else '.'}", ref))
    return parts[brief.lang].join(sentences)


def _good(text: str, evidence: Sequence[Evidence], beside: bool) -> bool:
    """Whether the runtime would keep every sentence as borne out."""
    sentences, doubts = grounded(split(text), evidence)
    return beside or (not doubts and all(sentence.refs for sentence in sentences))


def about_fault(fault: Fault, book: Casebook, lang: str, dice: random.Random) -> Item | None:
    """A question about a fault that the store is to answer; None when the search does not find it."""
    title = title_of(fault, lang) if lang == "zh" else wordings.lowered(fault.title)
    question = dice.choice(_FAULT[lang]).format(title=title, Title=fault.title)
    bench = Bench(book, book.search, (), lang)
    found = found_for(question, bench)
    material = Material.of(found, hypotheses(found, (), book, ()), bench)
    ref = material.ref_of(fault.id)
    if not ref:
        return None
    return answered_from(question, material.passages, ref, lang, f"pack:{fault.id}", fault.family, fault.id)


def about_runbook(passage: Knowledge, others: Sequence[Knowledge], dice: random.Random) -> Item | None:
    """A question that a passage of a runbook answers, put among others; None when it says nothing in a sentence."""
    title = passage.title.split(" › ")[-1].strip()
    question = dice.choice(_HOW[passage.lang]).format(title=title)
    shown = [passage, *dice.sample(others, min(len(others), dice.randint(0, 3)))]
    dice.shuffle(shown)
    ref = f"K{shown.index(passage) + 1}"
    return answered_from(question, shown, ref, passage.lang, f"runbook:{passage.id}", f"runbook/{passage.id}", "")


def answered_from(
    question: str, passages: Sequence[Knowledge], ref: str, lang: str, provenance: str, family: str, fault: str
) -> Item | None:
    """The item whose answer is the first one or two sentences of a passage."""
    passage = passages[int(ref[1:]) - 1]
    shown = " ".join(passage.text.split())[: prompts.MOST_PASSAGE]
    # A paragraph ends a sentence, with or without a full stop; what the prompt leaves out cannot be told.
    said = [
        " ".join(one.split()) for part in re.split(r"\n\s*\n", passage.text) for one in split(part.replace("\n", " "))
    ]
    told = [one for one in said[:4] if one in shown and _is_prose(one, passage.text)][:2]
    text = ("" if lang == "zh" else " ").join(citing(sentence, ref) for sentence in told)
    evidence = [
        Evidence(f"K{n}", "knowledge", p.id, 0, None, p.title, 1.0, message=p.text) for n, p in enumerate(passages, 1)
    ]
    if not told or not _good(text, evidence, False):
        return None
    script = prompts.asking(question, passages, (), lang)
    kind = provenance.partition(":")[0]
    faults = tuple(p.id for p in passages)
    answer = answered(script, {}, {"answer": f" {text}"}, {})
    return named(
        Item("", ASK, kind, kind, family, fault, lang, script.system, script.user, answer, faults, False, provenance)
    )


def _is_prose(sentence: str, whole: str) -> bool:
    """A whole sentence of words, not a command and not the piece that was cut off."""
    marks = sum(sentence.count(mark) for mark in "$|<>{}`#\\=")
    ended = sentence[-1:] in ".!?。！？" or whole.endswith(sentence)
    return ended and marks == 0 and LEAST_SENTENCE <= len(sentence) <= MOST_SENTENCE
