"""The evaluation from beginning to end: every model is asked the same, portion by portion, and the record is made of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2s
from pathlib import Path
from time import monotonic

from edgeops import hooks
from edgeops.engines.settings import EngineSettings
from edgeops.errors import EdgeopsError
from edgeops.hooks import Engine
from quantize.evaluate import logits
from quantize.evaluate.ledger import Ledger
from quantize.evaluate.logits import Foreseen
from quantize.evaluate.models import Contestant, Hashes, Loaded, settings_of
from quantize.evaluate.order import interleaved
from quantize.evaluate.posed import Posed
from quantize.evaluate.prose import documents, name_of
from quantize.evaluate.record import Evaluation, write
from quantize.evaluate.results import Answers, Results, evaluation_of, fitted_by
from quantize.evaluate.sitting import Sitting, Unasked
from quantize.evaluate.speed import figures
from quantize.evaluate.told import Picked, Told
from quantize.evaluate.wish import Matter, Task, Wish, matter

PORTION = 10
RESULTS, RECORD = "results.jsonl", "evaluation.json"

Open = Callable[[EngineSettings], Engine]
Read = Callable[..., list[Foreseen]]
Say = Callable[[str], None]


class EvaluateError(EdgeopsError):
    pass


@dataclass
class Course:
    """One run of the evaluation: what is asked, who is asked, what is known, and how much time is left."""

    wish: Wish
    matter: Matter
    ledger: Ledger
    settings: Mapping[str, EngineSettings]
    open: Open
    read: Read
    say: Say
    clock: Callable[[], float]
    begun: float

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return bool(self.wish.budget_s) and self.clock() - self.begun >= self.wish.budget_s

    def sitting(self, settings: EngineSettings) -> Sitting:
        """The desk of one row's model."""
        return Sitting(lambda: self.open(settings), self.ledger, settings.weights, lambda: self.over, self.clock)


def evaluate(
    wish: Wish,
    say: Say = lambda sentence: None,
    open_engine: Open | None = None,
    read: Read = logits.read,
    clock: Callable[[], float] = monotonic,
) -> Evaluation:
    """Ask all, write the record into the folder, and give it. What is known from an earlier run is not asked again.

    open_engine, read and clock are for tests. Raises EngineError, UsageError, EvaluateError.
    """
    begun, hashes = clock(), Hashes()
    asked = matter(wish, hashes)
    make = open_engine or _llama
    probe = (lambda path: "chatml") if open_engine else None
    # A folder each: an engine keeps a few states of prompts only, and all rows would push each other's out.
    caches = {row.name: wish.out / "cache" / hashes.of_model(row.model)[-16:] for row in wish.rows}
    settings = {row.name: settings_of(row.model, hashes, caches[row.name], wish.threads, probe) for row in wish.rows}
    if open_engine is None:
        _demand(wish)
    with Ledger(wish.out / RESULTS) as ledger:
        course = Course(wish, asked, ledger, settings, make, read, say, clock, begun)
        speeds = _figures(course)
        foreseen = _foreseen(course, hashes)
        results = Results(wish, asked, _asked(course), speeds, foreseen)
    record = evaluation_of(results, {row.name: hashes.of_model(row.model) for row in wish.rows}, clock() - begun)
    write(record, wish.out / RECORD)
    return record


def _llama(settings: EngineSettings) -> Engine:
    factories = dict(pair for group in hooks.registry().hook.edgeops_engines() for pair in group)
    engine: Engine = factories["llama"](settings)
    return engine


def close(engine: Engine) -> None:
    """End an engine's process, if it has one."""
    end = getattr(engine, "close", None)
    if end:
        end()


