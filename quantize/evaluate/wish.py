"""What evaluation is asked for, and what it is judged by: incidents and questions, read and put in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeops.errors import UsageError
from quantize.data.items import Item, item_of
from quantize.evaluate.models import Contestant, Hashes
from quantize.evaluate.order import evenly
from quantize.evaluate.posed import Posed, incidents
from quantize.evaluate.questions import Question, questions

TEST, VALIDATION = "test.jsonl", "validation.jsonl"


@dataclass(frozen=True, slots=True)
class Wish:
    """dataset: the folder that `edgeops-quantize data` wrote; out: where results and record go; choices: folders of questions.

    limit: so many incidents (0: all); validation: so many to fit each model's trust on; questions: so many of each set (0: all);
    texts: so many for perplexity; budget_s: end in time (0: no limit).
    """

    dataset: Path
    out: Path
    rows: tuple[Contestant, ...]
    choices: tuple[Path, ...] = ()
    limit: int = 0
    validation: int = 40
    questions: int = 100
    texts: int = 8
    budget_s: float = 0.0
    seed: int = 1
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to ask a model."""

    name: str
    asked: Posed | Question

    @property
    def id(self) -> str:
        return self.asked.id


@dataclass(frozen=True, slots=True)
class Matter:
    """All that is asked, in the order in which it is. of: how many incidents there are; items: those of the test file."""

    items: tuple[Item, ...]
    incidents: tuple[Task, ...]
    validation: tuple[Task, ...]
    questions: tuple[tuple[Task, ...], ...]
    of: int
    of_questions: int
    data: dict[str, str]

    @property
    def lists(self) -> list[Sequence[Task]]:
        return [self.incidents, self.validation, *self.questions]


def matter(wish: Wish, hashes: Hashes) -> Matter:
    """Read the dataset and the questions. Raises UsageError."""
    test = _items(wish.dataset / TEST)
    posed = incidents(test)
    if not any(one.right_roots for one in posed):
        raise UsageError(f"{wish.dataset / TEST} holds no incident to judge a model by; make a larger dataset.")
    held = [one for one in incidents(_items(wish.dataset / VALIDATION)) if not one.settled]
    sets: dict[str, list[Question]] = {}
    for folder in wish.choices:
        for question in questions(folder):
            sets.setdefault(question.set, []).append(question)
    files = [wish.dataset / TEST, wish.dataset / VALIDATION]
    files += [file for folder in wish.choices for file in sorted(folder.rglob("*.jsonl")) if ".dev." not in file.name]
    return Matter(
        tuple(test),
        _tasks("incident", evenly(posed, lambda one: one.kind, wish.seed, wish.limit)),
        _tasks("validation", evenly(held, lambda one: one.kind, wish.seed, wish.validation) if wish.validation else []),
        tuple(
            _tasks("question", evenly(found, lambda one: one.kind, wish.seed, wish.questions))
            for _, found in sorted(sets.items())
        ),
        len(posed),
        sum(map(len, sets.values())),
        {_name(file): hashes.of(file) for file in files},
    )


def _tasks(name: str, asked: Sequence[Posed] | Sequence[Question]) -> tuple[Task, ...]:
    return tuple(Task(name, one) for one in asked)


def _name(file: Path) -> str:
    """A file of the dataset by its name, one of a collection with its folders."""
    return file.name if file.name in (TEST, VALIDATION) else "/".join(file.parts[-3:])


def _items(file: Path) -> list[Item]:
    try:
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        return [item_of(row) for row in rows]
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read ({error.strerror}); make a dataset with 'edgeops-quantize data {file.parent}'."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file} holds what is no item of a dataset ({error}); make the dataset anew.") from error
