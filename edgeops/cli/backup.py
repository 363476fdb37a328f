"""`edgeops backup FILE`: the store in one file, whole, while others go on writing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from edgeops import paths
from edgeops.cli.console import open_console
from edgeops.knowledge import rescue

app = typer.Typer()


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to put the copy; what is there is replaced.")]) -> int:
    """Copy the store into one file that `edgeops restore` takes."""
    size = rescue.backup(paths.find(os.environ).store_file, file)
    open_console().note(f"{file}: {size:,} bytes, checked.")
    return 0
