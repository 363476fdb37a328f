"""Runbooks and other documents into the store: each passage an entry, unchanged files passed over, vanished passages retired.

An entry's id comes from where the passage stands, not from this machine: the same collection imported elsewhere
gives the same entries, which a merge then joins.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2s, sha256
from pathlib import Path

from edgeops.errors import StoreError
from edgeops.knowledge.documents.document import Document
from edgeops.knowledge.documents.reading import MOST_BYTES, read
from edgeops.knowledge.entry import Draft, Kind, Origin
from edgeops.knowledge.store import Store
from edgeops.records import Skipped

TRUST = 0.9
_AT_ONCE = 400
_IMPORTED = "imported:"
_NO_DOCUMENTS = frozenset((".git", ".svn", "node_modules", "__pycache__"))


@dataclass(frozen=True, slots=True)
class Shelved:
    """What an import did: files and passages. skipped says of each file that gave nothing, why."""

    files: int = 0
    unchanged: int = 0
    new: int = 0
    changed: int = 0
    retired: int = 0
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A file to import and the name under which its passages are known: its path from the named folder on."""

    path: Path
    name: str


def files_of(paths: Iterable[str]) -> Iterator[File | Skipped]:
    """Every file below what a person named, in order. Links out of a named folder are not followed."""
    for named in map(Path, paths):
        if not named.exists():
            yield Skipped(str(named), "There is no such file; check the name.")
        elif named.is_dir():
            top = named.resolve()
            for folder, below, names in os.walk(top):
                below[:] = sorted(set(below) - _NO_DOCUMENTS)
                for name in sorted(names):
                    path = Path(folder, name)
                    yield File(path, _as_text(path.relative_to(top.parent)))
        else:
            yield File(named, _as_text(Path(named.name)))


def _as_text(path: Path | str) -> str:
    """A file's name; bytes of it that are no UTF-8 as `\\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def shelve(
    store: Store, files: Iterable[File | Skipped], by: Origin, now: datetime,
    progress: Callable[[str, int], None] = lambda name, passages: None,
) -> Shelved:  # fmt: skip
    """Import the files, several in a transaction, so that a kill loses the last few hundred passages at most."""
    done = Shelved()
    batch: list[tuple[File, str, Document]] = []
    for file in files:
        found = file if isinstance(file, Skipped) else _opened(store, file)
        done = replace(done, files=done.files + (not isinstance(file, Skipped)))
        if found is None:
            done = replace(done, unchanged=done.unchanged + 1)
        elif isinstance(found, Skipped):
            done = replace(done, skipped=(*done.skipped, found))
        else:
            batch.append(found)
            progress(found[0].name, len(found[2].passages))
        if sum(len(document.passages) for _, _, document in batch) >= _AT_ONCE:
            done, batch = _kept(store, batch, done, by, now), []
    return _kept(store, batch, done, by, now)


def _opened(store: Store, file: File) -> tuple[File, str, Document] | Skipped | None:
    """The file with its hash and what it says; None when it was imported just as it is."""
    data = _bytes(file.path)
    if isinstance(data, Skipped):
        return data
    digest = sha256(data).hexdigest()
    if _kept_already(store, file.name, digest):
        return None
    document = read(data, str(file.path))
    return document if isinstance(document, Skipped) else (file, digest, document)


def _kept(
    store: Store, batch: Iterable[tuple[File, str, Document]], done: Shelved, by: Origin, now: datetime
) -> Shelved:
    with store.writing():
        for file, digest, document in batch:
            done = _counted(done, document, file, _keep(store, document, file.name, by, now))
            store.keep_fact(_IMPORTED + file.name, f"{digest} {len(document.passages)}")
    return done


def _kept_already(store: Store, name: str, digest: str) -> bool:
    """Whether the file was imported just as it is, and its passages are there still (a salvage may have lost some)."""
    known, _, passages = store.fact(_IMPORTED + name).partition(" ")
    if known != digest:
        return False
    with store.database.reading() as connection:
        (there,) = connection.execute("SELECT count(*) FROM entry WHERE source = ?", [name]).fetchone()
    return int(there) >= int(passages or 0)


def _counted(done: Shelved, document: Document, file: File, counts: Counter[str]) -> Shelved:
    notes = tuple(f"{file.name}: {note}" for note in document.notes)
    return replace(
        done,
        new=done.new + counts["new"],
        changed=done.changed + counts["changed"],
        retired=done.retired + counts["retired"],
        notes=(*done.notes, *notes),
    )


def _bytes(path: Path) -> bytes | Skipped:
    """The file's content; never waits for a pipe and never follows a link out of the folder."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        words = "a link; name the file itself" if path.is_symlink() else f"not to be opened ({error.strerror})"
        return Skipped(str(path), f"It is {words}.")
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            return Skipped(str(path), "It is no regular file.")
        if status.st_size > MOST_BYTES:
            return Skipped(str(path), f"It is larger than {MOST_BYTES >> 20} MiB, which no runbook is; split it.")
        try:
            return stream.read(MOST_BYTES + 1)
        except OSError as error:
            return Skipped(str(path), f"It cannot be read ({error.strerror}); check the disk and its mount.")


