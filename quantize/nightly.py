"""`edgeops-quantize update`: what is asked on the command line, and where this machine keeps what an update needs."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

# typer: typed functions become commands; see pyproject.toml.
import typer

from edgeops import paths
from edgeops.catalog.adapters import Rack
from edgeops.catalog.choose import memory_available_mb
from edgeops.catalog.entries import read_catalog
from edgeops.catalog.store import Shelf
from edgeops.identity import identity
from edgeops.records import Purpose
from edgeops.text import to_json
from quantize import steps
from quantize.stages import UpdateError
from quantize.train.wish import Wish as Training
from quantize.train.wish import seconds
from quantize.update import Site, Wish
from quantize.update import update as run

REFUSED = 1


def update(
    budget: Annotated[str, typer.Option(help="End in time, such as 8h; 0 means no limit.")] = "0",
    base: Annotated[
        Path | None, typer.Option(help="The base (GGUF); that of the adapter in service, or the smallest model here.")
    ] = None,
    store: Annotated[Path | None, typer.Option(help="What people taught; this machine's store if left out.")] = None,
    work: Annotated[
        Path | None, typer.Option(help="Where the stages' folders go; 'update' in the data directory.")
    ] = None,
    scenes: Annotated[int, typer.Option(min=1, help="How many scenes to stage.")] = 1400,
    seed: Annotated[int, typer.Option(help="Of the scenes and of training.")] = 1,
    method: Annotated[str, typer.Option(help="lora.")] = "lora",
    rank: Annotated[int, typer.Option(help="Rank of an adapter that begins with nothing.")] = 16,
    rate: Annotated[float, typer.Option(help="The highest learning rate.")] = 2e-4,
    epochs: Annotated[float, typer.Option(help="How often each item is read.")] = 2.0,
    batch: Annotated[int, typer.Option(help="Items read at once: more take more memory.")] = 2,
    together: Annotated[int, typer.Option(help="Items of a step.")] = 8,
    most_tokens: Annotated[int, typer.Option(help="Longer items are left out.")] = 1280,
    checkpointing: Annotated[bool, typer.Option(help="Less memory, a third more time.")] = False,
    blocks: Annotated[
        int, typer.Option(min=0, help="One that begins with nothing goes into the last so many blocks; 0: all.")
    ] = 0,
    choices: Annotated[list[Path] | None, typer.Option(help="A folder of multiple-choice questions.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="So many incidents to judge by; 0 means all.")] = 0,
    questions: Annotated[int, typer.Option(min=0, help="So many questions of each set; 0 means all.")] = 100,
    texts: Annotated[int, typer.Option(min=0, help="So many texts for perplexity; 0 means none.")] = 8,
    anyway: Annotated[bool, typer.Option(help="Also where the data are those of the active release.")] = False,
    fresh: Annotated[bool, typer.Option(help="Begin with nothing, not with the adapter in service.")] = False,
) -> int:
    """From what the site taught to a better adapter in service: data, train, gguf, evaluate, release, gate, promote.

    Interrupt it whenever you like: the same command goes on. With nothing new to learn it does nothing; a model that the gate
    refuses is not put in service, and the exit status is 1.
    """
    shape = (method, rank, rate, epochs, batch, together, most_tokens)
    training = Training(Path(), Path(), Path(), *shape, seed=seed, checkpointing=checkpointing, blocks=blocks)
    here = paths.find()
    learnt = store or (here.store_file if here.store_file.exists() else None)
    return _run(
        Wish(
            base or base_here(), work or here.data / "update", training, learnt, scenes, seed, seconds(budget),
            tuple(choices or ()), limit, questions, texts, anyway, fresh,
        )
    )  # fmt: skip


def _run(wish: Wish) -> int:
    """The update on this machine, its report printed; the exit status."""
    here = paths.find()
    site = Site(Rack(here.adapters_dir), identity(here.data), memory_available_mb, disk_free, lambda: datetime.now(UTC))
    try:
        done = run(wish, site, steps.real(), _say)
    except KeyboardInterrupt:
        _say("Stopped. What is finished is kept; the same command goes on from there.")
        raise
    typer.echo(to_json(done))
    return REFUSED if done.new and not done.promoted else 0


def base_here() -> Path:
    """The base of the adapter in service; where there is none, the smallest catalogue model that is here. Raises UpdateError."""
    here = paths.find()
    shelf = Shelf(here.models_dir, read_catalog())
    known = {model.sha256 for model in shelf.catalog}
    found = [one for one in shelf.installed() if one.model.purpose is Purpose.ANSWERS and one.model.sha256 in known]
    if not found:
        raise UpdateError(
            "No base model is on this machine; fetch one with `edgeops model pull`, or name a file with --base."
        )
    tuned = {one.base_sha256 for one in Rack(here.adapters_dir).adapters(_say)}
    serving = [one for one in found if one.model.sha256 in tuned]
    return Path(min(serving or found, key=lambda one: one.model.bytes).path)


def disk_free(work: Path) -> int:
    """Bytes free for a folder that may not exist yet."""
    return shutil.disk_usage(next(path for path in (work, *work.absolute().parents) if path.exists())).free


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)
