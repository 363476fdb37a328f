"""A model built here: base and adapter folded, re-quantised by one recipe or several, judged against the adapter beside its base.

Each step leaves one whole file in a work folder of its own, so that the same call goes on where one was stopped.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edgeops.engines.settings import physical_cores
from edgeops.engines.weights import planning
from edgeops.engines.weights.orders import Compared, Fold, Judge, Judged, Paced, Quantise, Tick
from edgeops.engines.weights.recipes import AUTO, CANDIDATES, Recipe, recipe, size
from edgeops.engines.weights.texts import TEXTS
from edgeops.engines.weights.workshop import Workshop
from edgeops.errors import CatalogError
from edgeops.files import sha256_of, write_whole

LIMIT = 0.06
"""Nats a token that a model may be away from what it was built from: about half of what plain Q4_0 costs the 0.5B. At 0.055 (`fast-attn`
of our adapter) the root line was right 2 points less often and the fault 1 (docs/model.md)."""
_TOKENS, _ROUNDS = 768, 3
_WORKING_MB = 448
"""What two models at once need besides their files: contexts, and the logits of a batch."""
_MARGIN = 16 << 20
_PROMPT, _ANSWER = 700, 100
"""Tokens of a usual question and of its answer: what speed is weighed by."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """Build a model from base and adapter (their hashes are the caller's to check) in a folder below `folder`.

    recipe is a name or `auto`; matrix a file of importance, if there is one; threads 0 means all physical cores.
    """

    base: Path
    base_sha256: str
    adapter: Path
    adapter_sha256: str
    folder: Path
    recipe: str = AUTO
    matrix: Path | None = None
    limit: float = LIMIT
    threads: int = 0


class Trial(msgspec.Struct, frozen=True):
    """One recipe: how far it is from the adapter beside its base, and both paces, measured in turns."""

    recipe: str
    bytes: int
    compared: Compared
    before: Paced
    after: Paced

    @property
    def gain(self) -> float:
        """How many times as fast as the adapter beside its base it answers a usual question."""
        return _seconds(self.before) / _seconds(self.after)


@dataclass(frozen=True, slots=True)
class Built:
    """The file of the recipe that was taken; it lies in the work folder, which the caller clears. tried holds it, too."""

    path: Path
    chosen: Trial
    tried: tuple[Trial, ...]
    bytes: int
    sha256: str


def build(
    wish: Wish,
    workshop: Workshop,
    *,
    say: Say,
    tick: Tick,
    free: Callable[[Path], int],
    memory_available_mb: Callable[[], int],
    texts: Sequence[str] = TEXTS,
) -> Built:
    """Fold, re-quantise, judge, take the fastest within the limit. Raises EdgeopsError; says what it needs before it begins."""
    recipes = [recipe(name) for name in (CANDIDATES if wish.recipe == AUTO else (wish.recipe,))]
    planned = planning.plan(wish.base, wish.adapter, wish.base_sha256, _marks(wish))
    with _work(wish) as folder:
        _make_sure_of_room(wish, planned, recipes, folder, say, free, memory_available_mb)
        folded = _folded(wish, folder, workshop, say, tick)
        tried: list[Trial] = []
        for one in recipes:
            tried.append(_tried(wish, one, folded, folder, workshop, say, tick, texts))
            _drop_losers(folder, tried, wish.limit)
        chosen = best(tried, wish.limit)
        if chosen is None:
            away = min(trial.compared.divergence for trial in tried)
            raise CatalogError(
                f"No recipe stays within {wish.limit:g} nats a token of the adapter beside its base (the nearest is {away:.3f} away), "
                "so nothing was built; go on with the two, or raise --limit."
            )
        # Its file is gone where a build was cut off between the last step and the shelf.
        path = _quantised(wish, recipe(chosen.recipe), folded, folder, workshop, say, tick)
        return Built(path, chosen, tuple(tried), path.stat().st_size, sha256_of(path))


def clear(wish: Wish) -> None:
    """Take the work folder away."""
    shutil.rmtree(work_folder(wish), ignore_errors=True)


def work_folder(wish: Wish) -> Path:
    """Where a wish's steps lie; another base, adapter or matrix has another."""
    matrix = sha256_of(wish.matrix) if wish.matrix else ""
    key = hashlib.sha256(f"{wish.base_sha256} {wish.adapter_sha256} {matrix}".encode()).hexdigest()
    return wish.folder / f".build-{key[:16]}"


def best(tried: Sequence[Trial], limit: float) -> Trial | None:
    """The fastest that stays within the limit; None when none does."""
    within = [trial for trial in tried if trial.compared.divergence <= limit]
    return max(within, key=lambda trial: trial.gain, default=None)


def _seconds(pace: Paced) -> float:
    return _PROMPT / max(pace.prefill, 1e-9) + _ANSWER / max(pace.decode, 1e-9)


def _marks(wish: Wish) -> dict[str, str]:
    return dict(zip(planning.BUILT_KEYS, (wish.base_sha256, wish.adapter_sha256), strict=True))


@contextmanager
def _work(wish: Wish) -> Iterator[Path]:
    """The work folder, for one build at a time."""
    folder = work_folder(wish)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
    except BlockingIOError:
        raise CatalogError("Another edgeops builds this very model; wait until it is done.") from None
    except OSError as error:
        raise CatalogError(f"{folder} cannot be written ({error.strerror}); make room, then run this again.") from error


def _make_sure_of_room(
    wish: Wish,
    planned: planning.Plan,
    recipes: Sequence[Recipe],
    folder: Path,
    say: Say,
    free: Callable[[Path], int],
    memory_available_mb: Callable[[], int],
) -> None:
    """Say what is needed of disk and memory. Raises CatalogError with the numbers when it is not there."""
    largest = max(size(one, planned.tensors) for one in recipes)
    there = sum(file.stat().st_size for file in folder.glob("*.gguf"))
    room = max(planned.bytes + min(len(recipes), 2) * largest + _MARGIN - there, largest)
    memory = (wish.base.stat().st_size + largest >> 20) + _WORKING_MB
    has_room, has_memory = free(folder), memory_available_mb()
    say(
        f"Building takes {room >> 20} MiB of disk for a while ({has_room >> 20} MiB are free) "
        f"and {memory} MiB of memory ({has_memory} MiB are free)."
    )
    if has_room < room:
        raise CatalogError(
            f"There are {has_room >> 20} MiB free in {wish.folder}, and building needs {room >> 20}; "
            f"free {(room - has_room >> 20) + 1} MiB. Nothing was changed."
        )
    if has_memory and has_memory < memory:
        raise CatalogError(
            f"There are {has_memory} MiB of memory free, and building needs {memory}; close other programs. Nothing was changed."
        )


def _folded(wish: Wish, folder: Path, workshop: Workshop, say: Say, tick: Tick) -> Path:
    """Base and adapter in one file of 16-bit numbers."""
    target = folder / "folded.gguf"
    if not target.exists():
        say("Folding the adapter into its base.")
        part = target.with_suffix(".part")
        order = Fold(str(wish.base.absolute()), str(wish.adapter.absolute()), wish.base_sha256, _marks(wish), str(part))
        workshop.carry_out(order, tick)
        part.replace(target)
    return target


def _quantised(wish: Wish, one: Recipe, folded: Path, folder: Path, workshop: Workshop, say: Say, tick: Tick) -> Path:
    """The folded model by a recipe."""
    target = folder / f"{one.name}.gguf"
    if not target.exists():
        say(f"Re-quantising: {one.name}{f' ({one.note})' if one.note else ''}.")
        part = target.with_suffix(".part")
        matrix = str(wish.matrix.absolute()) if wish.matrix else ""
        workshop.carry_out(Quantise(str(folded), str(part), one, matrix, _threads(wish)), tick)
        part.replace(target)
    return target


def _threads(wish: Wish) -> int:
    return wish.threads or physical_cores()


def _tried(
    wish: Wish,
    one: Recipe,
    folded: Path,
    folder: Path,
    workshop: Workshop,
    say: Say,
    tick: Tick,
    texts: Sequence[str],
) -> Trial:
    """A recipe carried out and judged, or what an earlier call found."""
    target, note = folder / f"{one.name}.gguf", folder / f"{one.name}.json"
    if note.exists():
        return msgspec.json.decode(note.read_bytes(), type=Trial)
    _quantised(wish, one, folded, folder, workshop, say, tick)
    say(f"Judging {one.name} against the adapter beside its base.")
    order = Judge(
        str(wish.base.absolute()),
        str(wish.adapter.absolute()),
        str(target),
        tuple(texts),
        _TOKENS,
        _ROUNDS,
        _threads(wish),
    )
    found = workshop.carry_out(order, tick)
    assert isinstance(found, Judged)
    trial = Trial(one.name, target.stat().st_size, found.compared, found.before, found.after)
    write_whole(note, msgspec.json.encode(trial))
    say(
        f"{one.name}: {trial.compared.divergence:.4f} nats a token away, {trial.compared.same:.1%} of first guesses the same, "
        f"reads {trial.after.prefill / trial.before.prefill:.2f} times as fast, answers {trial.gain:.2f} times as fast."
    )
    return trial


def _drop_losers(folder: Path, tried: Sequence[Trial], limit: float) -> None:
    """Only the file of the best so far is worth its room."""
    leader = best(tried, limit)
    for trial in tried:
        if leader is None or trial.recipe != leader.recipe:
            (folder / f"{trial.recipe}.gguf").unlink(missing_ok=True)
