"""`edgeops doctor`: whether this machine and our own files are as they should be."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from edgeops import hooks
from edgeops.cli.console import Console, open_console
from edgeops.cli.options import Json
from edgeops.health.check import Check
from edgeops.health.examination import examine
from edgeops.text import show, width, wrap

app = typer.Typer()

_NAMES = 12
_COLOURS = {True: "32", False: "31"}


@app.command()
def doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every page of the store and every byte of the models too.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Check this machine and our own files, and say what to do about what is wrong.

    Nothing is changed and nothing is fetched; the exit status is 1 when something is wrong.
    """
    console = open_console()
    found = []
    for check in examine(os.environ, datetime.now(UTC), hooks.registry(), deep):
        found.append(check)
        if not as_json:
            console.write(_lines(console, check))
            console.out.flush()
    if as_json:
        console.json(found)
    return 0 if all(check.ok for check in found) else 1


def _lines(console: Console, check: Check) -> list[str]:
    mark = "ok" if check.ok else "!!"
    painted = f"\x1b[{_COLOURS[check.ok]}m{mark}\x1b[0m" if console.colour else mark
    indent = " " * (_NAMES + 4)
    head = f"{check.check}{' ' * max(_NAMES - width(check.check), 1)}"
    texts = [check.detail, *([check.fix if check.ok else f"-> {check.fix}"] if check.fix else [])]
    room = max(console.columns - len(indent), 20)
    lines = [line for text in texts for line in wrap(show(text, ascii_only=console.ascii_only), room)]
    return [f"{painted}  {head}{lines[0]}", *(f"{indent}{line}" for line in lines[1:])]
