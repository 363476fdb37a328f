"""The whole loop as one command: data, train, adapter to GGUF, evaluate, release, gate, promote. Safe to run overnight and to cut off.

The steps are given as functions; `steps.py` has the real ones. Whatever happens, what serves now serves until the very end.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from edgeops import __version__
from edgeops.catalog.adapters import Adapter, Rack
from edgeops.catalog.part import megabytes
from edgeops.catalog.release import read_release
from edgeops.errors import CatalogError
from edgeops.files import write_whole
from edgeops.identity import Identity
from quantize.evaluate import record
from quantize.evaluate.record import BASE, TUNED
from quantize.release import gate, manifest, shelf
from quantize.release.gate import Verdict, items
from quantize.stages import Clock, Say, Stage, Stages, UpdateError, alone, key
from quantize.train import wish as training

LEAST = 32
"""Items to learn from: with fewer an adapter learns them by heart and nothing else."""
ACTIVE = "active"
_TRAINING = 0.7
"""Of the time: what is left must do for the evaluation."""
_MEASURING = 0.1
_PLAN = "plan.json"
_NOT_SHAPING = {"base", "data", "out", "budget_s", "checkpoint_s", "checkpointing", "start"}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a run takes at its highest: MiB of memory, bytes of disk."""

    memory_mb: int
    disk: int


@dataclass(frozen=True, slots=True)
class Wish:
    """base: the model (GGUF) that is in use; work: where the stages' folders go; training: how (its base, data and out are not used).

    store: what people taught it; choices: folders of multiple-choice questions; limit, questions, texts: as in `evaluate`;
    anyway: also where the data are those of the active release; fresh: training begins with nothing, not with the adapter in service.
    """

    base: Path
    work: Path
    training: training.Wish
    store: Path | None = None
    scenes: int = 1400
    seed: int = 1
    budget_s: float = 0.0
    choices: tuple[Path, ...] = ()
    limit: int = 0
    questions: int = 100
    texts: int = 8
    anyway: bool = False
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Measuring:
    """What is evaluated: rows are pairs of a name and an adapter (None: the plain base)."""

    base: Path
    dataset: Path
    rows: tuple[tuple[str, Path | None], ...]
    out: Path
    budget_s: float


@dataclass(frozen=True)
class Steps:
    """The steps as functions; each leaves its result in a folder that it is given, and goes on with what is in it.

    demand raises where packages are missing; needs is told the adapter that training begins with, too; train leaves `adapter/` with
    made.json; convert writes a GGUF file from that folder; evaluate leaves evaluation.json.
    """

    demand: Callable[[], None]
    needs: Callable[[Wish, Path | None], Needs]
    data: Callable[[Wish, Path, Say], None]
    train: Callable[[training.Wish, Say], None]
    convert: Callable[[Path, Path, Path], None]
    evaluate: Callable[[Wish, Measuring, Say], None]


@dataclass(frozen=True, slots=True)
class Site:
    """Where an update ends: the adapters in service, the key that signs, what is free (MiB of memory, bytes of disk), the time."""

    rack: Rack
    key: Identity
    memory_mb: Callable[[], int]
    disk: Callable[[Path], int]
    now: Callable[[], datetime]
    clock: Clock = time.monotonic


@dataclass(frozen=True, slots=True)
class Updated:
    """What `edgeops-quantize update` reports. new: there was something to learn; before: the version that served at the start."""

    name: str
    new: bool
    promoted: bool
    version: str
    before: str
    data: str
    stages: tuple[Stage, ...] = field(default=())
    verdict: Verdict | None = None


def update(wish: Wish, site: Site, steps: Steps, say: Say = lambda sentence: None) -> Updated:
    """Run the loop, or go on with it. Raises UpdateError and what the steps raise; the active model changes only at the end."""
    steps.demand()
    base = manifest.digest(wish.base)
    name = manifest.name_of(base, wish.base)
    with alone(wish.work):
        active = shelf.serving(site.rack, base, name, say)
        start = Path(active.path) if active and not wish.fresh and wish.training.method == "lora" else None
        _afford(steps.needs(wish, start), wish.work, site, say)
        loop = _Loop(wish, site, steps, say, base, active, start, Stages(wish.work, say, site.clock), site.clock())
        done = loop.go(name)
        (wish.work / _PLAN).unlink(missing_ok=True)
        loop.stages.sweep()
    return done


def _afford(needs: Needs, work: Path, site: Site, say: Say) -> None:
    """Say what is needed and free. Raises UpdateError where it is too little, before anything is done."""
    memory, disk = site.memory_mb(), site.disk(work)
    say(
        f"About {needs.memory_mb} MiB of memory are needed, {memory} are free; "
        f"about {megabytes(needs.disk)} of disk in {work}, {megabytes(disk)} are free."
    )
    if memory and needs.memory_mb > memory:
        raise UpdateError(
            f"An update needs about {needs.memory_mb} MiB of memory and {memory} are free; close other programs, "
            "or take a smaller --batch or --checkpointing."
        )
    if needs.disk > disk:
        raise UpdateError(
            f"An update needs about {megabytes(needs.disk)} in {work} and {megabytes(disk)} are free; "
            f"free {megabytes(needs.disk - disk)}, or name another folder with --work."
        )


