"""`edgeops-quantize release`, `promote`, `rollback`, `history`: what is asked on the command line, and the report that is printed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

# typer: typed functions become commands; see pyproject.toml.
import typer

from edgeops import paths
from edgeops.catalog.adapters import Rack
from edgeops.text import to_json

REFUSED = 1
Name = Annotated[str, typer.Argument(help="An adapter's name, such as ops-qwen2.5-coder-0.5b.")]


def release(
    adapter: Annotated[Path, typer.Argument(help="The adapter as GGUF.")],
    trained: Annotated[Path, typer.Argument(help="The folder 'adapter' that 'edgeops-quantize train' left.")],
    evaluation: Annotated[Path, typer.Argument(help="The evaluation.json in which base and adapter were measured.")],
    out: Annotated[Path, typer.Argument(help="The folder of the release; one that holds a release is replaced.")],
    base: Annotated[Path, typer.Option(help="The base model (GGUF) that the adapter goes with.")],
    name: Annotated[str, typer.Option(help="What to call it; ops- and the base's name if left out.")] = "",
    matrix: Annotated[Path | None, typer.Option(help="An importance matrix to go along.")] = None,
) -> None:
    """Write a release: adapter, manifest with every number, card, evaluation, signed by this machine's key."""
    from edgeops.identity import identity
    from quantize.release.manifest import Wish
    from quantize.release.manifest import release as write

    wish = Wish(adapter, trained, evaluation, base, out, name, matrix=matrix)
    typer.echo(to_json(write(wish, identity(paths.find().data), datetime.now(UTC))))


def promote(
    folder: Annotated[Path, typer.Argument(help="The folder that 'edgeops-quantize release' wrote.")],
    accept: Annotated[str, typer.Option(help="The fingerprint of another machine's key, if that signed it.")] = "",
) -> int:
    """Put a release in service if it is signed, whole and no worse than what serves now; else say why not and end with 1."""
    from edgeops.identity import identity
    from quantize.release import shelf

    own = identity(paths.find().data).fingerprint
    done = shelf.promote(folder, _rack(), own, datetime.now(UTC), _say, stranger=accept)
    typer.echo(to_json(done))
    for reason in done.verdict.reasons:
        _say(reason)
    return 0 if done.promoted else REFUSED


def rollback(name: Name) -> None:
    """Put back what served before."""
    rack = _rack()
    version = rack.rollback(name, datetime.now(UTC))
    typer.echo(to_json({"name": name, "version": version}))


def history(name: Name) -> None:
    """What was put in service on this machine and taken back."""
    typer.echo(to_json(_rack().history(name)))


def _rack() -> Rack:
    return Rack(paths.find().adapters_dir)


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)
