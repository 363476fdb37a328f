"""What `edgeops model` tells of our adapters: a model with all that was measured of its adapter, what was in service, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

# typer: typed functions become commands; see pyproject.toml.
import typer

from edgeops import paths
from edgeops.catalog.adapters import Adapter, History, Rack
from edgeops.catalog.entries import read_catalog
from edgeops.catalog.listing import Listed, listing
from edgeops.catalog.pairing import named
from edgeops.catalog.release import Manifest, read_release
from edgeops.catalog.store import Shelf
from edgeops.cli.console import Console, open_console
from edgeops.errors import CatalogError, UsageError

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Name = Annotated[str, typer.Argument(help="An adapter's name (ops-…); may be left out where there is one only.")]


@dataclass(frozen=True, slots=True)
class Shown:
    """A model as listed; release is the manifest of an adapter, signed_by the fingerprint of the key that signed it."""

    model: Listed
    release: Manifest | None = None
    signed_by: str = ""


def show(
    name: Annotated[str, typer.Argument(help="A model's or an adapter's name.")],
    as_json: Json = False,
) -> None:
    """All that is known of a model; of an adapter also what it was made from and what was measured."""
    console, rack = open_console(), _rack()
    shelf, adapters = Shelf(paths.find().models_dir, read_catalog()), rack.adapters(console.note)
    one = named(adapters, name)
    found = next((row for row in listing(shelf, adapters) if row.name == (one.name if one else name)), None)
    if found is None:
        known = shelf.get(name).model.name
        found = next(row for row in listing(shelf) if row.name == known)
    shown = _released(found, one) if one else Shown(found)
    if as_json:
        return console.json(shown)
    for field in ("name", "file", "bytes", "sha256", "licence", "base", "version", "path", "get", "note"):
        if value := getattr(found, field):
            console.say(f"{field:<9} {value}")
    return _measured(console, shown)


def _released(found: Listed, one: Adapter) -> Shown:
    # cryptography takes a moment to load.
    from edgeops.identity import fingerprint

    said = read_release(Path(one.path).parent).manifest
    return Shown(found, said, fingerprint(said.key))


def _measured(console: Console, shown: Shown) -> None:
    """What the evaluation said, a line for each metric with what each row reached."""
    if (said := shown.release) is None:
        return
    console.say(
        f"made      {said.created:%Y-%m-%d} ({said.adapter.method}, rank {said.adapter.rank}), signed by {shown.signed_by}"
    )
    for metric in dict.fromkeys(metric for row in said.evaluation.values() for metric in row):
        reached = [
            f"{row} {measures[metric].value:.3f} ({measures[metric].low:.3f} to {measures[metric].high:.3f})"
            for row, measures in said.evaluation.items()
            if metric in measures
        ]
        console.say(f"  {metric:<22} {'; '.join(reached)}")


def history(name: Name = "", as_json: Json = False) -> None:
    """What was put in service on this machine and taken back, oldest first."""
    console, rack = open_console(), _rack()
    names = [name] if name else rack.names()
    found = {one: rack.history(one) for one in names}
    if as_json:
        return console.json(found)
    for one, told in found.items():
        for entry in told.entries:
            console.say(f"{entry.at:%Y-%m-%d %H:%M}  {one}  {entry.action} {entry.version or 'what came with edgeops'}")
        console.say(f"{one}: {_in_service(told)} is in service.")
    if not any(told.entries for told in found.values()):
        console.note("No adapter was promoted on this machine.")
    return None


def _in_service(told: History) -> str:
    return told.active or "what came with edgeops"


def rollback(name: Name = "", as_json: Json = False) -> None:
    """Put the adapter back in service that was there before the present one."""
    console, rack = open_console(), _rack()
    name = name or _only(rack)
    rack.rollback(name, datetime.now(UTC))
    told = rack.history(name)
    if as_json:
        return console.json({"name": name, "version": told.active})
    return console.say(f"{name}: {_in_service(told)} is in service again.")


def _only(rack: Rack) -> str:
    names = [one for one in rack.names() if rack.history(one).stack]
    if len(names) > 1:
        raise UsageError(f"There are {', '.join(names)}; say which.")
    if not names:
        raise CatalogError("No adapter was promoted on this machine, so there is nothing to go back from.")
    return names[0]


def _rack() -> Rack:
    return Rack(paths.find().adapters_dir)
