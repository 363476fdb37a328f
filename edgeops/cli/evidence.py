"""`edgeops evidence`: the selected lines alone."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from edgeops.assistant.evidence import select_all
from edgeops.cli.answer import Painter
from edgeops.cli.console import open_console
from edgeops.cli.explain import Budget, Json, Last, Paths, Since, Until, new_session, read
from edgeops.records import Evidence

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was left out of the evidence."""

    templates: int
    lines: int


@dataclass(frozen=True, slots=True)
class Picked:
    """What `evidence --json` prints: roots are the refs that may be the first cause, likeliest first."""

    evidence: tuple[Evidence, ...]
    roots: tuple[str, ...]
    dropped: Dropped


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
    chosen = select_all(reading.incidents, budget_chars or session.config.evidence.budget_chars)
    if as_json:
        dropped = Dropped(chosen.dropped_templates, chosen.dropped_lines)
        console.json(Picked(chosen.evidence, chosen.roots, dropped))
    else:
        painter = Painter(console.columns, console.colour, console.ascii_only)
        root = chosen.roots[0] if chosen.roots else ""
        for one in chosen.evidence:
            console.write(painter.line(one, root, session.lang()))
        if chosen.dropped_lines:
            console.note(
                f"Left out: {chosen.dropped_lines} lines of {chosen.dropped_templates} kinds (--budget-chars)."
            )
    return 1 if reading.incidents else 0
