"""`edgeops scan`: the incidents in logs, without a model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import typer

from edgeops.cli.console import open_console
from edgeops.cli.explain import new_session, read
from edgeops.cli.options import Json, Last, Paths, Since, Until
from edgeops.mask import mask
from edgeops.records import Incident, Signal
from edgeops.text import counted

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class FoundLine:
    source: str
    line: int
    time: datetime | None
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class FoundSignal:
    kind: str
    score: float
    reason: str
    count: int
    line: FoundLine


@dataclass(frozen=True, slots=True)
class Found:
    """An incident as `scan --json` prints it: lines are in causal order, knowledge holds the faults that fit.

    It broke so many times, first at since, and was last seen at until.
    """

    id: str
    start: datetime | None
    end: datetime | None
    hosts: tuple[str, ...]
    units: tuple[str, ...]
    signals: tuple[FoundSignal, ...]
    root: FoundLine
    lines: tuple[FoundLine, ...]
    knowledge: tuple[str, ...]
    times: int
    since: datetime | None
    until: datetime | None


@app.command()
def scan(
    paths: Paths = None, last: Last = None, since: Since = None, until: Until = None, as_json: Json = False
) -> int:
    """List the incidents in logs, the worst first, fast and without a model."""
    console = open_console()
    session = new_session(console, keep=False)
    reading = read(session, console, paths, last, since, until)
    for incident in reading.incidents:
        if as_json:
            console.json(found(incident))
        else:
            console.say(_told(incident))
    if not as_json:
        console.note(
            f"{counted(len(reading.incidents), 'incident')} in {counted(reading.lines, 'line')} of {counted(len(reading.sources), 'source')}."
        )
    return 1 if reading.incidents else 0


def found(incident: Incident) -> Found:
    lines = tuple(_line(signal) for signal in incident.signals)
    return Found(
        id=incident.id,
        start=incident.start,
        end=incident.end,
        hosts=tuple(map(mask, incident.hosts)),
        units=tuple(map(mask, incident.units)),
        signals=tuple(
            FoundSignal(s.kind.value, s.score, s.reason, s.count, line)
            for s, line in zip(incident.signals, lines, strict=True)
        ),
        root=lines[incident.root],
        lines=lines,
        knowledge=tuple(suspect.fault for suspect in incident.suspects),
        times=incident.times,
        since=incident.since,
        until=incident.until,
    )


def _line(signal: Signal) -> FoundLine:
    event = signal.event
    return FoundLine(
        event.line.source, event.line.number, event.time, event.severity.name.lower(), mask(event.line.text)
    )


def _told(incident: Incident) -> str:
    root = incident.signals[incident.root]
    when = f"{incident.start:%Y-%m-%d %H:%M:%S}" if incident.start else "no time"
    what = incident.suspects[0].fault if incident.suspects else "no known fault"
    where = f"{root.event.line.source}:{root.event.line.number}"
    return f"{incident.id}  {when}  {what}  {where}  {mask(root.event.line.text)}{_again(incident)}"


def _again(incident: Incident) -> str:
    """How often the same broke, where that was more than once."""
    if incident.times == 1:
        return ""
    between = f" between {incident.since:%Y-%m-%d %H:%M} and {incident.until:%Y-%m-%d %H:%M}"
    return f"  (seen {incident.times} times{between if incident.since and incident.until else ''})"
