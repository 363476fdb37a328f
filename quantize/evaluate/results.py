"""From all answers to the record: measures of every row over the same tasks, and sentences on what that does not cover. Pure but for the machine's name."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from math import exp
from pathlib import Path

from edgeops import __version__
from edgeops.records import Trust
from quantize.evaluate.intervals import bootstrapped, of_all
from quantize.evaluate.logits import FIRST, KEPT, Foreseen
from quantize.evaluate.metrics import measures, pairs_of, scores
from quantize.evaluate.posed import Posed
from quantize.evaluate.questions import Question
from quantize.evaluate.record import NO_MODEL, Evaluation, Measure, Row, Score
from quantize.evaluate.told import Picked, Told
from quantize.evaluate.verdict import Verdict, fitted, judge
from quantize.evaluate.wish import Matter, Task, Wish

Answers = Mapping[str, Mapping[Task, Told | Picked]]
"""By row and task; every row has the same tasks."""


@dataclass(frozen=True, slots=True)
class Results:
    """What every row answered to the tasks that all of them answered. foreseen is None where there was no time for it."""

    wish: Wish
    matter: Matter
    answers: Answers
    figures: Mapping[str, Mapping[str, float]]
    foreseen: Mapping[str, Sequence[Foreseen]] | None

    @property
    def done(self) -> Sequence[Task]:
        """What every row answered."""
        return list(next(iter(self.answers.values()), {}))

    def incidents(self, name: str) -> list[tuple[Task, Posed]]:
        """The incidents of the test, or those of the validation."""
        return [(t, t.asked) for t in self.done if t.name == name and isinstance(t.asked, Posed)]


def evaluation_of(results: Results, hashes: Mapping[str, str], seconds: float) -> Evaluation:
    """The record."""
    rows, per_class = [], {}
    for name in (NO_MODEL, *results.answers):
        trust = fitted_by(*_held(results, name))
        verdicts = _verdicts(results, name, trust)
        rows.append(_row(results, name, hashes.get(name, ""), verdicts, trust))
        per_class[name] = _scores(verdicts)
    return Evaluation(
        tuple(rows), per_class, results.matter.data, round(seconds, 1), machine(), versions(), limits(results)
    )


def _verdicts(results: Results, name: str, trust: Trust) -> list[Verdict]:
    answers = results.answers.get(name, {})
    return [judge(posed, _told(answers.get(task)), trust) for task, posed in results.incidents("incident")]


def _told(answer: Told | Picked | None) -> Told | None:
    return answer if isinstance(answer, Told) else None


def _scores(verdicts: Sequence[Verdict]) -> dict[str, Score]:
    return scores(pairs_of(verdicts))


def _row(results: Results, name: str, sha256: str, verdicts: Sequence[Verdict], trust: Trust) -> Row:
    found = measures(verdicts, results.wish.seed)
    if name == NO_MODEL:
        return Row(name, "", "", found)
    wanted = next(row for row in results.wish.rows if row.name == name)
    found |= _letters(results, name) | _foreseen(results, name)
    numbers = {**results.figures.get(name, {}), **asdict(trust)}
    beside = f" + {wanted.model.adapter.name}" if wanted.model.adapter else ""
    return Row(name, f"{wanted.model.file.name}{beside}", sha256, found, numbers | _seconds(results, name))


def _held(results: Results, name: str) -> tuple[list[Task], Mapping[Task, Told | Picked]]:
    """The incidents of the validation families, and what a row answered."""
    return [task for task, _ in results.incidents("validation")], results.answers.get(name, {})


def fitted_by(held: Sequence[Task], answers: Mapping[Task, Told | Picked]) -> Trust:
    """How far a model's choices should go, by incidents of the validation families."""
    told = [
        (task.asked, answer)
        for task in held
        if isinstance(task.asked, Posed) and isinstance(answer := answers.get(task), Told)
    ]
    return fitted([posed for posed, _ in told], [answer for _, answer in told])


def _letters(results: Results, name: str) -> dict[str, Measure]:
    """Multiple choice, by collection."""
    right: dict[str, list[bool]] = {}
    for task, answer in results.answers[name].items():
        if isinstance(task.asked, Question) and isinstance(answer, Picked):
            shares = answer.letters
            picked = task.asked.letters[max(range(len(shares)), key=shares.__getitem__)] if shares else ""
            right.setdefault(f"choice_{task.asked.set}", []).append(picked == task.asked.right)
    return {name: measure for name, verdicts in sorted(right.items()) if (measure := of_all(verdicts))}


def _foreseen(results: Results, name: str) -> dict[str, Measure]:
    """Perplexity, and the mean divergence a token; drawn anew by texts, whose tokens hang together."""
    texts = list((results.foreseen or {}).get(name, ()))
    tokens, seed = sum(text.tokens for text in texts), results.wish.seed
    told = [text for text in texts if text.divergence is not None]
    found = {
        "perplexity": bootstrapped(texts, lambda some: exp(_mean(some, [t.surprise for t in some])), seed, tokens),
        "kl": bootstrapped(told, lambda some: _mean(some, [t.divergence or 0.0 for t in some]), seed, tokens),
    }
    return {name: measure for name, measure in found.items() if measure}


