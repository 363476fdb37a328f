"""The store's schema as numbered, atomic, forward-only migrations (PRAGMA user_version counts them)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE incident (
            id TEXT PRIMARY KEY, state TEXT NOT NULL, tier TEXT NOT NULL, fault TEXT NOT NULL, summary TEXT NOT NULL,
            start TEXT, "end" TEXT, hosts TEXT NOT NULL, sources TEXT NOT NULL, seen TEXT NOT NULL,
            explanation TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX incident_seen ON incident (seen)",
    ),
    # What is known. number is the entry's row in the index; id is the same on every machine the entry was carried to.
    (
        """CREATE TABLE entry (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, title TEXT NOT NULL,
            body TEXT NOT NULL, lang TEXT NOT NULL, machine TEXT NOT NULL, source TEXT NOT NULL, author TEXT NOT NULL,
            trust REAL NOT NULL, templates TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
            revision INTEGER NOT NULL, retired TEXT
        ) STRICT""",
        "CREATE INDEX entry_source ON entry (source)",
        # id is a hash of all but revision, parents the versions it came after: the same on every machine (history).
        """CREATE TABLE version (
            entry TEXT NOT NULL, id TEXT NOT NULL, parents TEXT NOT NULL, revision INTEGER NOT NULL, title TEXT NOT NULL,
            body TEXT NOT NULL, lang TEXT NOT NULL, trust REAL NOT NULL, templates TEXT NOT NULL, retired TEXT,
            author TEXT NOT NULL, updated TEXT NOT NULL, PRIMARY KEY (entry, id)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE entry_template (
            template TEXT NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (template, entry)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE outcome (
            id TEXT PRIMARY KEY, entry TEXT NOT NULL, result TEXT NOT NULL, author TEXT NOT NULL, machine TEXT NOT NULL,
            time TEXT NOT NULL, note TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX outcome_entry ON outcome (entry)",
        """CREATE TABLE feedback (
            id TEXT PRIMARY KEY, about TEXT NOT NULL, kind TEXT NOT NULL, author TEXT NOT NULL, machine TEXT NOT NULL,
            time TEXT NOT NULL, note TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX feedback_about ON feedback (about)",
        "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ),
    # By what it is found. All of it can be made anew from the entries.
    (
        # The text is split by edgeops.knowledge.words; SQLite only has to part words at blanks.
        """CREATE VIRTUAL TABLE found USING fts5 (
            title, lead, body, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[]^_{|}~\\'"
        )""",
        "CREATE TABLE term (term TEXT PRIMARY KEY, entries INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE passage (number INTEGER PRIMARY KEY, entry INTEGER NOT NULL, text TEXT NOT NULL) STRICT",
        "CREATE INDEX passage_entry ON passage (entry)",
        "CREATE TABLE sketch (passage INTEGER PRIMARY KEY, signs BLOB NOT NULL) STRICT",
        "CREATE TABLE vector (passage INTEGER PRIMARY KEY, numbers BLOB NOT NULL) STRICT",
    ),
    # What is normal for each source (edgeops.knowledge.normal).
    (
        "CREATE TABLE normal (source TEXT PRIMARY KEY, learnt TEXT NOT NULL, record BLOB NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE INDEX normal_learnt ON normal (learnt)",
    ),
    # Conversations (edgeops.knowledge.talks): what was said, and the incidents at hand; text is what a turn is found by.
    (
        """CREATE TABLE turn (
            talk TEXT NOT NULL, number INTEGER NOT NULL, time TEXT NOT NULL, said TEXT NOT NULL, settled TEXT NOT NULL,
            ruled_out TEXT NOT NULL, text TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (talk, number)
        ) STRICT""",
        "CREATE INDEX turn_time ON turn (time, talk)",
        "CREATE TABLE hand (talk TEXT PRIMARY KEY, logs TEXT NOT NULL, incidents TEXT NOT NULL) STRICT",
    ),
    # What watching leaves (edgeops.watch.ledger). pending is the message that may go on, of which nothing is counted yet.
    (
        """CREATE TABLE stream (
            id TEXT PRIMARY KEY, source TEXT NOT NULL, bytes INTEGER NOT NULL, lines INTEGER NOT NULL, crc INTEGER NOT NULL,
            mark TEXT NOT NULL, pending TEXT NOT NULL, retired INTEGER NOT NULL
        ) STRICT""",
        # most is NULL where nobody knows how many bytes were lost.
        """CREATE TABLE gap (
            number INTEGER PRIMARY KEY, source TEXT NOT NULL, loss TEXT NOT NULL, start INTEGER NOT NULL,
            least INTEGER NOT NULL, most INTEGER, noticed TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE tally (
            source TEXT NOT NULL, template TEXT NOT NULL, pattern TEXT NOT NULL, severity INTEGER NOT NULL,
            count INTEGER NOT NULL, last TEXT NOT NULL, PRIMARY KEY (source, template)
        ) STRICT, WITHOUT ROWID""",
        # number is the order in which they were heard of last.
        """CREATE TABLE sighting (
            number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, incident TEXT NOT NULL, record BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE watched (
            incident TEXT PRIMARY KEY, rank REAL NOT NULL, waits INTEGER NOT NULL, touched TEXT NOT NULL, record BLOB NOT NULL
        ) STRICT""",
    ),
)


def version(connection: Any) -> int:
    """The schema a database has; 0 is none."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    return int(number)


def foreign(connection: Any) -> bool:
    """Whether it is a database of another program."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    return bool(tables) and (version(connection) == 0 or "incident" not in tables)


def migrate(connection: Any, before: Callable[[int], None] = lambda version: None) -> None:
    """Bring the database to the newest schema, one transaction for each step: a kill leaves the old one or the new.

    before is called once with the version found, when there is something to lose and something to do.
    """
    found = version(connection)
    if 0 < found < len(MIGRATIONS):
        before(found)
    for number, statements in enumerate(MIGRATIONS[found:], found + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have done this step while we waited for the lock.
            if version(connection) < number:
                for statement in statements:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
