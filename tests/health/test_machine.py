"""What is wrong with a machine is named with its numbers, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgeops.health import machine

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
HOME = Path("/home/ann")


def test_an_old_python_is_named() -> None:
    assert machine.python((3, 11, 2)).ok
    assert "3.9.1 is too old" in machine.python((3, 9, 1)).detail


@pytest.mark.parametrize(("version", "ok"), [((3, 51, 3), True), ((3, 53, 4), True), ((3, 40, 1), False), ((), False)])
def test_sqlite_is_safe_from_a_version_on(version: tuple[int, ...], ok: bool) -> None:
    found = machine.sqlite(version, (3, 51, 3))
    assert found.ok is ok
    assert bool(found.fix) is not ok


def test_too_little_space_or_too_few_inodes_are_said() -> None:
    assert machine.space(HOME, 1 << 30, 10_000).ok
    assert machine.space(HOME, 1 << 30, None).ok
    assert machine.space(HOME, 3 << 20, 10_000).detail == "3 MiB are free where /home/ann is."
    assert "inodes" in machine.space(HOME, 1 << 30, 7).fix


def test_a_clock_without_its_battery_or_behind_the_store_is_noticed() -> None:
    assert machine.clock(NOW, None).ok
    assert machine.clock(NOW, NOW + timedelta(hours=3)).ok
    assert "1970" in machine.clock(datetime(1970, 1, 1, tzinfo=UTC), None).detail
    assert not machine.clock(datetime(2150, 1, 1, tzinfo=UTC), None).ok
    behind = machine.clock(NOW, NOW + timedelta(days=40))
    assert (behind.ok, "2026-04-10" in behind.detail) == (False, True)


def test_limits_of_inotify_come_from_the_kernel(tmp_path: Path) -> None:
    folder = tmp_path / "sys/fs/inotify"
    folder.mkdir(parents=True)
    (folder / "max_user_watches").write_text("8\n")
    (folder / "max_user_instances").write_text("128\n")
    assert machine.limits(tmp_path) == (8, 128)
    few = machine.inotify(8, 128)
    assert not few.ok
    assert few.fix.startswith("sysctl fs.inotify.max_user_watches=")
    assert machine.limits(tmp_path / "nowhere") == (None, None)
    assert machine.inotify(None, None).ok
    assert machine.inotify(100_000, 128).ok


def test_few_open_files_are_too_few() -> None:
    assert machine.most_open() > 0
    assert machine.open_files(1024).ok
    assert "ulimit" in machine.open_files(64).fix


def test_a_journal_that_may_not_be_read_names_the_group(tmp_path: Path) -> None:
    assert machine.journal(*machine.journals([tmp_path / "none"])).ok
    folder = tmp_path / "journal" / "abc"
    folder.mkdir(parents=True)
    assert not machine.journal(*machine.journals([tmp_path / "journal"])).ok
    assert "systemd-journal" in machine.journal([tmp_path], []).fix
    (folder / "system.journal").write_bytes(b"LPKSHHRH")
    assert machine.journal(*machine.journals([tmp_path / "journal"])).detail == "1 files can be read"


def test_space_is_looked_up_where_the_directory_will_be(tmp_path: Path) -> None:
    there, free, files = machine.free_space(tmp_path / "not" / "yet")
    assert there == tmp_path
    assert free > 0
    assert files is None or files > 0
