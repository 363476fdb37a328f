"""`edgeops incidents`: what was explained before, what mended it, and a report of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from edgeops import paths
from edgeops.assistant.lessons import done_in
from edgeops.assistant.settling import deeds, judge, report, resolve
from edgeops.cli.answer import Painter
from edgeops.cli.console import open_console
from edgeops.cli.options import Json
from edgeops.cli.store import library, person, told
from edgeops.errors import StoreError, UsageError
from edgeops.files import write_whole
from edgeops.knowledge.entry import Result, Verdict
from edgeops.knowledge.store import Store
from edgeops.text import show_lines

app = typer.Typer(help="Incidents that were explained before: list, show, resolve, judge and report them.")

_NONE_YET = "No incident was explained yet; 'edgeops explain PATH' does it."
Name = Annotated[str, typer.Argument(metavar="ID", help="The incident's id, or its beginning.")]


class Form(StrEnum):
    MARKDOWN = "md"
    HTML = "html"


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
            what = answer.summary or answer.reason
            console.say(f"{one.id}  {one.seen:%Y-%m-%d %H:%M}  {one.state:<9}  {answer.tier:<12}  {what}")
    if not kept and not as_json:
        console.note(_NONE_YET)
    return 0


@app.command("show")
def show_incident(
    name: Name,
    as_json: Json = False,
) -> int:
    """One incident with its evidence and answer."""
    console = open_console()
    with _opened() as store:
        if store is None:
            console.note(_NONE_YET)
            return 2
        one = store.incident(name)
        done = deeds(store, one)
    if as_json:
        console.json(one)
        return 0
    console.write(Painter(console.columns, console.colour, console.ascii_only).answer(one.explanation))
    console.write(["", f"State: {one.state}"])
    for deed in done:
        console.say(f"Done: {done_in(deed.entry)} [{deed.entry.id}]")
        for said in deed.outcomes:
            console.say(f"  {told(said)}")
    for said in one.feedback:
        console.say(f"Feedback: {told(said)}")
    return 0


def _existing(file: Path) -> Path:
    if not file.exists():
        raise StoreError(_NONE_YET)
    return file


@app.command("resolve")
def resolve_incident(
    name: Name,
    did: Annotated[str, typer.Option("--did", help="What was done, in a few words.")] = "",
    result: Annotated[Result, typer.Option(help="How it went.")] = Result.WORKED,
    cause: Annotated[str, typer.Option(help="The cause, if it was another than the answer says.")] = "",
    note: Annotated[str, typer.Option(help="Anything else.")] = "",
    entry: Annotated[str, typer.Option(help="The entry whose advice was followed, instead of --did.")] = "",
    as_json: Json = False,
) -> int:
    """Record what was done about an incident and how it went; the next one like it is answered with it."""
    console = open_console()
    if not did and not entry and console.live:
        console.hint("What was done? ")
        did = typer.get_text_stream("stdin").readline()
    file = _existing(paths.find(os.environ).store_file)
    # An entry may be a fault of the pack, which the library plants.
    with library(console.note, keeps=True) if entry else Store(file) as store:
        settled = resolve(store, name, did, result, person(), datetime.now(UTC), cause, note, entry)
    if as_json:
        console.json(settled)
        return 0
    tally = settled.entry.outcomes
    how = f"worked {tally.worked} of {tally.worked + tally.failed} times" if tally.worked + tally.failed else "kept"
    console.say(f"Incident {settled.incident}: {settled.entry.title}. Kept as {settled.entry.id}; {how}.")
    return 0


@app.command("feedback")
def judge_incident(
    name: Name,
    verdict: Annotated[Verdict, typer.Argument(help="What the answer was.")],
    note: Annotated[str, typer.Option("--note", help="What was right or wrong about it, in a few words.")] = "",
    as_json: Json = False,
) -> int:
    """Say whether an answer was useful or wrong; what it rests on counts more or less from then on."""
    console = open_console()
    with Store(_existing(paths.find(os.environ).store_file)) as store:
        judged = judge(store, name, verdict, person(), datetime.now(UTC), note)
    if as_json:
        console.json(judged)
        return 0
    weighs = f" It counts for {', '.join(judged.entries)}." if judged.entries else ""
    console.say(f"Incident {judged.incident}: {judged.remark.kind} is kept.{weighs}")
    return 0


@app.command("report")
def report_incident(
    name: Name,
    form: Annotated[Form, typer.Option("-o", "--output", help="Markdown or HTML.")] = Form.MARKDOWN,
    file: Annotated[Path | None, typer.Option("--file", help="Write it there instead of to standard output.")] = None,
) -> int:
    """Write a post-mortem: what happened with its cited lines, why, what was done, how it went, what is open."""
    console = open_console()
    with Store(_existing(paths.find(os.environ).store_file), readonly=True) as store:
        text = report(store, name, datetime.now(UTC), html=form is Form.HTML)
    if file is None:
        console.write(show_lines(text.rstrip("\n"), ascii_only=console.ascii_only).split("\n"))
        return 0
    try:
        write_whole(file, text.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"The report cannot be written to {file} ({error.strerror}); name another file.") from error
    console.note(f"The report is in {file}.")
    return 0
