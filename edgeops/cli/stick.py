"""`edgeops kb import`, `export`, `merge`, `conflicts`: knowledge that comes from files and goes between machines."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from edgeops import hooks, paths
from edgeops.cli.console import Console, open_console
from edgeops.cli.options import NAMED, Json
from edgeops.cli.store import library, person
from edgeops.cli.when import parse
from edgeops.errors import StoreError, UsageError
from edgeops.files import write_whole
from edgeops.identity import identity
from edgeops.knowledge.bundle import MOST_BYTES, Bundle, unpack
from edgeops.knowledge.exchange import accept, conflicts, export, known_machine, merge
from edgeops.knowledge.history import Edition
from edgeops.knowledge.shelving import Shelved, files_of, forget, shelve
from edgeops.knowledge.store import Store

Vectors = Annotated[
    bool,
    typer.Option(
        "--vectors/--no-vectors",
        help="Make at once what the search by meaning needs (some 60 passages a second); else later searches do, a few at a time.",
    ),
]


@dataclass(frozen=True, slots=True)
class Exported:
    """What `kb export --json` prints."""

    file: str
    entries: int
    bytes: int
    machine: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """An entry with several last versions, the one that counts last."""

    id: str
    versions: tuple[Edition, ...]


def import_documents(
    files: Annotated[list[str], typer.Argument(help="Files and folders: Markdown, text, HTML, PDF, CSV, cheat sheets, man pages, JSON lines.")],
    vectors: Vectors = True,
    as_json: Json = False,
) -> int:  # fmt: skip
    """Import runbooks and other documents; unchanged files are passed over, changed ones updated."""
    console = open_console()
    passages = 0
    with library(console.note, keeps=True) as store:
        with console.progress("importing", "passages") as progress:

            def heard(name: str, more: int) -> None:
                nonlocal passages
                passages += more
                progress(passages, label=f"importing {name}")

            done = shelve(store, files_of(files), person(), datetime.now(UTC), heard)
        if vectors and (done.new or done.changed):
            _make_vectors(store, console)
    if as_json:
        console.json(done)
    else:
        _report(console, done)
    return 2 if done.skipped and not (done.new or done.changed or done.unchanged) else 0


def _make_vectors(store: Store, console: Console) -> None:
    """What the search by meaning needs, for every passage that lacks it. Ctrl-C leaves the rest to later searches."""
    search = store.search(hooks.embedder(hooks.registry()))
    try:
        with console.progress("learning meanings", "passages") as progress:
            search.fill(progress=progress)
    except KeyboardInterrupt:
        console.note("Stopped: all is imported; the rest is found by its words until later searches have caught up.")
    for note in search.notes:
        console.note(note)


def forget_documents(
    source: Annotated[str, typer.Argument(help="A file or folder that was imported, as `kb stats` names it.")],
    as_json: Json = False,
) -> int:
    """Take all that was imported from a file or folder out of the search; it is still kept, and can be imported again."""
    console = open_console()
    with library(console.note, keeps=True) as store:
        gone = forget(store, source, person().author, datetime.now(UTC))
    console.json({"source": source, "retired": gone}) if as_json else console.say(
        f"{gone} passages of {source} are retired."
    )
    return 0


def _report(console: Console, done: Shelved) -> None:
    console.say(
        f"{done.files} files: {done.new} passages new, {done.changed} changed, {done.retired} retired; "
        f"{done.unchanged} files unchanged, {len(done.skipped)} not used."
    )
    for skipped in done.skipped[:NAMED]:
        console.note(f"Not used: {skipped.source}: {skipped.reason}")
    if len(done.skipped) > NAMED:
        console.note(f"Not used: {len(done.skipped) - NAMED} more; --json names them all.")
    for note in done.notes:
        console.note(note)


def export_bundle(
    file: Annotated[Path, typer.Argument(help="The bundle to write, for example on a stick.")],
    since: Annotated[
        str | None, typer.Option(help="Only what changed from this time on: ISO, or '7 days ago'.")
    ] = None,
    vectors: Annotated[
        bool,
        typer.Option("--vectors", help="Their vectors too (1 kB a passage), which the other machine need not make."),
    ] = False,
    as_json: Json = False,
) -> int:
    """Write what is known into a signed bundle that another machine can merge; secrets are masked."""
    console = open_console()
    now = datetime.now(UTC)
    key = identity(paths.find(os.environ).data)
    with library(console.note) as store:
        if vectors:
            store.search(hooks.embedder(hooks.registry())).fill()
        content, entries = export(
            store.database, platform.node(), key.public, key.sign, now, parse(since, now), vectors
        )
    try:
        write_whole(file, content)
    except OSError as error:
        raise UsageError(f"The bundle cannot be written to {file} ({error.strerror}); name another place.") from error
    made = Exported(str(file), entries, len(content), platform.node(), key.fingerprint)
    if as_json:
        console.json(made)
    else:
        console.say(f"{entries} entries are in {file}, signed by {made.machine} ({made.fingerprint}).")
    return 0


def merge_bundle(
    file: Annotated[Path, typer.Argument(help="The bundle.")],
    trust: Annotated[str, typer.Option(help="Accept this key from now on: its fingerprint, as the other machine shows it.")] = "",
    vectors: Vectors = True,
    as_json: Json = False,
) -> int:  # fmt: skip
    """Take in what another machine knows. Nothing is lost: what both changed is kept twice and listed."""
    console = open_console()
    bundle = unpack(_content(file), str(file))
    with library(console.note, keeps=True) as store:
        _accepted(store, bundle, trust, console)
        done = merge(store.database, bundle)
        if vectors and (done.new or done.changed):
            _make_vectors(store, console)
    if as_json:
        console.json(done)
        return 0
    console.say(
        f"From {done.machine} ({done.fingerprint}): {done.new} entries new, {done.changed} changed, {done.outcomes} outcomes and comments."
    )
    if done.conflicts:
        console.say(f"{len(done.conflicts)} entries were changed on both sides; 'edgeops kb conflicts' shows them.")
    return 0


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"The bundle {file} cannot be read ({error.strerror}); check the name and the stick."
        ) from error
    if len(content) > MOST_BYTES:
        raise StoreError(f"The bundle {file} is larger than {MOST_BYTES >> 20} MiB. Nothing was merged.")
    return content


def _accepted(store: Store, bundle: Bundle, trust: str, console: Console) -> None:
    """A person decides about a key once. Raises UsageError when nobody has."""
    mark = bundle.fingerprint
    own = paths.find(os.environ).data
    if known_machine(store, mark) or mark == identity(own).fingerprint:
        return
    if not trust and console.live and sys.stdin.isatty():
        console.note(
            f"{_spoken(bundle)} is signed by a key that is new here: {mark}. Compare it with what 'kb export' shows there."
        )
        console.hint("Accept it? Type yes: ")
        trust = mark if sys.stdin.readline().strip().lower() in ("y", "yes", "是") else ""
    if trust.replace("-", "").lower() != mark.replace("-", ""):
        raise UsageError(
            f"The bundle is signed by {bundle.manifest.machine} with a key that is new here ({mark}). Nothing was merged. "
            f"If 'kb export' showed the same there, run: edgeops kb merge --trust {mark} FILE"
        )
    accept(store, mark, bundle.manifest.machine)


def _spoken(bundle: Bundle) -> str:
    """How a bundle is spoken of."""
    return f"The bundle of {bundle.manifest.machine} from {bundle.manifest.created:%Y-%m-%d %H:%M}"


def list_conflicts(as_json: Json = False) -> int:
    """Entries that were changed on two machines; editing one settles it."""
    console = open_console()
    with library(console.note) as store:
        found = conflicts(store.database)
    for name, editions in found.items():
        if as_json:
            console.json(Conflict(name, editions))
            continue
        console.say(f"{name}  {editions[-1].title}")
        for edition in editions:
            counts = "counts" if edition is editions[-1] else "also"
            console.say(f"  {counts}: {edition.updated[:16]} {edition.author}: {' '.join(edition.body.split())[:120]}")
    if not found and not as_json:
        console.note("No entry was changed on two machines at once.")
    return 1 if found else 0
