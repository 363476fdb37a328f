"""Adapters: promoted before shipped, one file decides, a crash leaves the old or the new, and what is damaged is said and not used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgeops.catalog import adapters as module
from edgeops.catalog.adapters import KEPT, Rack
from edgeops.catalog.release import read_release
from edgeops.errors import CatalogError, HashMismatch
from edgeops.records import Model
from tests.catalog.releases import Maker
from tests.catalog.tiny import NOON, Ears


@pytest.fixture
def maker(tmp_path: Path, model: Model) -> Maker:
    return Maker(tmp_path / "maker", model)


@pytest.fixture
def rack(tmp_path: Path) -> Rack:
    (tmp_path / "shipped").mkdir()
    return Rack(tmp_path / "models" / "ops", tmp_path / "shipped")


def put(rack: Rack, folder: Path) -> str:
    return rack.promote(read_release(folder), "key", NOON).version


def serving(rack: Rack, ears: Ears) -> list[tuple[str, str, bool]]:
    return [(one.name, one.version, one.shipped) for one in rack.adapters(ears.say)]


def ship(rack: Rack, maker: Maker, number: int = 0) -> Path:
    return maker.release(number, place=rack.own.parents[1] / "shipped" / "ops-tiny")


def test_with_none_there_is_none(rack: Rack, ears: Ears) -> None:
    assert rack.adapters(ears.say) == () and ears.said == []
    assert not rack.own.exists()


def test_the_shipped_one_serves_until_one_is_promoted_and_again_after_all_are_rolled_back(
    rack: Rack, maker: Maker, ears: Ears
) -> None:
    ship(rack, maker)
    assert serving(rack, ears) == [("ops-tiny", "v0", True)]
    put(rack, maker.release(1))
    put(rack, maker.release(2))
    assert serving(rack, ears) == [("ops-tiny", "v2", False)]
    assert rack.rollback("ops-tiny", NOON) == "v1"
    assert serving(rack, ears) == [("ops-tiny", "v1", False)]
    assert rack.rollback("ops-tiny", NOON) == ""
    assert serving(rack, ears) == [("ops-tiny", "v0", True)]
    with pytest.raises(CatalogError, match="nothing to go back from"):
        rack.rollback("ops-tiny", NOON)
    actions = [(entry.action, entry.version) for entry in rack.history("ops-tiny").entries]
    assert actions == [("promote", "v1"), ("promote", "v2"), ("rollback", "v1"), ("rollback", "")]


def test_what_is_in_service_is_not_promoted_again_and_an_old_one_may_come_back(rack: Rack, maker: Maker) -> None:
    first, second = maker.release(1), maker.release(2)
    put(rack, first)
    with pytest.raises(CatalogError, match="in service already"):
        put(rack, first)
    put(rack, second)
    assert put(rack, first) == "v1"
    assert rack.history("ops-tiny").stack == ("v2", "v1")


def test_the_opened_file_is_hashed_and_a_damaged_one_refused(rack: Rack, maker: Maker, ears: Ears) -> None:
    put(rack, maker.release(1))
    (one,) = rack.adapters(ears.say)
    fd = rack.opened(one)
    assert os.pread(fd, 99, 0) == b"GGUF adapter 1"
    os.close(fd)
    Path(one.path).write_bytes(b"EVIL")
    with pytest.raises(HashMismatch, match="ops-tiny is damaged"):
        rack.opened(one)
    Path(one.path).unlink()
    with pytest.raises(CatalogError):
        rack.opened(one)


def test_a_tampered_promoted_one_is_said_and_the_shipped_one_serves(rack: Rack, maker: Maker, ears: Ears) -> None:
    ship(rack, maker)
    put(rack, maker.release(1))
    path = rack.own / "ops-tiny" / "v1" / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"rank":16', b'"rank":99'))
    assert serving(rack, ears) == [("ops-tiny", "v0", True)]
    assert len(ears.said) == 1 and "signature" in ears.said[0] and ears.said[0].endswith("It is not used.")


def test_a_release_signed_by_somebody_else_does_not_slip_into_the_place_of_a_promoted_one(
    rack: Rack, maker: Maker, ears: Ears, tmp_path: Path, model: Model
) -> None:
    put(rack, maker.release(1))
    place = rack.own / "ops-tiny" / "v1"
    shutil.rmtree(place)
    Maker(tmp_path / "stranger", model).release(1, b"evil", place)
    assert serving(rack, ears) == []
    assert "not what was promoted" in ears.said[0]


def test_a_broken_shipped_one_is_said_and_none_serves(rack: Rack, maker: Maker, ears: Ears) -> None:
    (ship(rack, maker) / "manifest.sig").write_bytes(b"x" * 64)
    assert serving(rack, ears) == [] and len(ears.said) == 1


def test_a_broken_history_is_said_and_the_shipped_one_serves(rack: Rack, maker: Maker, ears: Ears) -> None:
    ship(rack, maker)
    put(rack, maker.release(1))
    (rack.own / "ops-tiny" / "history.json").write_text("{")
    assert serving(rack, ears) == [("ops-tiny", "v0", True)]
    assert "move it aside" in ears.said[0]


def test_old_versions_are_swept_and_the_last_ones_kept(rack: Rack, maker: Maker) -> None:
    for number in range(KEPT + 3):
        put(rack, maker.release(number))
    home = rack.own / "ops-tiny"
    kept = [f"v{number}" for number in range(3, KEPT + 3)]
    assert sorted(path.name for path in home.iterdir() if path.is_dir()) == kept
    assert list(rack.history("ops-tiny").stack) == kept


def test_what_changed_before_promotion_is_refused_and_leaves_what_served(rack: Rack, maker: Maker, ears: Ears) -> None:
    put(rack, maker.release(1))
    folder = maker.release(2)
    release = read_release(folder)
    (folder / "adapter.gguf").write_bytes(b"tampered")
    with pytest.raises(HashMismatch):
        rack.promote(release, "key", NOON)
    assert serving(rack, ears) == [("ops-tiny", "v1", False)]
    assert not (rack.own / "ops-tiny" / "v2").exists()


def test_another_release_under_a_version_that_stands_there_is_refused(
    rack: Rack, maker: Maker, tmp_path: Path, model: Model
) -> None:
    put(rack, maker.release(1))
    put(rack, maker.release(2))
    twin = Maker(tmp_path / "twin", model).release(1, b"another")
    with pytest.raises(CatalogError, match="Another release stands"):
        put(rack, twin)


def test_a_rollback_to_a_damaged_version_is_refused(rack: Rack, maker: Maker, ears: Ears) -> None:
    put(rack, maker.release(1))
    put(rack, maker.release(2))
    (rack.own / "ops-tiny" / "v1" / "adapter.gguf").write_bytes(b"x")
    with pytest.raises(HashMismatch):
        rack.rollback("ops-tiny", NOON)
    assert serving(rack, ears) == [("ops-tiny", "v2", False)]


_CRASH = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from edgeops.catalog.adapters import Rack
from edgeops.catalog.release import read_release
left = int(sys.argv[4])
def count(event, arguments):
    global left
    if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree") and str(arguments[0]).startswith(sys.argv[1]):
        left -= 1
        if left < 0:
            os._exit(9)
rack, release = Rack(Path(sys.argv[1]), Path(sys.argv[2])), read_release(Path(sys.argv[3]))
sys.addaudithook(count)
rack.promote(release, "key", datetime.now(UTC))
"""


