"""Backups are whole or not there; a damaged store gives up what can be read and is kept; a full disk is a sentence."""

from __future__ import annotations

import os
import random
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pysqlite3
import pytest

from edgeops.errors import StoreError
from edgeops.knowledge import ballast, rescue
from edgeops.knowledge.database import DamagedStore, Database
from edgeops.knowledge.entry import Draft, Kind, Origin, Result
from edgeops.knowledge.library import open_library
from edgeops.knowledge.salvage import salvage
from edgeops.knowledge.schema import MIGRATIONS
from edgeops.knowledge.store import Store

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
MANY = 300


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "data" / "store.db"
    file.parent.mkdir()
    with Store(file) as store, store.writing():
        for number in range(MANY):
            made = store.entries.put(Draft(Kind.NOTE, f"Note {number}", "word " * 40, id=f"n{number:04}"), NOW)
            store.entries.judge(made.id, Result.WORKED, Origin("anna"), NOW)
    yield file
    file.parent.chmod(0o700)


def titles(path: Path) -> set[str]:
    with Store(path) as store:
        return {entry.title for entry in store.entries.all()}


def test_a_backup_restored_is_the_store_it_was(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    with Store(path) as store:
        store.entries.put(Draft(Kind.NOTE, "kept in the log only so far", "x"), NOW)
        rescue.backup(path, target)
        store.entries.put(Draft(Kind.NOTE, "too late", "x"), NOW)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    rescue.restore(target, path)
    assert titles(path) == {f"Note {n}" for n in range(MANY)} | {"kept in the log only so far"}
    assert "too late" in titles(path.with_name("store.db.before"))


def test_a_stale_log_does_not_spoil_what_was_restored(path: Path, tmp_path: Path) -> None:
    rescue.backup(path, tmp_path / "backup.db")
    store = Store(path)
    store.entries.put(Draft(Kind.NOTE, "in the log", "x"), NOW)
    log = path.with_name("store.db-wal").read_bytes()
    store.database.close()
    path.unlink()
    path.with_name("store.db-wal").write_bytes(log)
    path.with_name("store.db-shm").write_bytes(b"\0" * 32768)
    rescue.restore(tmp_path / "backup.db", path)
    assert "in the log" not in titles(path)
    with Store(path) as again:
        again.database.check(whole=True)


def test_a_store_in_use_is_not_replaced(path: Path, tmp_path: Path) -> None:
    rescue.backup(path, tmp_path / "backup.db")
    with Store(path) as store:
        store.entries.put(Draft(Kind.NOTE, "new", "x"), NOW)
        with pytest.raises(StoreError, match="in use"):
            rescue.restore(tmp_path / "backup.db", path)
    assert "new" in titles(path)


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_no_backup_is_refused_and_the_store_stays(path: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wrong.db").write_bytes(content)
    with pytest.raises(StoreError):
        rescue.restore(tmp_path / "wrong.db", path)
    assert len(titles(path)) == MANY


def test_a_backup_of_a_newer_edgeops_is_refused(path: Path, tmp_path: Path) -> None:
    rescue.backup(path, tmp_path / "newer.db")
    connection = pysqlite3.connect(tmp_path / "newer.db")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(StoreError, match="no backup that this edgeops can use"):
        rescue.restore(tmp_path / "newer.db", path)


def test_a_backup_that_cannot_be_written_leaves_the_last_one(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "gone" / "backup.db"
    with pytest.raises(StoreError, match="could not be made"):
        rescue.backup(path, target)
    with pytest.raises(StoreError, match="nothing to back up"):
        rescue.backup(tmp_path / "none.db", target)
    assert list(tmp_path.iterdir()) == [path.parent]


def damage(path: Path, seed: int, bytes_: int) -> None:
    """Overwrites single bytes behind the first page."""
    order, size = random.Random(seed), path.stat().st_size
    with path.open("r+b") as file:
        for _ in range(bytes_):
            file.seek(order.randrange(4096, size))
            file.write(bytes([order.randrange(256)]))


def test_a_damaged_store_is_noticed_when_it_is_opened(path: Path) -> None:
    before = path.stat().st_size
    with path.open("r+b") as file:
        for start in range(4096, before, 8192):
            file.seek(start)
            file.write(b"\xff" * 64)
    with pytest.raises(DamagedStore, match="restore"):
        Store(path)


@pytest.mark.parametrize("seed", range(6))
def test_what_can_be_read_of_a_damaged_store_is_saved_and_the_old_file_kept(path: Path, seed: int) -> None:
    damage(path, seed, 60)
    damaged = path.read_bytes()
    saved = salvage(path, NOW)
    assert saved.original.read_bytes() == damaged
    with Store(path) as store:
        store.database.check(whole=True)
        found = [entry for entry in store.entries.all() if entry.title.startswith("Note ")]
    # Each note stands in the file twice, as it is and as a version: both are hardly ever hit.
    assert len(found) > MANY * 0.97
    assert saved.rows["entry"] + saved.mended >= len(found)
    assert sum(entry.body == ("word " * 40).strip() for entry in found) > MANY * 0.97


def test_a_whole_store_loses_nothing_by_being_salvaged(path: Path) -> None:
    saved = salvage(path, NOW)
    assert (saved.lack, saved.rows["entry"], saved.rows["outcome"]) == ("", MANY, MANY)
    assert len(titles(path)) == MANY
    with Store(path) as store:
        assert store.entries.get("n0000").outcomes.worked == 1
        assert [found.title for found in store.search().find("note 17", 1)] == ["Note 17"]


def test_a_flipped_byte_is_harmless_a_sentence_or_saved(path: Path) -> None:
    whole, order = path.read_bytes(), random.Random(7)
    for _ in range(40):
        content = bytearray(whole)
        for _ in range(order.randrange(1, 4)):
            content[order.randrange(len(content))] ^= 1 << order.randrange(8)
        for file in path.parent.iterdir():
            file.unlink()
        path.write_bytes(content)
        try:
            with open_library(path, hooks_of_nothing(), NOW) as store:
                store.search().find("note word 17")
                list(store.entries.all())
        except StoreError as error:
            assert str(path) in str(error)


def hooks_of_nothing() -> Any:
    hook = SimpleNamespace(edgeops_faults=list, edgeops_steps=list, edgeops_embedders=list)
    return SimpleNamespace(hook=hook)


@pytest.mark.parametrize("number", [0, len(MIGRATIONS)])
def test_a_database_of_another_program_is_refused_unchanged(path: Path, tmp_path: Path, number: int) -> None:
    """Many programs count their schemas as we do."""
    other = tmp_path / "other.db"
    connection = pysqlite3.connect(other)
    connection.execute("CREATE TABLE places (url)")
    connection.execute(f"PRAGMA user_version = {number}")
    connection.commit()
    connection.close()
    before = other.read_bytes()
    for refused in (
        lambda: Store(other),
        lambda: rescue.backup(other, tmp_path / "backup.db"),
        lambda: rescue.restore(other, path),
    ):
        with pytest.raises(StoreError, match="another program"):
            refused()
    assert other.read_bytes() == before and not (tmp_path / "backup.db").exists()
    assert len(titles(path)) == MANY


def test_a_locked_store_is_a_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeops.knowledge.database.WAIT_S", 0)
    other = pysqlite3.connect(path, isolation_level=None)
    with Store(path) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="Another edgeops"):
            store.entries.put(Draft(Kind.NOTE, "x", "y"), NOW)
    other.close()


def test_a_full_disk_gives_up_the_ballast_and_loses_nothing(path: Path) -> None:
    with Store(path) as store:
        assert ballast.place(path).stat().st_size == ballast.BYTES
        pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
        store.database.connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="disk is full"):
            for number in range(500):
                store.entries.put(Draft(Kind.NOTE, f"more {number}", "text " * 200), NOW)
        assert not ballast.place(path).exists()
        store.database.check(whole=True)
    assert {f"Note {n}" for n in range(MANY)} <= titles(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_in_a_home_that_is_read_only_can_be_read(path: Path) -> None:
    path.parent.chmod(0o500)
    with Store(path, readonly=True) as store:
        assert len(list(store.entries.all())) == MANY


def test_reading_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    with Store(path, readonly=True) as store, pytest.raises(StoreError, match="reading only"):
        store.entries.put(Draft(Kind.NOTE, "x", "y"), NOW)
    assert path.read_bytes() == before


def test_every_connection_waits_for_the_others_and_syncs_each_commit(path: Path) -> None:
    database = Database(path)
    asked = {
        name: database.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("busy_timeout", "synchronous", "journal_mode")
    }
    database.close()
    assert asked["busy_timeout"] >= 5000
    assert (asked["synchronous"], asked["journal_mode"]) == (2, "wal")
