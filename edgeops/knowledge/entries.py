"""What is known: entries with where they come from, how they fared, and how they read before. Nothing is deleted without a trace."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from edgeops.errors import StoreError
from edgeops.knowledge import history, index
from edgeops.knowledge.database import Database
from edgeops.knowledge.documents.document import language
from edgeops.knowledge.entry import (
    COLUMNS,
    Draft,
    Entry,
    Kind,
    Origin,
    Remark,
    Result,
    Verdict,
    Version,
    entry_of,
    legible,
    remark_of,
    row_of,
    time_or_none,
)
from edgeops.mask import mask

MOST_CHARACTERS = 1_000_000
"""Of a body; a longer text is many entries."""


class Entries:
    """The entries of a store. Names are ids or unambiguous beginnings of them; times and authors come from the caller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, draft: Draft, now: datetime) -> Entry:
        """Keep a new entry; one whose id is known is changed (and no revision made if nothing differs)."""
        clean = _clean(draft)
        with self._database.writing("The entry") as connection:
            known = connection.execute("SELECT 1 FROM entry WHERE id = ?", [clean.id]).fetchone() if clean.id else None
            if known:
                return self._change(self.get(clean.id), clean, now)
            made = replace(clean, id=clean.id or secrets.token_hex(6))
            cursor = connection.execute(
                "INSERT INTO entry (id, kind, title, body, lang, machine, source, author, trust, templates, created, "
                "updated, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
                [
                    made.id, made.kind.value, made.title, made.body, made.lang, made.origin.machine, made.origin.source,
                    made.origin.author, made.trust, _json(made.templates), now.isoformat(), now.isoformat(),
                ],
            )  # fmt: skip
            _keep_version(connection, made.id)
            index.add(connection, cursor.lastrowid, made.title, made.body, made.templates, made.kind)
            return self.get(made.id)

    def edit(self, name: str, author: str, now: datetime, title: str | None = None, body: str | None = None) -> Entry:
        """Change what an entry says; the way it read before stays among its versions."""
        with self._database.writing("The change"):
            old = self.get(name)
            changed = Draft(
                old.kind, old.title if title is None else title, old.body if body is None else body,
                replace(old.origin, author=author), "" if body else old.lang, old.trust, old.templates, old.id,
            )  # fmt: skip
            return self._change(old, _clean(changed), now)

    def retire(self, name: str, author: str, now: datetime) -> Entry:
        """Take an entry out of the search; it can still be shown, and comes back when it is put again."""
        with self._database.writing("The change") as connection:
            old = self.get(name)
            number = _number(connection, old.id)
            index.remove(connection, number, old.title, old.body)
            connection.execute(
                "UPDATE entry SET retired = ?, updated = ?, author = ?, revision = revision + 1 WHERE number = ?",
                [now.isoformat(), now.isoformat(), author, number],
            )
            _keep_version(connection, old.id)
            return self.get(old.id)

    def _change(self, old: Entry, new: Draft, now: datetime) -> Entry:
        same = (old.title, old.body, old.lang, old.trust, old.templates) == (
            new.title, new.body, new.lang, new.trust, new.templates,
        )  # fmt: skip
        if same and old.retired is None:
            return old
        connection = self._database.connection
        number = _number(connection, old.id)
        if old.retired is None:
            index.remove(connection, number, old.title, old.body)
        connection.execute(
            "UPDATE entry SET title = ?, body = ?, lang = ?, trust = ?, templates = ?, author = ?, updated = ?, "
            "revision = revision + 1, retired = NULL WHERE number = ?",
            [
                new.title,
                new.body,
                new.lang,
                new.trust,
                _json(new.templates),
                new.origin.author,
                now.isoformat(),
                number,
            ],
        )
        _keep_version(connection, old.id)
        index.add(connection, number, new.title, new.body, new.templates, old.kind)
        return self.get(old.id)

    def get(self, name: str) -> Entry:
        """One entry by its id or an unambiguous beginning of it. Raises StoreError."""
        name = legible(name)
        with self._database.reading() as connection:
            rows = connection.execute(f"{_ENTRIES} WHERE id = ?", [name]).fetchall()
            if not rows and name:
                rows = connection.execute(
                    f"{_ENTRIES} WHERE substr(id, 1, ?) = ? LIMIT 2", [len(name), name]
                ).fetchall()
            if len(rows) == 1:
                return entry_of(rows[0])
        many = "More than one entry begins" if rows else "No entry begins"
        raise StoreError(f"{many} with {name!r}; 'edgeops kb search WORDS' shows the ids.")

    def known(self, name: str) -> bool:
        """Whether there is an entry of this whole id."""
        with self._database.reading() as connection:
            return connection.execute("SELECT 1 FROM entry WHERE id = ?", [name]).fetchone() is not None

    def all(self, kind: Kind | None = None, retired: bool = False) -> Iterator[Entry]:
        """Every entry, the newest first; the retired ones only when asked for. Read in short steps."""
        last = 1 << 62
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(
                    f"{_ENTRIES} WHERE number < ? AND (? OR retired IS NULL) AND (? IS NULL OR kind = ?) "
                    "ORDER BY number DESC LIMIT 200",
                    [last, retired, kind, kind],
                ).fetchall()
                found = [entry_of(row) for row in rows]
            yield from found
            if not rows:
                return
            last = rows[-1][-1]

    def versions(self, name: str) -> tuple[Version, ...]:
        """How an entry read, the first version first, the present one last."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT revision, title, body, author, updated, retired FROM version WHERE entry = ? ORDER BY revision",
                [self.get(name).id],
            ).fetchall()
            return tuple(
                Version(revision, title, body, who, datetime.fromisoformat(time), time_or_none(retired))
                for revision, title, body, who, time, retired in rows
            )

    def judge(self, name: str, result: Result, by: Origin, now: datetime, note: str = "") -> Remark:
        """Keep how it went. Counts at once in every search."""
        return self._say("outcome", self.get(name).id, result.value, by, now, note)

    def outcomes(self, name: str) -> tuple[Remark, ...]:
        """Everything said about how an entry's advice went, the oldest first."""
        return self._said("outcome", self.get(name).id)

    def comment(self, about: str, kind: str, by: Origin, now: datetime, note: str = "") -> Remark:
        """Keep feedback (a Verdict) on an entry or an answer, by its whole id. Counts at once in every search."""
        if kind not in set(Verdict):
            raise StoreError(f"Feedback is useful, wrong or note, not {kind!r}.")
        return self._say("feedback", about, kind, by, now, note)

    def comments(self, about: str) -> tuple[Remark, ...]:
        """The feedback on an entry or an answer, the oldest first."""
        return self._said("feedback", about)

    def _say(self, table: str, about: str, kind: str, by: Origin, now: datetime, note: str) -> Remark:
        remark = Remark(secrets.token_hex(8), about, kind, by.author, by.machine, now, legible(mask(note)))
        with self._database.writing("The outcome" if table == "outcome" else "The feedback") as connection:
            connection.execute(
                f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?)",
                row_of(remark),
            )
        return remark

    def _said(self, table: str, about: str) -> tuple[Remark, ...]:
        column = "entry" if table == "outcome" else "about"
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT * FROM {table} WHERE {column} = ? ORDER BY time, id", [about]).fetchall()
            return tuple(map(remark_of, rows))


