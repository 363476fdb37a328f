"""`edgeops incidents`: what was explained before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from edgeops import paths
from edgeops.cli.answer import Painter
from edgeops.cli.console import open_console
from edgeops.cli.explain import Json
from edgeops.knowledge.store import Store

app = typer.Typer(help="List and show the incidents that were explained before.")


@contextmanager
def _opened() -> Iterator[Store | None]:
    """The store for reading; None before anything was ever kept."""
    file = paths.find(os.environ).store_file
    if not file.exists():
        yield None
        return
    with Store(file, readonly=True) as store:
        yield store


@app.command("list")
def list_incidents(
    most: Annotated[int, typer.Option("--most", min=1, help="So many at most, the latest first.")] = 50,
    as_json: Json = False,
) -> int:
    """The incidents that were explained, the latest first."""
    console = open_console()
    with _opened() as store:
        kept = list(store.incidents(most)) if store else []
    for one in kept:
        if as_json:
            console.json(one)
        else:
            answer = one.explanation
            console.say(f"{one.id}  {one.seen:%Y-%m-%d %H:%M}  {answer.tier}  {answer.summary or answer.reason}")
    if not kept and not as_json:
        console.note("No incident was explained yet; 'edgeops explain PATH' does it.")
    return 0


@app.command("show")
def show_incident(
    name: Annotated[str, typer.Argument(metavar="ID", help="The incident's id, or its beginning.")],
    as_json: Json = False,
) -> int:
    """One incident with its evidence and answer."""
    console = open_console()
    with _opened() as store:
        if store is None:
            console.note("No incident was explained yet; 'edgeops explain PATH' does it.")
            return 2
        one = store.incident(name)
    if as_json:
        console.json(one)
    else:
        console.write(Painter(console.columns, console.colour, console.ascii_only).answer(one.explanation))
    return 0
