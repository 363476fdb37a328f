"""The doctor looks at the store without touching it, whatever state it is in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops.health import keeping
from edgeops.knowledge.entry import Draft, Kind
from edgeops.knowledge.schema import MIGRATIONS
from edgeops.knowledge.store import Store

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    with Store(path) as store:
        for number in range(300):
            store.entries.put(Draft(Kind.NOTE, f"Fan {number}", f"tray {number} " * 20, id=f"fan{number:03}"), NOW)
    return path


def test_no_store_yet_is_well(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    assert keeping.store(path, deep=True).ok
    assert keeping.search(path).ok
    assert keeping.latest(path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("deep", [False, True])
def test_a_whole_store_is_well(file: Path, deep: bool) -> None:
    found = keeping.store(file, deep)
    assert found.ok
    assert "300 entries" in found.detail
    assert keeping.latest(file) == NOW


def test_passages_without_vectors_are_counted(file: Path) -> None:
    found = keeping.search(file)
    assert (found.ok, "300 of 300" in found.detail) == (True, True)


def test_a_damaged_store_names_the_way_out_and_is_not_touched(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8192:-4096] = b"\xff" * (len(content) - 12288)
    file.write_bytes(content)
    found = keeping.store(file, deep=False)
    assert not found.ok
    assert "damaged" in found.detail
    assert "edgeops restore" in found.fix
    assert file.read_bytes() == bytes(content)


def test_a_half_written_file_and_one_that_is_no_store_are_named(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert not keeping.store(file, deep=False).ok
    file.write_bytes(b"ID3 music" * 1000)
    for check in (keeping.store(file, deep=False), keeping.search(file)):
        assert not check.ok
        assert str(file) in check.detail
        assert "Traceback" not in check.detail
    assert keeping.latest(file) is None


def test_a_newer_store_is_left_alone(file: Path) -> None:
    with Store(file) as store:
        store.database.connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    found = keeping.store(file, deep=False)
    assert (found.ok, "newer edgeops" in found.detail) == (False, True)