def _mean(texts: Sequence[Foreseen], sums: Sequence[float]) -> float:
    return sum(sums) / max(1, sum(text.tokens for text in texts))


def _seconds(results: Results, name: str) -> dict[str, float]:
    """The mean time of each step of an incident, and of a question."""
    told = [a for t, a in results.answers[name].items() if isinstance(a, Told) and t.name == "incident" and a.choices]
    picked = [a.seconds for a in results.answers[name].values() if isinstance(a, Picked)]
    columns = {
        "choose_s": [a.seconds[0] for a in told],
        "write_s": [a.seconds[1] for a in told],
        "question_s": picked,
    }
    return {label: round(sum(column) / len(column), 2) for label, column in columns.items() if column}


def limits(results: Results) -> dict[str, str]:
    """Sentences on what the numbers rest on, and on what they do not."""
    asked = results.incidents("incident")
    open_ones = [posed for _, posed in asked if not posed.settled]
    tellable = sum(1 for posed in open_ones if posed.right_roots)
    seed, matter = results.wish.seed, results.matter
    questions = [task for task in results.done if isinstance(task.asked, Question)]
    failed = {
        n: sum(1 for a in found.values() if isinstance(a, Told) and a.failed) for n, found in results.answers.items()
    }
    told = {
        "incidents": f"{len(asked)} of the {matter.of} incidents of the test split were asked"
        + (f", evenly by kind (seed {seed}), so that rare kinds weigh more than in the dataset." if len(asked) < matter.of else ".")
        + " They are staged; their faults are of families that no training saw.",
        "roots": f"root_accuracy and root_alone count the {tellable} incidents in which the model has a say and "
        f"somebody can tell; root_all adds the {len(asked) - len(open_ones)} that code settles because their root states a "
        "known fault. The dataset leaves out what code settles wrongly, so these count as right.",
        "faults": f"Faults are judged on the {len(open_ones)} incidents that code does not settle, `none` being a class. A "
        "fault that the chosen root line states goes before the choice, as in the product. Macro F1 is the mean over "
        "the classes that are right at least once, most of them for few incidents. The row without a model takes the fault that "
        "rules saw most of, and withholds its answer where they saw none, as the product does.",
        "words": "Summaries are held against what the model saw (lines as shown, titles of the faults), which is somewhat stricter "
        "than the product, which also knows the rest of the evidence. Cause and checks were not asked.",
        "trust": "How much each model's choices count, and from which share of `these lines do not tell` on its answer is withheld, is fitted on "
        f"{len(results.incidents('validation'))} incidents of the validation families, never on the test.",
    }  # fmt: skip
    if questions:
        told["choice"] = (
            f"{len(questions)} of {matter.of_questions} questions with one right letter, evenly by part (seed {seed}), zero-shot by the "
            "probability of the letters, not calibrated."
        )
    if results.foreseen:
        told["reading"] = (
            f"Perplexity and divergence on {max(map(len, results.foreseen.values()))} texts of our own (staged log lines and "
            f"pack entries of test faults), each from its {FIRST + 1}th token on. For the divergence the reference's likeliest {KEPT} tokens "
            "are told apart and all others count as one, so it is a lower bound. " + _references(results)
        )
    if any(failed.values()):
        counts = ", ".join(f"{name} {count}" for name, count in failed.items() if count)
        told["failed"] = f"Prompts that did not fit the context, answered as without a model: {counts}."
    return told | _left_out(results)


def _references(results: Results) -> str:
    """Against what each row's divergence was measured."""
    said = []
    for row in results.wish.rows:
        if row.full:
            adapter = f" + {row.full.adapter.name}" if row.full.adapter else ""
            said.append(f"{row.name}: {row.full.file.name}{adapter}")
    return f"References: {'; '.join(said)}." if said else "No reference was given."


def _left_out(results: Results) -> dict[str, str]:
    """What the budget left no time for."""
    wanted = sum(map(len, results.matter.lists))
    if len(results.done) == wanted and results.foreseen is not None:
        return {}
    reading = ", and perplexity and divergence" if results.foreseen is None else ""
    return {
        "time": f"The time was up: {wanted - len(results.done)} of {wanted} incidents and questions were left out of all rows{reading}; "
        "the same command goes on."
    }


def machine() -> str:
    """The processor and its cores."""
    try:
        told = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        told = []
    named = next((line.partition(":")[2].strip() for line in told if line.startswith("model name")), platform.machine())
    return f"{named}, {len(os.sched_getaffinity(0))} cores"


def versions() -> dict[str, str]:
    """What computed."""
    found = {"edgeops": __version__, "python": platform.python_version()}
    with suppress(PackageNotFoundError):
        found["llama-cpp-python"] = version("llama-cpp-python")
    return found
