"""The command `edgeops`: the top group with its commands, and the way in and out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from edgeops import __version__
from edgeops.cli.commands import Commands, build
from edgeops.cli.failure import guarded

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    help="Reads logs, finds what broke first and says why, citing the lines that prove it. Works without a network. "
    "Exit status: 0 nothing is wrong, 1 a problem was found, 2 it could not be done (one sentence says why).",
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"edgeops {__version__}\n")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def run(arguments: Sequence[str]) -> int:
    """Runs one command line and returns the exit code; a command returns its own (None is 0)."""
    return guarded(lambda: _call(list(arguments)))


def _call(arguments: list[str]) -> int:
    command = build(app)
    with command.make_context("edgeops", arguments) as context:
        code = command.invoke(context)
    return code if isinstance(code, int) else 0