def _demand(wish: Wish) -> None:
    """All models are open at once. Raises EvaluateError where the memory is too small for that, before anything is done."""
    needed = sum(2 * row.model.bytes + (600 << 20) for row in wish.rows)
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    told = [line.split() for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable")]
    free = int(told[0][1]) << 10 if told else free
    if needed > free:
        raise EvaluateError(
            f"These {len(wish.rows)} models want up to {needed >> 20} MiB at once and {free >> 20} MiB are free; "
            "name fewer rows a run (what is known is kept)."
        )


def _figures(course: Course) -> dict[str, dict[str, float]]:
    """Speeds, measured for all rows in one go."""
    rows = {row.name: row.model for row in course.wish.rows}
    key = ("figures", str(course.wish.threads), *(course.settings[name].weights for name in rows))
    known = course.ledger.get(key, dict[str, dict[str, float]])
    if known is None:
        course.say("size, load time, speed and memory of each model")
        fresh = {name: replace(course.settings[name], cache="") for name in rows}
        known = figures(rows, lambda name: course.open(fresh[name]), close)
        course.ledger.keep(key, known)
    return known


def _foreseen(course: Course, hashes: Hashes) -> dict[str, list[Foreseen]] | None:
    """Perplexity and divergence of each row; a reference is read once and kept. None where the time was up before."""
    faults = {fault.id: fault for group in hooks.registry().hook.edgeops_faults() for fault in group}
    texts = documents(course.matter.items, faults, course.wish.texts, course.wish.seed)
    found = {}
    for row in course.wish.rows if texts else ():
        known = _row_foreseen(course, row, texts, hashes)
        if known is None:
            return None
        found[row.name] = known
    return found


def _row_foreseen(course: Course, row: Contestant, texts: list[str], hashes: Hashes) -> list[Foreseen] | None:
    """None where the time is up: then no row has it. Nothing for a model that is no GGUF file, of which llama.cpp reads no logits."""
    if not _is_gguf(row.model.file):
        return []
    full = hashes.of_model(row.full) if row.full else ""
    key = ("foreseen", name_of(texts), course.settings[row.name].weights, full)
    known = course.ledger.get(key, list[Foreseen])
    if known is None and not course.over:
        course.say(f"{row.name}: perplexity{' and divergence' if full else ''} on {len(texts)} texts")
        reference = _reference(course, row.full, texts, hashes) if row.full else None
        known = course.read(replace(course.settings[row.name], cache=""), texts, reference)
        course.ledger.keep(key, known)
    return known


def _is_gguf(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(4) == b"GGUF"


def _reference(course: Course, full: Loaded, texts: list[str], hashes: Hashes) -> Path:
    """The file with what the full precision foresees, made where it is missing."""
    name = blake2s(f"{hashes.of_model(full)} {name_of(texts)}".encode(), digest_size=12).hexdigest()
    file = course.wish.out / f"reference-{name}.npz"
    if not file.exists():
        family = next(iter(course.settings.values())).family
        settings = settings_of(full, hashes, None, course.wish.threads, lambda path: family)
        course.read(settings, texts, None, file)
    return file


def _asked(course: Course) -> Answers:
    """Ask every row portion by portion until all is asked or the time is up; the answers to what all rows answered."""
    held = course.matter.validation
    others = [tasks for tasks in course.matter.lists if tasks is not held]
    total, done = sum(map(len, course.matter.lists)), 0
    sittings = {row: course.sitting(settings) for row, settings in course.settings.items()}
    found: dict[str, dict[Task, Told | Picked]] = {row: {} for row in sittings}
    try:
        for portion in (*interleaved([held], PORTION), *interleaved(others, PORTION)):
            # Once the validation families are through, each model is trusted as it would be in service.
            for row, sitting in sittings.items():
                sitting.trust = fitted_by(held, found[row])
            new = {row: _portion(sitting, portion) for row, sitting in sittings.items()}
            shared = [task for task in portion if all(task in answers for answers in new.values())]
            for row, answers in new.items():
                found[row] |= {task: answers[task] for task in shared}
            done += len(shared)
            course.say(f"{done} of {total} incidents and questions, {course.clock() - course.begun:.0f} s")
            if not shared:
                break
    finally:
        for sitting in sittings.values():
            sitting.close()
    return found


def _portion(sitting: Sitting, portion: list[Task]) -> dict[Task, Told | Picked]:
    """The answers to a portion, as many as there is time for. Those of one language together: they share their beginning."""
    found: dict[Task, Told | Picked] = {}
    for task in sorted(portion, key=lambda task: (task.name == "question", task.asked.lang, task.id)):
        with suppress(Unasked):
            if isinstance(task.asked, Posed):
                found[task] = sitting.told(task.asked, task.name == "incident")
            else:
                found[task] = sitting.picked(task.asked)
    return found
