"""`edgeops events`: what is read from logs, message by message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from edgeops.cli.console import Console, open_console
from edgeops.cli.explain import new_session
from edgeops.cli.options import Json, Last, Paths, Since, Until
from edgeops.cli.sources import opened
from edgeops.cli.when import parse
from edgeops.detect.mining import runs
from edgeops.hooks import Reader
from edgeops.mask import mask
from edgeops.records import Event
from edgeops.session import Wanted

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Read:
    """An event as `events --json` prints it. line is the number of its first line in source."""

    time: datetime | None
    time_inferred: bool
    host: str
    unit: str
    pid: int | None
    severity: str
    message: str
    format: str
    source: str
    line: int
    fields: dict[str, str]


@app.command()
def events(
    paths: Paths = None,
    named: Annotated[str, typer.Option("--format", metavar="NAME", help="Read it as this format.")] = "",
    last: Last = None,
    since: Since = None,
    until: Until = None,
    as_json: Json = False,
) -> int:
    """Print what is read from a log: each message with its time, unit, severity."""
    console = open_console()
    session = new_session(console, keep=False)
    now = session.here
    wanted = Wanted(last, parse(since, now), parse(until, now))
    for reader in opened(session, console, paths, wanted, named=named):
        for event in _events(reader):
            if wanted(event):
                _print(console, event, as_json, where=[reader.source] != (paths or ["-"]))
        for note in reader.notes:
            console.note(f"{reader.source}: {note}")
    return 0


def _events(reader: Reader) -> Iterator[Event]:
    for run in runs(reader):
        for at in range(run.start, run.start + len(run.keys)):
            yield reader.event(run.block.line(reader.source, at), run.more)


def _print(console: Console, event: Event, as_json: bool, *, where: bool) -> None:
    """One event; where: with the name of its source, which is more than the one that was named."""
    severity = event.severity.name.lower()
    message = mask(event.message)
    if not as_json:
        when = f"{event.time:%Y-%m-%d %H:%M:%S}" if event.time else "-"
        unit = f"{event.host} {event.unit}".strip() or "-"
        place = f"{event.line.source}:{event.line.number}" if where else event.line.number
        console.say(f"{place}  {when}  {severity}  {unit}  {message}")
        return
    console.json(
        Read(
            time=event.time,
            time_inferred=event.time_inferred,
            host=event.host,
            unit=event.unit,
            pid=event.pid,
            severity=severity,
            message=message,
            format=event.format,
            source=event.line.source,
            line=event.line.number,
            fields={name: mask(value) for name, value in event.fields},
        )
    )
