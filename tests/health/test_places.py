"""Directories and files are their owner's alone, and wrong settings are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops import paths
from edgeops.health import places


@pytest.fixture
def home(tmp_path: Path) -> paths.Paths:
    top = tmp_path / "edgeops"
    (top / "models").mkdir(parents=True, mode=0o700)
    top.chmod(0o700)
    (top / "models").chmod(0o700)
    (top / "store.db").write_bytes(b"x")
    (top / "store.db").chmod(0o600)
    return paths.find({"EDGEOPS_HOME": str(top)})


def test_a_home_that_is_ours_alone_is_well(home: paths.Paths) -> None:
    assert places.permissions(home).ok


@pytest.mark.parametrize(("name", "mode"), [("store.db", 0o640), ("store.db", 0o604), ("", 0o750), ("models", 0o770)])
def test_what_others_may_read_is_named_with_the_command_that_closes_it(home: paths.Paths, name: str, mode: int) -> None:
    path = home.data / name
    path.chmod(mode)
    found = places.permissions(home)
    assert not found.ok
    assert found.fix == f"chmod go= {path}"
    path.chmod(mode & 0o700)
    assert places.permissions(home).ok


def test_a_model_may_be_read_by_a_team_but_not_written(home: paths.Paths) -> None:
    model = home.models_dir / "a.gguf"
    model.write_bytes(b"x")
    model.chmod(0o644)
    assert places.permissions(home).ok
    model.chmod(0o664)
    assert not places.permissions(home).ok


def test_a_directory_that_everybody_may_write_to_is_refused(home: paths.Paths) -> None:
    home.data.chmod(0o777)
    found = places.permissions(home)
    assert (found.ok, "Everybody may write" in found.detail) == (False, True)


def test_many_open_files_are_counted(home: paths.Paths) -> None:
    for number in range(9):
        (home.data / f"f{number}").touch(0o644)
        (home.data / f"f{number}").chmod(0o644)
    assert "and 4 more" in places.permissions(home).detail


def test_no_home_and_an_impossible_one_are_said(tmp_path: Path) -> None:
    assert "HOME is not set" in places.permissions(paths.find({})).detail
    (tmp_path / "file").touch()
    found = places.permissions(paths.find({"EDGEOPS_HOME": str(tmp_path / "file" / "below")}))
    assert "cannot be written to" in found.detail
    assert places.permissions(paths.find({"EDGEOPS_HOME": str(tmp_path / "new")})).ok


def test_wrong_settings_are_told_and_the_defaults_hold(home: paths.Paths) -> None:
    assert places.settings(home, {})[0].ok
    home.config_file.write_text("[modle]\nname = 'x'\n")
    check, settings = places.settings(home, {})
    assert not check.ok
    assert "did you mean model" in f"{check.detail} {check.fix}"
    assert settings.model.name == ""