def _keep(store: Store, document: Document, name: str, by: Origin, now: datetime) -> Counter[str]:
    """The document's passages as entries; those that it had before and has no more are retired."""
    counts: Counter[str] = Counter()
    drafts = list(_drafts(document, name, by))
    before = _entries_from(store, name)
    for draft in drafts:
        kept = store.entries.put(draft, now)
        if draft.id not in before:
            counts["new"] += 1
        elif kept.revision != before[draft.id]:
            counts["changed"] += 1
    for gone in before.keys() - {draft.id for draft in drafts}:
        store.entries.retire(gone, by.author, now)
        counts["retired"] += 1
    return counts


def _drafts(document: Document, name: str, by: Origin) -> Iterator[Draft]:
    seen: Counter[str] = Counter()
    tags = f"\n\nTags: {', '.join(document.tags)}" if document.tags else ""
    for passage in document.passages:
        title = passage.title or document.title
        seen[title] += 1
        place = f"{name}\0{title}\0{seen[title]}"
        shown = [step for step in passage.steps if step not in passage.text]
        body = "\n".join([passage.text, *shown])
        yield Draft(
            Kind.RUNBOOK, title, body + tags, replace(by, source=name), trust=TRUST,
            id=blake2s(place.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest(),
        )  # fmt: skip


def _entries_from(store: Store, name: str) -> dict[str, int]:
    """The living entries that came from a file, with their revisions."""
    with store.database.reading() as connection:
        rows = connection.execute(
            "SELECT id, revision FROM entry WHERE source = ? AND kind = ? AND retired IS NULL",
            [name, Kind.RUNBOOK.value],
        ).fetchall()
    return dict(rows)


def forget(store: Store, name: str, author: str, now: datetime) -> int:
    """Retire all that came from a file or a folder of files; how many entries that were. Raises StoreError."""
    name = _as_text(name)
    with store.writing() as connection:
        below = f"{name.rstrip('/')}/"
        rows = connection.execute(
            "SELECT id FROM entry WHERE kind = ? AND retired IS NULL AND (source = ? OR substr(source, 1, ?) = ?)",
            [Kind.RUNBOOK.value, name, len(below), below],
        ).fetchall()
        if not rows:
            raise StoreError(f"Nothing was imported from {name!r}; 'edgeops kb stats' shows the sources.")
        for (entry,) in rows:
            store.entries.retire(entry, author, now)
        connection.execute(
            "DELETE FROM fact WHERE name = ? OR substr(name, 1, ?) = ?",
            [_IMPORTED + name, len(_IMPORTED + below), _IMPORTED + below],
        )
    return len(rows)
