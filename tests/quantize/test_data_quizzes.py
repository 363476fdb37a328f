"""Questions with one right letter, made of the pack."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from edgeops import hooks
from edgeops.assistant.known import filled
from edgeops.records import Choose, Fault, Step
from quantize.data.items import QUIZ, Item, Pick
from quantize.data.letters import LETTERS, lettered
from quantize.data.quizzes import OPTIONS, quizzes
from quantize.evaluate.questions import Question


@pytest.fixture
def faults() -> list[Fault]:
    return [fault for group in hooks.registry().hook.edgeops_faults() for fault in group]


@pytest.fixture
def steps() -> dict[str, Step]:
    return {step.id: step for group in hooks.registry().hook.edgeops_steps() for step in group}


@pytest.fixture
def made(faults: list[Fault], steps: dict[str, Step]) -> list[Item]:
    return [item for fault in faults[:60] for item in quizzes(fault, faults, steps, random.Random(fault.id))]


def right(item: Item) -> str:
    """The option that is right, in words."""
    (pick,) = (part for part in item.answer if isinstance(part, Pick))
    (letter,) = pick.right
    options = dict(
        line.split(". ", 1) for line in item.user.split("\n") if line[:3] in {f"{one}. " for one in pick.options}
    )
    assert list(options) == list(LETTERS[:OPTIONS]) == list(pick.options)
    assert len(set(options.values())) == OPTIONS
    return options[letter]


def test_the_right_option_is_the_faults_own_and_its_letter_is_any(
    made: list[Item], faults: list[Fault], steps: dict[str, Step]
) -> None:
    of = {fault.id: fault for fault in faults}
    for item in made:
        fault, said = of[item.fault], right(item)
        wording = fault.zh if item.lang == "zh" else fault.en
        own = {
            "shown": wording.title if item.lang == "zh" else fault.title,
            "line": fault.samples[0],
            "means": wording.summary,
            "cause": wording.cause,
            "check": steps[fault.checks[0]].zh if item.lang == "zh" else steps[fault.checks[0]].en,
        }[item.kind]
        assert said.rstrip(".。…") in filled(own, {}), (item.kind, said, own)
        assert item.task == QUIZ and item.family == fault.family and not item.texts
    letters = Counter(part.right[0] for item in made for part in item.answer if isinstance(part, Pick))
    assert set(letters) == set(LETTERS[:OPTIONS]) and max(letters.values()) < len(made) / 2
    assert {item.kind for item in made} == {"shown", "line", "means", "cause", "check"}
    assert {item.lang for item in made} == {"en", "zh"}


def test_the_same_dice_make_the_same_questions(faults: list[Fault], steps: dict[str, Step]) -> None:
    one, two = (list(quizzes(faults[0], faults, steps, random.Random(7))) for _ in range(2))
    assert one == two and one


def test_where_there_are_too_few_other_answers_nothing_is_asked(faults: list[Fault], steps: dict[str, Step]) -> None:
    assert list(quizzes(faults[0], faults[:3], steps, random.Random(7))) == []


def test_they_are_put_as_the_evaluation_puts_questions() -> None:
    script = lettered("Why?\nA. x\nB. y", "AB", "en")
    assert Question("1", "s", "k", "en", "Why?\nA. x\nB. y", "AB", "A").script() == script
    assert script.answer[-1] == Choose("answer", ("A", "B"))