@dataclass
class _Loop:
    """One run with what it knows. start: the adapter in service, where training begins with it: what it can do already need not be
    learnt again."""

    wish: Wish
    site: Site
    steps: Steps
    say: Say
    base: str
    active: Adapter | None
    start: Path | None
    stages: Stages
    begun: float

    def go(self, name: str) -> Updated:
        before = self.active.version if self.active else ""
        dataset = self._data()
        learnt = manifest.digest(dataset / "train.jsonl")
        if not self.wish.anyway and self._known(learnt):
            self.say(f"There is nothing new to learn since {before}, so nothing was done.")
            return Updated(name, False, False, before, before, learnt, tuple(self.stages.done))
        trained = self._trained(dataset, learnt)
        release = self._released(dataset, trained, name)
        done = shelf.promote(release, self.site.rack, self.site.key.fingerprint, self.site.now(), self.say)
        for reason in done.verdict.reasons:
            self.say(reason)
        return Updated(
            name, True, done.promoted, done.version, before, learnt, tuple(self.stages.done), done.verdict
        )  # fmt: skip

    def _data(self) -> Path:
        """The dataset. A run that goes on keeps to what the store held when it began: else a new incident would cost a night."""
        wish = self.wish
        options = key(self.base, wish.scenes, wish.seed, str(wish.store), self._shape(), wish.budget_s, wish.fresh)
        inputs = [__version__, wish.scenes, wish.seed, _planned(wish.work / _PLAN, options, _stamp(wish.store))]
        dataset = self.stages.run("data", inputs, lambda folder: self.steps.data(wish, folder, self.say))
        count = _lines(dataset / "train.jsonl")
        if count < LEAST:
            raise UpdateError(
                f"The dataset holds {count} items to learn from, which is too few (at least {LEAST}); "
                "make a larger one (--scenes), or resolve more incidents first."
            )
        return dataset

    def _known(self, learnt: str) -> bool:
        """Whether the active adapter was trained on these data."""
        if self.active is None:
            return False
        try:
            return read_release(Path(self.active.path).parent).manifest.data.get("train.jsonl") == learnt
        except CatalogError:
            return False

    def _trained(self, dataset: Path, learnt: str) -> Path:
        """The folder that training left."""
        held = manifest.digest(dataset / "validation.jsonl")
        budget = _TRAINING * self.wish.budget_s
        inputs = [self.base, learnt, held, self._shape(), budget, manifest.digest(self.start) if self.start else ""]
        asked = replace(self.wish.training, base=self.wish.base, data=dataset, budget_s=budget, start=self.start)
        return self.stages.run("train", inputs, lambda folder: self._train(replace(asked, out=folder)))

    def _train(self, wish: training.Wish) -> None:
        # It appears whole, as the last thing that training does: one that was cut off right after is not trained again.
        if not (wish.out / "adapter" / "made.json").is_file():
            self.steps.train(wish, self.say)

    def _released(self, dataset: Path, trained: Path, name: str) -> Path:
        """The release of what was trained, measured beside the plain base and what serves now."""
        wish, made = self.wish, trained / "adapter"
        converted = self.stages.run("gguf", [trained.name], lambda folder: self._convert(made, folder))
        adapter = converted / manifest.ADAPTER
        rows: list[tuple[str, Path | None]] = [(BASE, None)]
        rows += [(ACTIVE, Path(self.active.path))] if self.active else []
        rows += [(TUNED, adapter)]
        serving = self.active.sha256 if self.active else ""
        asked: list[object] = [self.base, manifest.digest(adapter), serving, manifest.digest(dataset / "test.jsonl")]
        asked += [list(map(str, wish.choices)), wish.limit, wish.questions, wish.texts]
        measured = self.stages.run("evaluate", asked, lambda folder: self._measure(dataset, tuple(rows), folder))
        told = measured / manifest.EVALUATION
        released = self.stages.run(
            "release", [measured.name], lambda folder: self._release(adapter, made, told, folder, name)
        )
        return released / name

    def _convert(self, made: Path, folder: Path) -> None:
        """Nothing that was cut off is taken for an adapter."""
        part = folder / f"{manifest.ADAPTER}.part"
        part.unlink(missing_ok=True)
        self.steps.convert(made, self.wish.base, part)
        part.replace(folder / manifest.ADAPTER)

    def _measure(self, dataset: Path, rows: tuple[tuple[str, Path | None], ...], folder: Path) -> None:
        begun = self.site.clock()
        budget = self.wish.budget_s and max(_MEASURING * self.wish.budget_s, self.wish.budget_s - (begun - self.begun))
        self.steps.evaluate(self.wish, Measuring(self.wish.base, dataset, rows, folder, budget), self.say)
        judged = items(record.read(folder / manifest.EVALUATION).row(TUNED))
        if budget and judged < gate.LEAST and self.site.clock() - begun >= budget:
            raise UpdateError(
                f"The time was up when {judged} items were judged, too few for a verdict (at least {gate.LEAST}). "
                "Run the same command again: what is trained and judged is kept."
            )

    def _release(self, adapter: Path, made: Path, told: Path, folder: Path, name: str) -> None:
        shutil.rmtree(folder / name, ignore_errors=True)
        wish = manifest.Wish(adapter, made, told, self.wish.base, folder / name, name)
        manifest.release(wish, self.site.key, self.site.now())

    def _shape(self) -> Sequence[object]:
        """What decides what training gives."""
        return sorted((name, value) for name, value in asdict(self.wish.training).items() if name not in _NOT_SHAPING)


def _planned(file: Path, options: str, stamp: str) -> str:
    """The stamp of the store that this run works with: that of a run which was cut off under the same options, else this one."""
    try:
        told = json.loads(file.read_text("utf-8"))
        if told["options"] == options:
            return str(told["stamp"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    write_whole(file, json.dumps({"options": options, "stamp": stamp}).encode())
    return stamp


def _stamp(store: Path | None) -> str:
    """Changes whenever the store does."""
    if store is None:
        return ""
    files = (store, store.with_name(f"{store.name}-wal"))
    return key(*[(status.st_size, status.st_mtime_ns) for file in files if file.exists() for status in [file.stat()]])


def _lines(file: Path) -> int:
    with file.open("rb") as rows:
        return sum(1 for _ in rows)
