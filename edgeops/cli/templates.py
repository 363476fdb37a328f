"""`edgeops templates`: the templates of logs, and of each line which it is."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import IO, Annotated

import typer

from edgeops.cli.console import Console, open_console
from edgeops.cli.explain import new_session
from edgeops.cli.options import Json, Paths
from edgeops.cli.sources import opened
from edgeops.cli.when import parse
from edgeops.detect.miner import Miner
from edgeops.detect.mining import assign, mine
from edgeops.errors import SourceError, UsageError
from edgeops.mask import mask
from edgeops.records import Template
from edgeops.session import Session
from edgeops.text import show

app = typer.Typer()

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Mined:
    """A template as `templates --json` prints it: count messages from first to last, the worst of this severity."""

    id: str
    template: str
    count: int
    severity: str
    first: datetime | None
    last: datetime | None


@app.command()
def templates(
    paths: Paths = None,
    to: Annotated[
        Path | None, typer.Option("--map", metavar="FILE.csv", help="Write a row for every line: line, id, template.")
    ] = None,
    new_since: Annotated[
        str | None,
        typer.Option(
            "--new-since", metavar="TIME", help="Only what first came after this time: ISO, '2 h ago', yesterday."
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    """Mine the templates of a log, and say of each line which it is.

    Variables are named by kind: <ip>, <path>, <number>… The same log gives the same ids on every machine. What `explain`
    learnt of the log before counts for --new-since, too: a template that an older file had is not new.
    """
    console = open_console()
    session = new_session(console, keep=False)
    since = parse(new_since, session.here)
    miner = Miner()
    with _readable_twice(session, paths, to) as names:
        sources = _mine(session, console, names, miner)
        if to:
            if len(sources) > 1:
                raise UsageError(f"--map takes one log, and you named {len(sources)}; map them one by one.")
            _write_map(session, console, sources[0], miner, to)
    found = miner.templates()
    for template in found if since is None else _new(found, _firsts(miner, session.known(sources)), since):
        if as_json:
            console.json(_mined(template))
        else:
            console.say(f"{template.id}  {template.count:>8}  {template.severity.name.lower():8}  {_shown(template)}")
    if miner.forgotten:
        console.note(f"{miner.forgotten} rare templates were too many to keep; their lines still have ids.")
    return 0


def _firsts(miner: Miner, known: Iterable[Template]) -> dict[str, datetime | None]:
    """When templates came first in what was read before, by id; None where no time is known."""
    firsts: dict[str, datetime | None] = {}
    for template in known:
        name = miner.template(template.pattern).id
        before = firsts.get(name, template.first)
        firsts[name] = min(before, template.first) if before and template.first else None
    return firsts


def _new(templates: Iterable[Template], firsts: dict[str, datetime | None], since: datetime) -> Iterator[Template]:
    """The templates that came first at that time or later; one without a time is new when it was never seen before."""
    for template in templates:
        times = [time for time in (template.first, firsts.get(template.id)) if time]
        if all(time >= since for time in times) and (times or template.id not in firsts):
            yield template


def _mine(session: Session, console: Console, names: list[str] | None, miner: Miner) -> list[str]:
    """Learn from all sources; their names."""
    found: list[str] = []
    before = 0
    with console.progress("reading", "lines") as progress:
        for reader in opened(session, console, names, whole=True):
            done = before
            before += mine(reader, miner, lambda lines, done=done: progress(done + lines))  # type: ignore[misc]
            found.append(reader.source)
            for note in reader.notes:
                console.note(f"{reader.source}: {note}")
    miner.settle()
    return found


@contextmanager
def _readable_twice(session: Session, paths: list[str] | None, to: Path | None) -> Iterator[list[str] | None]:
    """The paths; standard input, which can be read but once, is kept in a file where two passes are needed."""
    piped = sys.stdin is not None and not sys.stdin.isatty()
    if to is None or session.stdin is None or not ("-" in (paths or ()) or (not paths and piped)):
        yield paths
        return
    with tempfile.NamedTemporaryFile(prefix="edgeops-", suffix=".log") as copy:
        while piece := session.stdin.read(_PIECE):
            copy.write(piece)
        copy.flush()
        yield [copy.name if path == "-" else path for path in paths or ["-"]]


def _write_map(session: Session, console: Console, source: str, miner: Miner, to: Path) -> None:
    tails: dict[str, str] = {}
    written = 0
    with _written(to) as out, console.progress("writing", "lines") as progress:
        out.write("line,template_id,template\n")
        for reader in opened(session, console, [source], whole=True):
            for numbers, stretch in assign(reader, miner):
                rows = []
                for number, template in zip(numbers, stretch, strict=True):
                    # What stands on both sides of a hole is one line.
                    if number > written:
                        tail = tails.get(template.pattern)
                        if tail is None:
                            tail = _tail(tails, template)
                        rows.append(f"{number}{tail}")
                        written = number
                out.write("".join(rows))
                progress(written)


def _tail(tails: dict[str, str], template: Template) -> str:
    """The row of a template without its line number; remembered while there are not too many."""
    row = StringIO()
    csv.writer(row, lineterminator="\n").writerow(["", template.id, _shown(template)])
    if len(tails) > 10_000:
        tails.clear()
    tail = tails[template.pattern] = row.getvalue()
    return tail


@contextmanager
def _written(to: Path) -> Iterator[IO[str]]:
    """The file to write, which appears when it is complete; what is no file of its own (a pipe, /dev/stdout) is written at once."""
    try:
        if to.is_symlink() or (to.exists() and not to.is_file()):
            with to.open("w", encoding="utf-8", newline="") as out:
                yield out
            return
        handle, name = tempfile.mkstemp(dir=to.parent, prefix=".", suffix=".tmp")
    except OSError as error:
        raise SourceError(f"{to} cannot be written ({error.strerror}); name another file for --map.") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            yield out
        Path(name).replace(to)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _mined(template: Template) -> Mined:
    severity = template.severity.name.lower()
    return Mined(template.id, mask(template.pattern), template.count, severity, template.first, template.last)


def _shown(template: Template) -> str:
    return show(mask(template.pattern))
