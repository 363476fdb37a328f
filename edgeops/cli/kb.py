"""`edgeops kb`: what is known. Search it, add to it, say what worked."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from edgeops import hooks
from edgeops.cli.console import Console, open_console
from edgeops.cli.options import Json
from edgeops.cli.sql import ask_in_sql
from edgeops.cli.stick import export_bundle, forget_documents, import_documents, list_conflicts, merge_bundle
from edgeops.cli.store import library, person, told
from edgeops.errors import UsageError
from edgeops.knowledge.entry import Draft, Entry, Kind, Remark, Result, Tally, Verdict, provenance
from edgeops.knowledge.library import AT_ONCE
from edgeops.knowledge.retrieval import Found
from edgeops.knowledge.statistics import Repeated, Statistics, statistics
from edgeops.text import show_lines

app = typer.Typer(help="What is known: search it, add to it, say what worked, carry it to other machines.")
app.command("import")(import_documents)
app.command("forget")(forget_documents)
app.command("export")(export_bundle)
app.command("merge")(merge_bundle)
app.command("conflicts")(list_conflicts)
app.command("sql")(ask_in_sql)
Name = Annotated[str, typer.Argument(metavar="ID", help="The entry's id, or its beginning.")]
Body = Annotated[
    str | None, typer.Option("--text", help="The text itself; without it, it is read from --file or stdin.")
]
File = Annotated[Path | None, typer.Option("--file", help="Read the text from here; - is stdin.")]


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry with its history, as `kb show --json` prints it."""

    entry: Entry
    versions: int
    remarks: tuple[Remark, ...]


@app.command("search")
def search_entries(
    query: Annotated[
        list[str], typer.Argument(help="Words, a question, an error code, a log line; English or Chinese.")
    ],
    most: Annotated[int, typer.Option("-k", "--most", min=1, max=200, help="So many hits at most.")] = 5,
    as_json: Json = False,
) -> int:
    """The entries that fit best, those that worked before first among equals."""
    console = open_console()
    with library(console.note) as store:
        search = store.search(hooks.embedder(hooks.registry()))
        missing = search.fill(AT_ONCE)
        # Passages that have their vectors already would push themselves before those that have none yet.
        found = search.find(" ".join(query), most, datetime.now(UTC), meaning=not missing)
        if missing:
            search.notes.append(f"{missing} passages are found by their words only so far; each search adds some more.")
    for note in search.notes:
        console.note(note)
    if as_json:
        console.json(found)
    for one in [] if as_json else found:
        _show_hit(console, one)
    if not found and not as_json:
        console.note("Nothing known fits; 'edgeops kb add TITLE' adds a note.")
    return 0


def _show_hit(console: Console, one: Found) -> None:
    console.say(f"{one.id}  {one.title}{_fared(one.outcomes)}{_from(one)}")
    if one.snippet:
        console.say(f"    {one.snippet}")


def _from(one: Found) -> str:
    """Where it comes from, unless it came with the program."""
    told = provenance(one.kind, one.origin) if one.kind is not Kind.FAULT else ""
    return f"  [{told}]" if told else ""


def _fared(tally: Tally) -> str:
    tried = tally.worked + tally.failed
    said = [f"worked {tally.worked} of {tried}"] if tried else []
    said += [f"{count} × {word}" for count, word in ((tally.useful, "useful"), (tally.wrong, "wrong")) if count]
    return f"  ({', '.join(said)})" if said else ""


@app.command("add")
def add_entry(
    title: Annotated[str, typer.Argument(help="One line that says what it is about.")],
    text: Body = None,
    file: File = None,
    templates: Annotated[list[str] | None, typer.Option("--template", help="Id of a log template it explains.")] = None,
    as_json: Json = False,
) -> int:
    """Add a note."""
    console = open_console()
    body, source = _text(text, file)
    with library(console.note, keeps=True) as store:
        draft = Draft(Kind.NOTE, title, body, person(source), templates=tuple(templates or ()))
        made = store.entries.put(draft, datetime.now(UTC))
    console.json(made) if as_json else console.say(made.id)
    return 0


@app.command("edit")
def edit_entry(
    name: Name,
    title: Annotated[str | None, typer.Option("--title", help="The new title.")] = None,
    text: Body = None,
    file: File = None,
    retire: Annotated[bool, typer.Option("--retire", help="Take it out of the search; it is still kept.")] = False,
    as_json: Json = False,
) -> int:
    """Change an entry; how it read before is kept."""
    console = open_console()
    body = _text(text, file)[0] if text is not None or file is not None else None
    if not retire and title is None and body is None:
        raise UsageError("Say what to change: --title, --text, --file or --retire.")
    with library(console.note, keeps=True) as store:
        author, now = person().author, datetime.now(UTC)
        changed = (
            store.entries.retire(name, author, now) if retire else store.entries.edit(name, author, now, title, body)
        )
    console.json(changed) if as_json else console.say(f"{changed.id}  version {changed.revision}")
    return 0


