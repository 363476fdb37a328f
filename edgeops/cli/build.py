"""`edgeops model build`: base and adapter become one file that this CPU reads fast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

# typer: typed functions become commands; see pyproject.toml.
import typer

from edgeops import config, paths
from edgeops.assistant import building
from edgeops.assistant.building import Ingredients
from edgeops.catalog.adapters import Rack
from edgeops.catalog.choose import memory_available_mb
from edgeops.catalog.entries import read_catalog
from edgeops.catalog.listing import Listed, listed
from edgeops.catalog.pairing import named
from edgeops.catalog.part import megabytes
from edgeops.catalog.pull import free_bytes
from edgeops.catalog.store import Shelf
from edgeops.cli.console import Console, open_console
from edgeops.cli.meter import Meter
from edgeops.engines.weights.building import LIMIT, Trial
from edgeops.engines.weights.recipes import AUTO, RECIPES
from edgeops.engines.weights.workshop import Workshop
from edgeops.errors import CatalogError, UsageError


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """What `build` reports."""

    model: Listed
    recipe: str
    tried: tuple[Trial, ...]


def build(
    name: Annotated[
        str, typer.Argument(help="An adapter (ops-…), or with --adapter the name of its base; may be left out.")
    ] = "",
    recipe: Annotated[
        str, typer.Option(help=f"{AUTO} (the fastest that is near enough), or one of {', '.join(RECIPES)}.")
    ] = AUTO,
    adapter: Annotated[Path | None, typer.Option(help="A GGUF adapter of your own for that base.")] = None,
    matrix: Annotated[Path | None, typer.Option(help="Its importance matrix, if it does not lie beside it.")] = None,
    limit: Annotated[
        float, typer.Option(min=0.0, help="Nats a token that it may be away from the two side by side.")
    ] = LIMIT,
    use: Annotated[bool, typer.Option("--use/--no-use", help="Whether it becomes the active model.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Fold an adapter into its base and re-quantise the two for this CPU, so that nobody pays for the adapter at run time.

    Recipes are measured here: how far the model is from the adapter beside its base, and how fast it answers. What it takes of
    disk and memory is said first. Interrupt it whenever you like: the same command goes on.
    """
    console = open_console()
    places = paths.find()
    shelf = Shelf(places.models_dir, read_catalog())
    parts = _ingredients(console, shelf, name, adapter, matrix)
    shop = Workshop(config.load(places).model.allow_unsandboxed)
    with Meter(console, parts.name, unit="") as meter:
        try:
            done = building.build(
                parts, shelf, shop, recipe=recipe, limit=limit, when=_now, say=meter.say, tick=meter, free=free_bytes,
                memory_available_mb=memory_available_mb,
            )  # fmt: skip
        except KeyboardInterrupt:
            meter.say("Stopped. The steps that are complete are kept; the same command goes on from there.")
            raise
    one = shelf.use(done.model.model.name) if use else done.model
    if as_json:
        return console.json(BuiltModel(listed(one), done.chosen.recipe, done.tried))
    state = "built and active (`edgeops model use auto` goes back)" if use else "built"
    return console.say(f"{one.model.name} is {state}: {one.path} ({megabytes(one.model.bytes)}). {one.model.note}")


def _now() -> datetime:
    return datetime.now(UTC)


def _ingredients(console: Console, shelf: Shelf, name: str, adapter: Path | None, matrix: Path | None) -> Ingredients:
    """What is named, or the only adapter whose base is here."""
    if adapter:
        if not name:
            raise UsageError("Name the base that --adapter was made for; `edgeops model list` shows what is here.")
        return building.of_file(shelf.get(name), adapter, matrix)
    adapters = Rack(paths.find().adapters_dir).adapters(console.note)
    here = {one.model.sha256 for one in shelf.installed()}
    fitting = [one for one in adapters if one.base_sha256 in here]
    found = named(adapters, name) if name else fitting[0] if len(fitting) == 1 else None
    if found is None:
        known = ", ".join(one.name for one in adapters) or "none"
        raise CatalogError(f"Say which adapter to build with; there is {known}. One of your own goes with --adapter.")
    return building.of_release(shelf, found)
