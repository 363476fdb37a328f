"""Questions with one right letter about the faults of the pack: which line shows what, what it means, what is behind it, what to check.

They are short, so that much is learnt in little time; and a model that is only ever shown incidents forgets how to answer anything else.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from edgeops.assistant.known import filled, title_of, wording_of
from edgeops.records import Fault, Step
from edgeops.text import show
from quantize.data import wordings
from quantize.data.drafting import LANGS
from quantize.data.items import QUIZ, Item, answered, named
from quantize.data.letters import LETTERS, lettered
from quantize.data.likeness import as_good

OPTIONS = 4
MOST_LINE, MOST_SENTENCE = 200, 180
_NEAR = 2
"""So many of the wrong options are of the fault's own family, where it has them: they are the hard ones."""

Told = Callable[[Fault, str], str]


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked by what is shown of a fault; "" of either makes no question.

    near: faults of its own family make good wrong answers. What is behind them, and what to look at first, is often the same.
    """

    name: str
    asked: Mapping[str, str]
    shown: Told
    option: Told
    near: bool = True


def quizzes(fault: Fault, faults: Sequence[Fault], steps: Mapping[str, Step], dice: random.Random) -> Iterator[Item]:
    """Questions about a fault, each in one of both languages. faults: all of its split, from which wrong options are taken."""
    for form in _forms(steps):
        lang = dice.choice(LANGS)
        item = _quiz(form, fault, faults, lang, dice)
        if item:
            yield item


def _forms(steps: Mapping[str, Step]) -> tuple[Form, ...]:
    def check(fault: Fault, lang: str) -> str:
        step = next((steps[name] for name in fault.checks if name in steps), None)
        return (step.zh if lang == "zh" else step.en) if step else ""

    return (
        Form("shown", {"en": "What does this log line show?\n{}", "zh": "这行日志说明什么？\n{}"}, _line, title_of),
        Form(
            "line", {"en": "Which of these log lines shows this: {}?", "zh": "下列哪行日志说明：{}？"}, title_of, _line
        ),
        Form("means", {"en": "What does it mean when {}?", "zh": "{}意味着什么？"}, title_of, _summary),
        Form(
            "cause",
            {"en": "What is most likely behind this: {}?", "zh": "{}最可能的原因是什么？"},
            title_of,
            _cause,
            False,
        ),
        Form(
            "check", {"en": "What should be checked first: {}?", "zh": "{}，首先应检查什么？"}, title_of, check, False
        ),
    )


def _quiz(form: Form, fault: Fault, faults: Sequence[Fault], lang: str, dice: random.Random) -> Item | None:
    """None where it cannot be asked, or where there are too few other answers."""
    shown, right = form.shown(fault, lang), form.option(fault, lang)
    if not shown or not right:
        return None
    options = [right]
    for wrong in _wrong(form, fault, faults, lang, dice):
        options += [wrong] if wrong not in options else []
        if len(options) == OPTIONS:
            break
    else:
        return None
    dice.shuffle(options)
    letters = LETTERS[:OPTIONS]
    lines = [form.asked[lang].format(shown), *(f"{a}. {one}" for a, one in zip(letters, options, strict=True))]
    script = lettered("\n".join(lines), letters, lang)
    answer = answered(script, {"answer": (letters[options.index(right)],)}, {}, {})
    return named(
        Item(
            "", QUIZ, form.name, "pack", fault.family, fault.id, lang, script.system, script.user, answer, (), False,
            f"pack:{fault.id}",
        )
    )  # fmt: skip


def _wrong(form: Form, fault: Fault, faults: Sequence[Fault], lang: str, dice: random.Random) -> Iterator[str]:
    """Other faults' answers, the first of the same family; none of a fault that is as good an answer."""
    order = dice.sample(faults, len(faults))
    near = [one for one in order if one.family == fault.family] if form.near else []
    for one in (*near[:_NEAR], *(one for one in order if one.family != fault.family)):
        if not as_good(one, fault) and (text := form.option(one, lang)):
            yield text


def _line(fault: Fault, lang: str) -> str:
    text = show(fault.samples[0]) if fault.samples else ""
    return text if len(text) <= MOST_LINE and "\n" not in text else ""


def _summary(fault: Fault, lang: str) -> str:
    return _sentence(wording_of(fault, lang).summary)


def _cause(fault: Fault, lang: str) -> str:
    return _sentence(wording_of(fault, lang).cause)


def _sentence(text: str) -> str:
    told = wordings.first_sentence(filled(text, {}), MOST_SENTENCE).strip()
    return "" if "<" in told else told
