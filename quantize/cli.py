"""`edgeops-quantize`: the steps of the toolchain, each printing its report record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from edgeops.cli.failure import drain, guarded
from edgeops.text import to_json
from quantize.gguf import TYPES, requantise

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def _top() -> None:
    """The model-update toolchain. This version has its first step: gguf."""


@app.command()
def gguf(
    source: Annotated[Path, typer.Argument(help="The GGUF file to start from.")],
    target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    kind: Annotated[str, typer.Option("--type", help=f"One of {', '.join(TYPES)}.")] = "Q4_0",
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 means all.")] = 0,
) -> None:
    """Re-quantise a GGUF model to another type, such as one that this CPU reads faster."""
    typer.echo(to_json(requantise(source, target, kind, threads)))


def run(arguments: list[str]) -> int:
    """Runs one command line and returns the exit code."""
    return guarded(lambda: get_command(app).main(arguments, "edgeops-quantize", standalone_mode=False) or 0)


def main() -> None:
    """The entry point."""
    code = run(sys.argv[1:])
    drain()
    raise SystemExit(code)
