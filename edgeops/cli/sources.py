"""The sources that a command names, opened one by one; what could not be read is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from edgeops.cli.console import Console
from edgeops.errors import SourceError, UsageError
from edgeops.hooks import Reader
from edgeops.records import Skipped
from edgeops.session import Session, Wanted


def opened(
    session: Session,
    console: Console,
    paths: Sequence[str] | None,
    wanted: Wanted | None = None,
    *,
    whole: bool = False,
    named: str = "",
) -> Iterator[Reader]:
    """The readers of what the person named. Raises UsageError when that is nothing, SourceError when none can be read."""
    if not paths and (sys.stdin is None or sys.stdin.isatty()):
        raise UsageError("Name a log file or directory, or pipe a log in and write '-'.")
    skipped: list[Skipped] = []
    count = 0
    for source in session.open(paths or ["-"], wanted or Wanted(), whole=whole, named=named):
        if isinstance(source, Skipped):
            skipped.append(source)
        else:
            count += 1
            yield source
    if not count:
        first = skipped[0] if skipped else None
        what = f"{first.source}: {first.reason}" if first else "There is no log in what you named; name a file."
        raise SourceError(what if len(skipped) < 2 else f"None of the {len(skipped)} sources: {what}")
    for one in skipped:
        console.note(f"Not read: {one.source}: {one.reason}")
