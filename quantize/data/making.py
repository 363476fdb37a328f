"""The dataset from beginning to end: collect, draft, clean, label, split, and write it with its card. Resumable, the same from the same seed."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2s, sha256
from json import dumps
from pathlib import Path
from time import monotonic

import edgeops
from edgeops import __version__, hooks
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.experience import experiences, passages
from edgeops.assistant.rehearsal import formats
from edgeops.errors import EdgeopsError
from edgeops.files import write_whole
from edgeops.records import Fault, Step
from quantize.data.asks import about_fault
from quantize.data.books import KNOWN, Books
from quantize.data.card import card_of, markdown
from quantize.data.collecting import family_of, from_incident, from_passages
from quantize.data.drafting import LANGS, drafts
from quantize.data.families import Split, parted, split_of
from quantize.data.items import Item, Rejected, row_of
from quantize.data.parts import Parts, lines_of, review_row
from quantize.data.quizzes import quizzes
from quantize.data.scenes import World, scene
from quantize.data.sorting import sort
from quantize.data.tables import Scenery, scenery

SHARES = {Split.TRAIN: 0.68, Split.VALIDATION: 0.10, Split.TEST: 0.22}
"""Of the scenes."""
PART = 50
"""Scenes of a part: some seconds of work, which is what a cut-off run loses."""
_ASKED = 0.5

Candidates = Iterator[tuple[Split, Item | Rejected]]


class DataError(EdgeopsError):
    pass


@dataclass(frozen=True, slots=True)
class Wish:
    """What dataset is wanted. store: a store of edgeops whose incidents and runbooks are taken in."""

    folder: Path
    scenes: int = 1400
    seed: int = 1
    store: Path | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """What `edgeops-quantize data` reports. parts_kept were there from an earlier run."""

    folder: str
    seed: int
    scenes: int
    items: dict[str, int]
    rejected: int
    review: int
    parts: int
    parts_kept: int
    sha256: dict[str, str]
    seconds: float


def make(
    wish: Wish, say: Callable[[str], None] = lambda sentence: None, clock: Callable[[], float] = monotonic
) -> Dataset:
    """Make the dataset in the folder. Raises DataError, StoreError; what stood in the folder stays until the end."""
    if wish.scenes < 1:
        raise DataError(f"{wish.scenes} scenes give no items; ask for at least one (--scenes).")
    if wish.store and not wish.store.is_file():
        raise DataError(
            f"There is no store at {wish.store}; name the file store.db of edgeops' data directory, or leave --store out."
        )
    try:
        with tempfile.TemporaryDirectory(prefix="edgeops-scenes-") as desk:
            return _made(wish, worlds(wish.seed, Path(desk)), say, clock)
    except OSError as error:
        raise DataError(
            f"The dataset cannot be written to {wish.folder} ({error.strerror}); free space there or name another folder."
        ) from error


def _made(wish: Wish, worlds: Mapping[Split, World], say: Callable[[str], None], clock: Callable[[], float]) -> Dataset:
    begun = clock()
    work = Parts(wish.folder / "parts", _stamp(wish))
    kept: list[bool] = []
    found = sort(_candidates(wish, worlds, work, kept, say))
    families = {fault.family: split for split, world in worlds.items() for fault in world.faults}
    rows = {f"{split}.jsonl": map(row_of, found.items[split]) for split in Split}
    hashes = _written(wish.folder, {**rows, "review.jsonl": map(review_row, found.review)})
    made = {
        "seed": wish.seed,
        "scenes": wish.scenes,
        "edgeops": __version__,
        "store": bool(wish.store),
        "files": hashes,
    }
    card = card_of(found, families, made)
    write_whole(wish.folder / "card.json", f"{dumps(card, ensure_ascii=False, indent=1)}\n".encode())
    write_whole(wish.folder / "README.md", markdown(card).encode())
    return Dataset(
        str(wish.folder), wish.seed, wish.scenes, {str(s): len(found.items[s]) for s in Split}, found.rejected.total(),
        len(found.review), len(kept), sum(kept), hashes, round(clock() - begun, 1),
    )  # fmt: skip


def _written(folder: Path, files: Mapping[str, Iterator[dict[str, object]]]) -> dict[str, str]:
    """Write files of rows; their hashes by name."""
    hashes = {}
    for name, rows in files.items():
        content = lines_of(rows)
        write_whole(folder / name, content)
        hashes[name] = sha256(content).hexdigest()
    return hashes


def worlds(seed: int, desk: Path) -> dict[Split, World]:
    """A world for each split, its scenes read in the folder desk. Those for validation and test know all faults; that for training none of theirs."""
    registry = hooks.registry()
    faults: list[Fault] = [fault for group in registry.hook.edgeops_faults() for fault in group]
    steps: list[Step] = [step for group in registry.hook.edgeops_steps() for step in group]
    of_family = parted(Counter(fault.family for fault in faults), seed)
    embedder = hooks.embedder(registry)
    known, whole = formats(), Books(faults, steps, seed, embedder)
    made = {}
    for split in Split:
        own = [fault for fault in faults if of_family[fault.family] is split]
        books = Books(own, steps, seed, embedder) if split is Split.TRAIN else whole
        made[split] = World(split, seed, own, books, _own(scenery(), split, seed), known, desk)
    return made


def _own(all_of_it: Scenery, split: Split, seed: int) -> Scenery:
    """The stories and planted texts of a split: they, too, are in one split only."""
    calm, thin, planted = (
        parted({one.id: 1 for one in table}, seed) for table in (all_of_it.calm, all_of_it.thin, all_of_it.planted)
    )
    return replace(
        all_of_it,
        calm=tuple(one for one in all_of_it.calm if calm[one.id] is split),
        thin=tuple(one for one in all_of_it.thin if thin[one.id] is split),
        planted=tuple(one for one in all_of_it.planted if planted[one.id] is split),
    )


def _candidates(
    wish: Wish, worlds: Mapping[Split, World], work: Parts, kept: list[bool], say: Callable[[str], None]
) -> Candidates:
    """Everything that may become an item, part by part."""
    for split, world in worlds.items():
        total = max(1, round(wish.scenes * SHARES[split]))
        for first in range(0, total, PART):
            numbers = range(first, min(first + PART, total))
            made, there = work.part(f"{split}-{first:06}-{numbers.stop:06}", _staged(world, numbers))
            kept.append(there)
            say(f"{split}: {numbers.stop} of {total} scenes")
            yield from ((split, one) for one in made)
        made, there = work.part(f"{split}-pack", _of_pack(world))
        kept.append(there)
        yield from ((split, one) for one in made)
    if wish.store:
        yield from _of_store(wish.store, wish.seed, worlds)


def _staged(world: World, numbers: range) -> Iterator[Item | Rejected]:
    for number in numbers:
        yield from drafts(scene(world, number), world)


def _of_pack(world: World) -> Iterator[Item | Rejected]:
    """Questions about the faults themselves, in words and with letters."""
    book = world.books.of("", KNOWN)
    for fault in world.faults:
        dice = random.Random(f"pack {world.seed}/{fault.id}")
        if dice.random() < _ASKED:
            item = about_fault(fault, book, dice.choice(LANGS), dice)
            yield item or Rejected("the search does not find the fault by its title", f"pack:{fault.id}", fault.family)
        yield from quizzes(fault, world.faults, book.steps, random.Random(f"quiz {world.seed}/{fault.id}"))


def _of_store(store: Path, seed: int, worlds: Mapping[Split, World]) -> Candidates:
    """What people taught a store. It is read each time: it may have changed."""
    whole = worlds[Split.TEST].books.of("", KNOWN)
    for experience in experiences(store):
        family = family_of(experience, whole)
        split = next(
            (s for s, w in worlds.items() if any(f.family == family for f in w.faults)), split_of(family, seed)
        )
        book: Casebook = worlds[split].books.of("", KNOWN)
        dice = random.Random(f"store {seed}/{experience.answer.incident}")
        yield from ((split, one) for one in from_incident(experience, book, dice))
    for one in from_passages(list(passages(store)), lambda name: random.Random(f"store {seed}/{name}")):
        yield split_of(one.family, seed), one


def _stamp(wish: Wish) -> str:
    """Changes with everything that the parts are made from: the seed, the pack, and the code that stages, reads and asks."""
    digest = blake2s(str(wish.seed).encode())
    for root in (Path(edgeops.__file__).parent, Path(__file__).parent):
        for file in sorted(root.rglob("*")):
            if file.suffix in (".py", ".toml") and file.is_file():
                digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()
