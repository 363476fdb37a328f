"""`edgeops evidence`: the selected lines alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import typer

from edgeops.assistant.evidence import select_all, select_quiet
from edgeops.cli.answer import Painter
from edgeops.cli.console import open_console
from edgeops.cli.explain import new_session, read
from edgeops.cli.options import Budget, Json, Last, Paths, Since, Until
from edgeops.detect.mining import runs
from edgeops.records import Event, Evidence, Skipped
from edgeops.session import Session, Wanted
from edgeops.text import counted

app = typer.Typer()

ENDS = 3
"""So many last lines of each source are shown where there is no incident."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was left out of the evidence."""

    templates: int
    lines: int


@dataclass(frozen=True, slots=True)
class Picked:
    """What `evidence --json` prints: roots are the refs that may be the first cause, likeliest first.

    quiet: there is no incident, and the lines are merely those most worth reading.
    """

    evidence: tuple[Evidence, ...]
    roots: tuple[str, ...]
    dropped: Dropped
    quiet: bool


@app.command()
def evidence(
    paths: Paths = None,
    budget_chars: Budget = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    as_json: Json = False,
) -> int:
    """Show only the lines that would decide what is wrong, without any answer."""
    console = open_console()
    session = new_session(console, keep=False)
    reading = read(session, console, paths, last, since, until)
    budget = budget_chars or session.config.evidence.budget_chars
    quiet = not reading.incidents
    if quiet:
        chosen = select_quiet(reading.rest, list(_ends(session, paths or [])), budget)
    else:
        chosen = select_all(reading.incidents, budget)
    if as_json:
        dropped = Dropped(chosen.dropped_templates, chosen.dropped_lines)
        console.json(Picked(chosen.evidence, chosen.roots, dropped, quiet))
    else:
        painter = Painter(console.columns, console.colour, console.ascii_only)
        root = chosen.roots[0] if chosen.roots else ""
        if quiet:
            console.note("No incident was found; these lines are merely the ones most worth reading.")
        for one in chosen.evidence:
            console.write(painter.line(one, root, session.lang()))
        if chosen.dropped_lines:
            console.note(
                f"Left out: {counted(chosen.dropped_lines, 'line')} of {counted(chosen.dropped_templates, 'kind')} (--budget-chars)."
            )
    return 1 if reading.incidents else 0


def _ends(session: Session, paths: Sequence[str]) -> Iterator[Event]:
    """The last messages of each source that can be read again."""
    again = [path for path in paths if path != "-"]
    for reader in session.open(again, Wanted(last=ENDS)) if again else ():
        if isinstance(reader, Skipped):
            continue
        for run in runs(reader):
            for at in range(run.start, run.start + len(run.keys)):
                yield reader.event(run.block.line(reader.source, at), run.more)
