"""Every schema that ever was becomes today's, and a kill at any statement leaves the old one or the new."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pysqlite3
import pytest

from edgeops.knowledge.schema import MIGRATIONS, migrate, version
from edgeops.knowledge.store import Store

INCIDENT = (
    "INSERT INTO incident VALUES ('abcd1234', 'resolved', 'known', 'disk-full', 'The disk is full', NULL, NULL, "
    "'[\"web1\"]', '[\"a.log\"]', '2026-03-01T10:00:00+00:00', "
    '\'{"incident":"abcd1234","tier":"known","lang":"en","fault":"disk-full"}\')'
)


def connect(path: Path) -> Any:
    return pysqlite3.connect(path, isolation_level=None)


def historic(path: Path, number: int) -> None:
    """A store as edgeops with `number` migrations left it, with an incident in it."""
    connection = connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    for statements in MIGRATIONS[:number]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {number}")
    connection.execute(INCIDENT)
    connection.close()


def shape(path: Path) -> set[str]:
    connection = connect(path)
    found = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")}
    connection.close()
    return found


@pytest.mark.parametrize("number", range(1, len(MIGRATIONS) + 1))
def test_a_store_of_every_version_is_brought_up_to_date_and_keeps_its_incidents(tmp_path: Path, number: int) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    historic(old, number)
    with Store(old) as store, Store(new):
        assert store.incident("abcd").state == "resolved"
        assert version(store.database.connection) == len(MIGRATIONS)
        store.database.check(whole=True)
    assert shape(old) == shape(new)


@pytest.mark.parametrize("number", range(1, len(MIGRATIONS)))
def test_a_backup_is_made_before_a_migration(tmp_path: Path, number: int) -> None:
    historic(tmp_path / "store.db", number)
    with Store(tmp_path / "store.db"):
        pass
    kept = connect(tmp_path / f"store.db.v{number}")
    assert version(kept) == number
    assert kept.execute("SELECT id FROM incident").fetchall() == [("abcd1234",)]


def killed_at(path: Path, statement: int) -> bool:
    """Migrates in a process that dies before the given statement; whether it came to that."""
    child = os.fork()
    if child == 0:
        connection, seen = connect(path), 0

        def count(_: str) -> None:
            nonlocal seen
            seen += 1
            if seen > statement:
                os._exit(9)

        connection.set_trace_callback(count)
        migrate(connection)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.parametrize("number", range(len(MIGRATIONS)))
def test_a_kill_at_every_statement_leaves_one_version_or_the_next(tmp_path: Path, number: int) -> None:
    shapes = {}
    for known in range(len(MIGRATIONS) + 1):
        file = tmp_path / f"of-{known}.db"
        connection = connect(file)
        for statement in [one for statements in MIGRATIONS[:known] for one in statements]:
            connection.execute(statement)
        connection.close()
        shapes[known] = shape(file)
    statement = 0
    while True:
        path = tmp_path / f"killed-{number}-{statement}.db"
        if number:
            historic(path, number)
        died = killed_at(path, statement)
        connection = connect(path)
        found = version(connection)
        connection.close()
        assert shape(path) == shapes[found]
        with Store(path) as store:
            store.database.check(whole=True)
            assert shape(path) >= shapes[len(MIGRATIONS)]
        if not died:
            break
        statement += 1
    assert statement > sum(len(one) for one in MIGRATIONS[number:])


def test_two_processes_that_open_an_old_store_at_once_both_find_it_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    historic(path, 1)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            try:
                with Store(path) as store:
                    os._exit(0 if version(store.database.connection) == len(MIGRATIONS) else 1)
            finally:
                os._exit(2)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0, 0]
