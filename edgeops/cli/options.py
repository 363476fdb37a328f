"""Options that several commands share; those that read no logs are not made to load what does."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

NAMED = 12
"""So many of the sources that could not be used are named, each with its reason."""


class Lang(StrEnum):
    AUTO = "auto"
    EN = "en"
    ZH = "zh"


Paths = Annotated[list[str] | None, typer.Argument(help="Files, directories, archives, globs, or `-` (stdin).")]
Last = Annotated[int | None, typer.Option("--last", min=1, help="Only the last so many lines of each source.")]
Since = Annotated[str | None, typer.Option(help="Only from this time on: ISO, or '10 min ago'.")]
Until = Annotated[str | None, typer.Option(help="Only up to this time.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Budget = Annotated[int | None, typer.Option("--budget-chars", min=200, help="Characters of evidence at most.")]