@app.command("show")
def show_entry(name: Name, as_json: Json = False) -> int:
    """One entry with where it comes from and how it fared."""
    console = open_console()
    with library(console.note) as store:
        entry = store.entries.get(name)
        shown = Shown(
            entry,
            len(store.entries.versions(entry.id)),
            (*store.entries.outcomes(entry.id), *store.entries.comments(entry.id)),
        )
    if as_json:
        console.json(shown)
        return 0
    origin = ", ".join(filter(None, [entry.origin.author, entry.origin.machine, entry.origin.source]))
    console.say(f"{entry.id}  {entry.title}{_fared(entry.outcomes)}")
    console.say(
        f"{entry.kind}, {entry.lang}, trust {entry.trust:g}, version {entry.revision} of {entry.updated:%Y-%m-%d}, from {origin or 'unknown'}"
    )
    if entry.retired:
        console.say(f"Retired on {entry.retired:%Y-%m-%d}: the search does not find it.")
    console.write(["", *show_lines(entry.body, ascii_only=console.ascii_only).split("\n")])
    for one in shown.remarks:
        console.say(told(one))
    return 0


@app.command("outcome")
def keep_outcome(
    name: Name,
    result: Annotated[Result, typer.Argument(help="How it went.")],
    note: Annotated[str, typer.Option("--note", help="What was different, what helped.")] = "",
    as_json: Json = False,
) -> int:
    """Say whether an entry's advice worked; it counts in every search from then on."""
    console = open_console()
    with library(console.note, keeps=True) as store:
        kept = store.entries.judge(name, result, person(), datetime.now(UTC), note)
        entry = store.entries.get(kept.about)
    console.json(kept) if as_json else console.say(f"{entry.id}  {entry.title}{_fared(entry.outcomes)}")
    return 0


@app.command("feedback")
def keep_feedback(
    name: Name,
    verdict: Annotated[Verdict, typer.Argument(help="What the entry is.")],
    note: Annotated[str, typer.Option("--note", help="What is right or wrong about it.")] = "",
    as_json: Json = False,
) -> int:
    """Say whether an entry is useful or wrong, or note something on it; it counts in every search from then on."""
    console = open_console()
    if verdict is Verdict.NOTE and not note.strip():
        raise UsageError("Say what there is to note: edgeops kb feedback ID note --note 'only on model B'.")
    with library(console.note, keeps=True) as store:
        kept = store.entries.comment(store.entries.get(name).id, verdict, person(), datetime.now(UTC), note)
        entry = store.entries.get(kept.about)
    console.json(kept) if as_json else console.say(f"{entry.id}  {entry.title}{_fared(entry.outcomes)}")
    return 0


@app.command("stats")
def show_statistics(as_json: Json = False) -> int:
    """How much is known, what works, what keeps failing, and what nobody has an answer to."""
    console = open_console()
    with library(console.note) as store:
        found = statistics(store)
    if as_json:
        console.json(found)
    else:
        _show_statistics(console, found)
    return 0


_KINDS = {"fault": "faults", "incident": "resolved incidents", "note": "notes", "runbook": "runbook passages"}


def _show_statistics(console: Console, found: Statistics) -> None:
    known = ", ".join(f"{count} {_KINDS[kind]}" for kind, count in found.entries.items())
    tally = found.outcomes
    console.say(f"Known: {known or 'nothing yet'}; {found.retired} retired.")
    console.say(
        f"Advice worked {tally.worked} times, failed {tally.failed}, unknown {tally.unknown}; "
        f"answers were called useful {tally.useful} times, wrong {tally.wrong}."
    )
    console.say(f"Incidents explained: {found.incidents}.")
    lists = (
        ("Imported from", [f"{one.source}: {one.entries} passages, {one.updated:%Y-%m-%d}" for one in found.sources]),
        ("Works", [f"{one.id}  {one.title}{_fared(one.outcomes)}" for one in found.working]),
        ("Fails, or is called wrong", [f"{one.id}  {one.title}{_fared(one.outcomes)}" for one in found.failing]),
        ("Comes back", [_repetition(one) for one in found.recurring]),
        ("Has no answer yet: `incidents resolve ID` or `kb add --template` gives one", [_gap(one) for one in found.gaps]),
        ("Asked in vain", list(found.questions)),
        ("Changed on two machines: `kb conflicts` shows how", list(found.disputed)),
    )  # fmt: skip
    for heading, rows in lists:
        if rows:
            console.write(["", heading])
        for row in rows:
            console.say(f"  {row}")


def _repetition(one: Repeated) -> str:
    state = "resolved" if one.resolved else "open"
    return f"{one.incident}  {one.times} times, last {one.last:%Y-%m-%d}, {state}: {one.what[:_LONGEST]}"


def _gap(one: Repeated) -> str:
    template = f"  (template {one.template})" if one.template else ""
    return f"{one.incident}  {one.times} times, last {one.last:%Y-%m-%d}: {one.what[:_LONGEST]}{template}"


def _text(text: str | None, file: Path | None) -> tuple[str, str]:
    """The body, and where it was read from."""
    if text is not None:
        return text, ""
    if file is None or str(file) == "-":
        if sys.stdin.isatty():
            sys.stderr.write("Type the text; end with Ctrl-D on a line of its own.\n")
        return sys.stdin.buffer.read(_MOST_BYTES + 1).decode("utf-8", "replace"), ""
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST_BYTES + 1).decode("utf-8", "replace"), str(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}).") from error


_MOST_BYTES = 4_000_000
_LONGEST = 160
"""Characters of a line in a list."""
