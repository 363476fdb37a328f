"""Knowledge between machines: what a store gives away, and how two stores become one.

Merging is a union: of versions (by their hash), of outcomes and feedback (by their id). So it does not matter in which order, how often
or which way round stores are merged. Two different last versions of one entry are a conflict: the later one counts, both
are kept and listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from edgeops.errors import StoreError
from edgeops.knowledge import history, index, meanings
from edgeops.knowledge.bundle import Bundle, pack
from edgeops.knowledge.database import Database
from edgeops.knowledge.entry import Kind, Remark, Result, Verdict, remark_of, row_of
from edgeops.knowledge.history import Edition
from edgeops.knowledge.judged import ANSWER
from edgeops.knowledge.meanings import Meaning
from edgeops.knowledge.store import Store
from edgeops.mask import mask

_REMARKS = {"outcomes": "outcome", "feedback": "feedback"}
_PEER = "peer:"


class Root(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stays the same of an entry through all its versions."""

    id: str
    kind: Kind
    machine: str
    source: str
    created: str


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer (JSON) that the remark of this id is about."""

    id: str
    answer: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did. conflicts are the ids of entries with several last versions that differ."""

    machine: str
    fingerprint: str
    new: int
    changed: int
    outcomes: int
    conflicts: tuple[str, ...]


def export(
    database: Database, machine: str, key: bytes, sign: Callable[[bytes], bytes], now: datetime,
    since: datetime | None = None, vectors: bool = False,
) -> tuple[bytes, int]:  # fmt: skip
    """A signed bundle of all that is known (or has changed since), secrets masked; and how many entries it has.

    vectors: those of its passages too, a kilobyte each.
    """
    after = since.astimezone(UTC).isoformat() if since else ""
    with database.reading() as connection:
        connection.execute("BEGIN")
        try:
            editions = [history.edition_of(row) for row in connection.execute(f"SELECT {history.COLUMNS} FROM version")]
            remarks = {name: _remarks(connection, table, after) for name, table in _REMARKS.items()}
            answers = _answers(connection, {remark.id for remark in remarks["feedback"]})
            # What comes with the program is on every machine already.
            written = {edition.entry for edition in editions if edition.author != history.PROGRAM}
            fresh = {edition.entry for edition in editions if edition.updated > after}
            fresh |= {remark.about for remark in remarks["outcomes"]}
            roots = [root for root in _roots(connection) if root.id in fresh & written]
            found = meanings.given(connection, [root.id for root in roots]) if vectors else []
        finally:
            connection.execute("COMMIT")
    wanted = {root.id for root in roots}
    members = {
        "entries.jsonl": [msgspec.json.encode(root) for root in roots],
        # A version without those it came after could not be placed: an entry travels with its whole history.
        "versions.jsonl": sorted(msgspec.json.encode(e) for e in editions if e.entry in wanted),
        **{f"{name}.jsonl": [msgspec.json.encode(r) for r in rows] for name, rows in remarks.items()},
        "answers.jsonl": [msgspec.json.encode(answer) for answer in answers],
    }
    if found:
        members["vectors.jsonl"] = [msgspec.json.encode(one) for one in found]
    return pack(members, machine, key, sign, now, since), len(roots)


def _roots(connection: Any) -> list[Root]:
    rows = connection.execute("SELECT id, kind, machine, source, created FROM entry ORDER BY id").fetchall()
    return [Root(name, Kind(kind), *rest) for name, kind, *rest in rows]


def _remarks(connection: Any, table: str, after: str) -> list[Remark]:
    rows = connection.execute(f"SELECT * FROM {table} WHERE time > ? ORDER BY id", [after]).fetchall()
    return [remark_of(row) for row in rows]


def _answers(connection: Any, remarks: set[str]) -> list[Answered]:
    """What these remarks are about, as it read then."""
    rows = connection.execute(
        "SELECT substr(name, ?), value FROM fact WHERE substr(name, 1, ?) = ? ORDER BY name",
        [len(ANSWER) + 1, len(ANSWER), ANSWER],
    ).fetchall()
    return [Answered(name, value) for name, value in rows if name in remarks]


# ---------------------------------------------------------------- merging


def merge(database: Database, bundle: Bundle) -> Merged:
    """Take in a bundle, all of it or nothing. Raises StoreError when a row of it is not what it should be."""
    roots = _decoded(bundle, "entries.jsonl", Root)
    editions = [_checked(edition) for edition in _decoded(bundle, "versions.jsonl", Edition)]
    remarks = {name: _decoded(bundle, f"{name}.jsonl", Remark) for name in _REMARKS}
    answers = _decoded(bundle, "answers.jsonl", Answered)
    vectors = _decoded(bundle, "vectors.jsonl", Meaning)
    by_entry: dict[str, list[Edition]] = {}
    for edition in editions:
        by_entry.setdefault(edition.entry, []).append(edition)
    if by_entry.keys() != {root.id for root in roots}:
        raise StoreError("The bundle's entries and their versions do not match. Nothing was merged; export it again.")
    new = changed = 0
    conflicts: list[str] = []
    with database.writing("The bundle") as connection:
        for root in roots:
            found = _join(connection, root, by_entry[root.id])
            new, changed = new + (found == "new"), changed + (found == "changed")
            if history.disputed(history.of(connection, root.id)):
                conflicts.append(root.id)
        outcomes = sum(_heard(connection, table, remarks[name]) for name, table in _REMARKS.items())
        for one in answers:
            _keep_answer(connection, one)
        meanings.taken(connection, vectors, by_entry.keys())
    return Merged(bundle.manifest.machine, bundle.fingerprint, new, changed, outcomes, tuple(conflicts))


