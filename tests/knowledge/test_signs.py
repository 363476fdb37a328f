"""Whatever of a store's file was changed is noticed when it is next opened, said, and gone on from."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pysqlite3
import pytest

from edgeops.errors import StoreError
from edgeops.knowledge.database import DamagedStore
from edgeops.knowledge.entry import Draft, Kind
from edgeops.knowledge.library import open_library
from edgeops.knowledge.schema import MIGRATIONS
from edgeops.knowledge.store import Store

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
FOLDED, LATER = 30, 20
NO_PACK: Any = SimpleNamespace(hook=SimpleNamespace(edgeops_faults=list, edgeops_steps=list, edgeops_embedders=list))
Opened = Callable[[], tuple[set[str], list[str]]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store as a killed process leaves it: LATER notes are in its log alone."""
    file, left = tmp_path / "live" / "store.db", tmp_path / "left"
    file.parent.mkdir()
    with Store(file) as store:
        for number in range(FOLDED):
            store.entries.put(Draft(Kind.NOTE, f"Note {number}", "text " * 50), NOW)
        store.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(FOLDED, FOLDED + LATER):
            store.entries.put(Draft(Kind.NOTE, f"Note {number}", "text " * 50), NOW)
        shutil.copytree(file.parent, left)
    return left / "store.db"


@pytest.fixture
def closed(path: Path) -> Path:
    with Store(path):
        pass
    assert not Path(f"{path}-wal").exists()
    return path


def opened(path: Path) -> tuple[int, list[str]]:
    """How many notes are found, and what was said; the store is sound and written to afterwards."""
    said = list[str]()
    with open_library(path, NO_PACK, NOW, said.append) as store:
        found = sum(entry.title.startswith("Note ") for entry in store.entries.all())
        store.entries.put(Draft(Kind.NOTE, "Afterwards", "x"), NOW)
        store.database.check(whole=True)
    return found, said


def flip(path: Path, place: int, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def test_what_a_killed_process_left_is_all_there_and_nothing_is_said(path: Path) -> None:
    assert opened(path) == (FOLDED + LATER, [])


def test_a_log_that_was_deleted_is_missed(path: Path) -> None:
    Path(f"{path}-wal").unlink()
    found, said = opened(path)
    assert found == FOLDED
    assert "store.db-wal is gone with" in said[0]
    assert list(path.parent.glob("store.db.damaged-*"))
    assert opened(path) == (FOLDED, [])


def test_a_damaged_log_costs_what_was_hit_and_not_all_behind_it(path: Path) -> None:
    log = Path(f"{path}-wal")
    harmed = bytearray(log.read_bytes())
    harmed[len(harmed) // 4] ^= 1
    log.write_bytes(harmed)
    found, said = opened(path)
    assert found >= FOLDED + LATER - 2
    assert "store.db-wal was damaged" in said[0]
    (kept,) = path.parent.glob("store.db.damaged-*-wal.kept")
    assert kept.read_bytes() == harmed
    assert opened(path) == (found, [])


@pytest.mark.parametrize("noise", [b"", bytes(32768), random.Random(5).randbytes(32768)])
def test_an_index_of_the_log_that_was_swapped_does_no_harm(path: Path, noise: bytes) -> None:
    Path(f"{path}-shm").write_bytes(noise)
    assert opened(path) == (FOLDED + LATER, [])


def test_a_log_that_others_are_writing_is_no_damaged_one(path: Path) -> None:
    with Store(path) as one:
        for number in range(200):
            one.entries.put(Draft(Kind.NOTE, f"more {number}", "text"), NOW)
            if number % 50 == 0:
                one.database.connection.execute("PRAGMA wal_checkpoint(RESTART)")
            with Store(path) as other:
                assert next(other.entries.all()).title == f"more {number}"


@pytest.mark.parametrize("place", [*range(16), 16, 18, 19, 21, 47, 56, 59, 60, 62, 63])
def test_a_changed_head_of_the_file_costs_nothing(closed: Path, place: int) -> None:
    flip(closed, place, place % 8)
    found, _ = opened(closed)
    assert found == FOLDED + LATER


def stating(path: Path, number: int) -> Path:
    connection = pysqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {number}")
    connection.close()
    return path


@pytest.mark.parametrize("wrong", [1, len(MIGRATIONS) - 1, len(MIGRATIONS) + 16, 7777])
def test_a_version_that_is_not_that_of_the_tables_is_noticed(closed: Path, wrong: int) -> None:
    with pytest.raises(DamagedStore, match=f"says that its schema is {wrong}, but it is {len(MIGRATIONS)}"):
        Store(stating(closed, wrong))
    assert opened(closed)[0] == FOLDED + LATER


def test_a_store_of_a_newer_edgeops_is_refused_and_not_taken_for_a_damaged_one(closed: Path) -> None:
    before = stating(closed, len(MIGRATIONS) + 1).read_bytes()
    with pytest.raises(StoreError, match="newer edgeops"):
        opened(closed)
    assert closed.read_bytes() == before


def test_a_name_changed_in_the_list_of_tables_is_noticed(closed: Path) -> None:
    content = closed.read_bytes()
    closed.write_bytes(content.replace(b"kind TEXT NOT NULL, title", b"kand TEXT NOT NULL, title"))
    found, said = opened(closed)
    assert found == FOLDED + LATER
    assert "list of tables was changed" in said[0]


def test_a_first_page_that_is_lost_is_found_by_salvage_alone(closed: Path) -> None:
    from edgeops.knowledge.salvage import salvage

    content = closed.read_bytes()
    closed.write_bytes(b"\xff" * 4096 + content[4096:])
    with pytest.raises(StoreError, match="no store of edgeops"):
        Store(closed)
    assert salvage(closed, NOW).rows["entry"] == FOLDED + LATER
    assert opened(closed) == (FOLDED + LATER, [])


def test_what_only_reading_finds_out_is_saved_at_the_next_opening(closed: Path) -> None:
    closed.write_bytes(closed.read_bytes().replace(b"Note 7text text", b"\xffote 7text text"))
    with pytest.raises(StoreError, match="--salvage"):
        opened(closed)
    found, said = opened(closed)
    assert (found, len(said)) == (FOLDED + LATER - 1, 1)
    assert "1 row of entry" in said[0]
    assert opened(closed) == (found, [])


def test_a_store_that_is_doubted_without_a_reason_is_left_as_it_is(closed: Path) -> None:
    mark = closed.with_name("store.db.doubted")
    mark.touch()
    assert opened(closed) == (FOLDED + LATER, [])
    assert not mark.exists()


def test_a_database_of_another_program_is_not_salvaged(tmp_path: Path) -> None:
    from edgeops.knowledge.salvage import salvage

    path = tmp_path / "store.db"
    connection = pysqlite3.connect(path)
    connection.execute("CREATE TABLE places (url TEXT, visits INT)")
    connection.execute("INSERT INTO places VALUES ('a', 1)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="Nothing of edgeops"):
        salvage(path, NOW)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