_ENTRIES = f"SELECT {COLUMNS} FROM entry"


def _clean(draft: Draft) -> Draft:
    """Without secrets, in one language, within bounds. Raises StoreError."""
    title, body = legible(mask(draft.title.strip())), legible(mask(draft.body.strip()))
    if not title:
        raise StoreError("An entry needs a title; give it a line that says what it is about.")
    if len(body) > MOST_CHARACTERS:
        raise StoreError(f"The entry has {len(body)} characters, more than {MOST_CHARACTERS}; split it into several.")
    if not 0 <= draft.trust <= 1:
        raise StoreError(f"Trust is a number from 0 to 1, not {draft.trust}.")
    lang = draft.lang or language(f"{title}\n{body}")
    return replace(
        draft, title=title, body=body, lang=lang, templates=tuple(dict.fromkeys(map(legible, draft.templates)))
    )


def _keep_version(connection: Any, name: str) -> None:
    """The entry as it reads now becomes the version after all that were the last ones."""
    parents = [edition.id for edition in history.leaves(history.of(connection, name))]
    row = connection.execute(
        "SELECT id, '', ?, title, body, lang, trust, templates, retired, author, updated, revision FROM entry WHERE id = ?",
        [msgspec.json.encode(parents).decode(), name],
    ).fetchone()
    history.insert(connection, history.edition_of(row[:-1]).named, row[-1])


def _number(connection: Any, name: str) -> int:
    (number,) = connection.execute("SELECT number FROM entry WHERE id = ?", [name]).fetchone()
    return int(number)


def _json(names: tuple[str, ...]) -> str:
    return msgspec.json.encode(names).decode()
