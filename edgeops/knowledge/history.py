"""The versions of an entry as a graph that machines can join: each names the versions it came after.

A version's id is a hash of what it says and of its parents, so two machines that hold the same versions hold the same graph,
whatever way they came by them. What nobody wrote after is a leaf; two leaves that differ are a conflict, and both are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import Any

import msgspec

PROGRAM = "edgeops"
"""The author of what comes with the program: it gives way to whatever a person wrote."""
COLUMNS = "entry, id, parents, title, body, lang, trust, templates, retired, author, updated"


@dataclass(frozen=True, slots=True)
class Edition:
    """One version as it is kept and carried: times are ISO texts, templates ids."""

    entry: str
    id: str
    parents: tuple[str, ...]
    title: str
    body: str
    lang: str
    trust: float
    templates: tuple[str, ...]
    retired: str | None
    author: str
    updated: str

    @property
    def named(self) -> Edition:
        """The same with the id that its content gives it."""
        content = (
            self.entry, sorted(self.parents), self.title, self.body, self.lang, self.trust, self.templates,
            self.retired, self.author, self.updated,
        )  # fmt: skip
        return replace(self, id=blake2s(msgspec.json.encode(content), digest_size=12).hexdigest())

    @property
    def says(self) -> tuple[object, ...]:
        """What a reader would notice."""
        return self.title, self.body, self.lang, self.trust, self.templates, self.retired is None


def leaves(editions: Iterable[Edition]) -> list[Edition]:
    """The versions that no other came after, the latest last."""
    known = list(editions)
    older = {parent for edition in known for parent in edition.parents}
    return sorted((e for e in known if e.id not in older), key=lambda e: (e.author != PROGRAM, *_later(e)))


def head(editions: Iterable[Edition]) -> Edition:
    """The version that counts: the latest leaf."""
    return leaves(editions)[-1]


def disputed(editions: Iterable[Edition]) -> tuple[Edition, ...]:
    """The leaves that say different things, the latest last; none when they agree. The program itself disputes nothing."""
    ends = {edition.says: edition for edition in leaves(editions) if edition.author != PROGRAM}
    return tuple(sorted(ends.values(), key=_later)) if len(ends) > 1 else ()


def ordered(editions: Sequence[Edition]) -> list[Edition]:
    """Every version after the ones it came after; among equals by time, then by id."""
    by_id = {edition.id: edition for edition in editions}
    depth: dict[str, int] = {}
    waiting = sorted(editions, key=_later)
    while waiting:
        ready = [e for e in waiting if all(p in depth for p in e.parents if p in by_id)]
        # Hashes cannot run in a circle; a damaged store might.
        for edition in ready or waiting:
            depth[edition.id] = 1 + max((depth.get(p, 0) for p in edition.parents), default=0)
        waiting = [e for e in waiting if e.id not in depth]
    return sorted(editions, key=lambda e: (depth[e.id], *_later(e)))


def _later(edition: Edition) -> tuple[str, str]:
    return edition.updated, edition.id


def of(connection: Any, entry: str) -> list[Edition]:
    """Every version of an entry that the store holds."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM version WHERE entry = ?", [entry]).fetchall()
    return [edition_of(row) for row in rows]


def edition_of(row: Sequence[Any]) -> Edition:
    """A version from its COLUMNS."""
    entry, name, parents, title, body, lang, trust, templates, retired, author, updated = row
    listed = msgspec.json.Decoder(tuple[str, ...])
    return Edition(
        entry,
        name,
        listed.decode(parents),
        title,
        body,
        lang,
        trust,
        listed.decode(templates),
        retired,
        author,
        updated,
    )


def insert(connection: Any, edition: Edition, revision: int) -> None:
    """Keep a version (within a transaction); one that is there already gets this revision."""
    connection.execute(
        f"INSERT INTO version ({COLUMNS}, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (entry, id) DO UPDATE SET revision = excluded.revision",
        [
            edition.entry, edition.id, msgspec.json.encode(edition.parents).decode(), edition.title, edition.body, edition.lang,
            edition.trust, msgspec.json.encode(edition.templates).decode(), edition.retired, edition.author,
            edition.updated, revision,
        ],
    )  # fmt: skip