def _decoded(bundle: Bundle, member: str, kind: Any) -> list[Any]:
    try:
        return [msgspec.json.decode(line, type=kind) for line in bundle.members.get(member, b"").splitlines()]
    except msgspec.MsgspecError as error:
        raise StoreError(f"{member} in the bundle holds a row that is none ({error}). Nothing was merged.") from error


def _checked(edition: Edition) -> Edition:
    """The version without secrets that its machine's rules did not know; its name must be the hash of its content."""
    if edition != edition.named:
        raise StoreError(f"A version of {edition.entry} does not match its hash. Nothing was merged.")
    try:
        times = [datetime.fromisoformat(text) for text in (edition.updated, edition.retired) if text]
    except ValueError as error:
        raise StoreError(f"A version of {edition.entry} has no time ({error}). Nothing was merged.") from error
    if not edition.title or not 0 <= edition.trust <= 1 or not all(time.tzinfo for time in times):
        raise StoreError(f"A version of {edition.entry} is incomplete. Nothing was merged.")
    return edition


def _join(connection: Any, root: Root, editions: Sequence[Edition]) -> str:
    """`new`, `changed` or `` after the entry holds the versions of both sides."""
    row = connection.execute(
        "SELECT number, title, body, retired, kind, machine, source, created FROM entry WHERE id = ?", [root.id]
    ).fetchone()
    mine = {edition.id for edition in history.of(connection, root.id)}
    fresh = [edition for edition in editions if edition.id not in mine]
    if row and not fresh and _elder(root, row) is None:
        return ""
    for edition in fresh:
        history.insert(connection, edition, 0)
    every = history.ordered(history.of(connection, root.id))
    for revision, edition in enumerate(every, 1):
        history.insert(connection, edition, revision)
    _write(connection, row, root, history.head(every), len(every))
    return "changed" if row else "new"


def _elder(root: Root, row: Sequence[Any]) -> Root | None:
    """The other side's origin, where it is the older one (or the smaller of two that are equally old)."""
    ours = (row[7], row[5], row[6], row[4])
    theirs = (root.created, root.machine, root.source, root.kind.value)
    return root if theirs < ours else None


def _write(connection: Any, row: Sequence[Any] | None, root: Root, head: Edition, revision: int) -> None:
    """The entry as its last version says, findable again."""
    shown = (mask(head.title), mask(head.body))
    if row is None:
        cursor = connection.execute(
            "INSERT INTO entry (id, kind, title, body, lang, machine, source, author, trust, templates, created, updated, "
            "revision) VALUES (?, ?, '', '', '', ?, ?, '', 0, '[]', ?, '', 0)",
            [root.id, root.kind.value, mask(root.machine), mask(root.source), root.created],
        )
        number = cursor.lastrowid
    else:
        number = row[0]
        if row[3] is None:
            index.remove(connection, number, row[1], row[2])
        if _elder(root, row):
            connection.execute(
                "UPDATE entry SET kind = ?, machine = ?, source = ?, created = ? WHERE number = ?",
                [root.kind.value, mask(root.machine), mask(root.source), root.created, number],
            )
    connection.execute(
        "UPDATE entry SET title = ?, body = ?, lang = ?, author = ?, trust = ?, templates = ?, updated = ?, revision = ?, "
        "retired = ? WHERE number = ?",
        [
            *shown, head.lang, head.author, head.trust, msgspec.json.encode(head.templates).decode(), head.updated,
            revision, head.retired, number,
        ],
    )  # fmt: skip
    if head.retired is None:
        index.add(connection, number, *shown, head.templates)


def _heard(connection: Any, table: str, remarks: Iterable[Remark]) -> int:
    """How many remarks were new. One id stands for one remark; of two that claim it, the smaller stays on both machines."""
    new = 0
    for remark in remarks:
        if remark.kind not in set(Result if table == "outcome" else Verdict):
            raise StoreError(f"One row of {table} in the bundle says {remark.kind!r}. Nothing was merged.")
        row = row_of(replace(remark, note=mask(remark.note)))
        known = connection.execute(f"SELECT * FROM {table} WHERE id = ?", [remark.id]).fetchone()
        if known and list(known) <= row:
            continue
        connection.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        new += known is None
    return new


def _keep_answer(connection: Any, one: Answered) -> None:
    """An answer that somebody judged, without secrets; of two under one id the smaller stays on both machines."""
    connection.execute(
        "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = min(value, excluded.value)",
        [ANSWER + one.id, mask(one.answer)],
    )


# ---------------------------------------------------------------- conflicts and machines


def conflicts(database: Database) -> dict[str, tuple[Edition, ...]]:
    """Every entry with several last versions that differ, the one that counts last. Editing the entry settles it."""
    with database.reading() as connection:
        names = connection.execute("SELECT entry FROM version GROUP BY entry HAVING count(*) > 1").fetchall()
        found = {name: history.disputed(history.of(connection, name)) for (name,) in names}
    return {name: editions for name, editions in found.items() if editions}


def known_machine(store: Store, mark: str) -> str:
    """The name under which a key's fingerprint was accepted here; empty when it never was."""
    return store.fact(_PEER + mark)


def accept(store: Store, mark: str, machine: str) -> None:
    """Remember that a person accepted the key with this fingerprint."""
    store.keep_fact(_PEER + mark, machine, "The key")
