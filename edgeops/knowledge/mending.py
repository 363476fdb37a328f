"""Entries made whole from their versions, and versions from their entries: an id that is a hash tells which text is the true one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from edgeops.knowledge import history
from edgeops.knowledge.entry import Kind
from edgeops.knowledge.history import Edition

_READS = "id, '', '[]', title, body, lang, trust, templates, retired, author, updated"


def mend(connection: Any) -> int:
    """How many entries were lost or changed and are as their versions say (within a transaction)."""
    names = connection.execute("SELECT id FROM entry UNION SELECT entry FROM version").fetchall()
    return sum(_mend(connection, name) for (name,) in names)


def _mend(connection: Any, name: str) -> bool:
    editions = history.of(connection, name)
    true = [edition for edition in editions if edition.named.id == edition.id]
    row = connection.execute(f"SELECT {_READS} FROM entry WHERE id = ?", [name]).fetchone()
    entry = history.edition_of(row) if row else None
    if entry and any(_as(entry, edition) == edition for edition in true):
        return False
    changed = next((e for e in editions if entry and _as(entry, e).named.id == e.id), None)
    if entry and changed:
        _rewrite(connection, _as(entry, changed))
        return False
    if not true or history.head(editions) not in true:
        return False
    _put(connection, history.head(true), len(editions))
    return True


def _as(entry: Edition, edition: Edition) -> Edition:
    """What an entry says now, in the place of a version."""
    return replace(entry, id=edition.id, parents=edition.parents)


def _rewrite(connection: Any, edition: Edition) -> None:
    """A version whose text was changed says again what its id stands for."""
    revision = connection.execute(
        "DELETE FROM version WHERE entry = ? AND id = ? RETURNING revision", [edition.entry, edition.id]
    ).fetchone()[0]
    history.insert(connection, edition, revision)


def _put(connection: Any, edition: Edition, revision: int) -> None:
    """The entry as its last version says. Of one that was lost nobody knows the kind, the machine and the source any more."""
    templates = msgspec.json.encode(edition.templates).decode()
    kind = Kind.FAULT if edition.author == history.PROGRAM else Kind.INCIDENT if edition.templates else Kind.NOTE
    connection.execute(
        "INSERT INTO entry (id, kind, title, body, lang, machine, source, author, trust, templates, created, updated, revision, "
        "retired) VALUES (?1, ?2, ?3, ?4, ?5, '', '', ?6, ?7, ?8, ?9, ?9, ?10, ?11) ON CONFLICT (id) DO UPDATE SET "
        "title = ?3, body = ?4, lang = ?5, author = ?6, trust = ?7, templates = ?8, updated = ?9, retired = ?11",
        [
            edition.entry, kind.value, edition.title, edition.body, edition.lang, edition.author, edition.trust, templates,
            edition.updated, revision, edition.retired,
        ],
    )  # fmt: skip
