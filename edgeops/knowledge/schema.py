"""The store's schema as numbered, atomic, forward-only migrations (PRAGMA user_version counts them)."""

from __future__ import annotations

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
)


def migrate(connection: Any) -> None:
    """Bring the database to the newest schema, one transaction for each step: a kill leaves the old one or the new."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have done this step while we waited for the lock.
            if connection.execute("PRAGMA user_version").fetchone()[0] < number:
                for statement in statements:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
