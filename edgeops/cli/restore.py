"""`edgeops restore FILE`: a backup in the place of the store; `--salvage`: what can be read of a damaged one."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from edgeops import paths
from edgeops.cli.console import Console, open_console
from edgeops.errors import UsageError
from edgeops.knowledge import lock, rescue
from edgeops.knowledge.salvage import salvage as save

app = typer.Typer()


@app.command()
def restore(
    file: Annotated[Path | None, typer.Argument(help="A file that `edgeops backup` made.")] = None,
    salvage: Annotated[
        bool, typer.Option("--salvage", help="Save what can be read of the damaged store instead.")
    ] = False,
) -> int:
    """Put a backup in the place of the store; the present store is kept beside it."""
    if (file is None) != salvage:
        raise UsageError("Name a backup, or give --salvage without one.")
    places, console = paths.find(os.environ), open_console()
    paths.private(places.data)
    with lock.held(places.store_file):
        return _restored(file, places.store_file, console)


def _restored(file: Path | None, store: Path, console: Console) -> int:
    if file is not None:
        rescue.restore(file, store)
        console.note(f"The store is as it was in {file}; the one before is {store}.before, if there was one.")
        return 0
    saved = save(store, datetime.now(UTC))
    rows = ", ".join(f"{table} {count}" for table, count in saved.rows.items())
    lost = f" {saved.lack}." if saved.lack else ""
    console.note(f"Saved rows: {rows}.{lost} The old store is {saved.original}.")
    return 0