def test_a_crash_at_any_point_of_a_promotion_leaves_the_old_or_the_new_in_service(
    rack: Rack, maker: Maker, ears: Ears, tmp_path: Path
) -> None:
    """The process ends at its first, second, third… touch of the disk; then the promotion is done again."""
    put(rack, maker.release(1))
    new, seen, ended = maker.release(2), set(), 9
    pristine = tmp_path / "pristine"
    shutil.copytree(rack.own, pristine)
    step = 0
    while ended:
        shutil.rmtree(rack.own)
        shutil.copytree(pristine, rack.own)
        command = [sys.executable, "-c", _CRASH, str(rack.own), str(rack.own.parent), str(new), str(step)]
        ended = subprocess.run(command, check=False, cwd=Path(module.__file__).parents[2]).returncode
        ((_, version, _),) = serving(rack, ears)
        seen.add(version)
        if version == "v1":
            assert put(rack, new) == "v2", "the same command goes on"
        step += 1 if step < 6 else 3
    assert seen == {"v1", "v2"} and step > 10 and ears.said == []
    assert [path.name for path in (rack.own / "ops-tiny").iterdir() if path.name.endswith((".new", ".tmp"))] == []


def test_a_folder_that_all_may_write_to_is_not_read(rack: Rack, maker: Maker, ears: Ears) -> None:
    put(rack, maker.release(1))
    rack.own.chmod(0o777)
    assert serving(rack, ears) == []
    assert "Everybody may write" in ears.said[0]


def test_what_is_written_is_the_owners_alone(rack: Rack, maker: Maker) -> None:
    put(rack, maker.release(1))
    home = rack.own / "ops-tiny"
    assert [path.stat().st_mode & 0o077 for path in (home, home / "v1", home / "v1" / "adapter.gguf")] == [0, 0, 0]
    assert json.loads((home / "history.json").read_text("utf-8"))["stack"] == ["v1"]
