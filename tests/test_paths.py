from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from edgeops import paths
from edgeops.errors import ConfigError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_xdg_variables_are_followed() -> None:
    found = paths.find({"HOME": "/h", "XDG_DATA_HOME": "/d", "XDG_CACHE_HOME": "/c", "XDG_STATE_HOME": "relative"})
    assert found.config_file == Path("/h/.config/edgeops/config.toml")
    assert found.store_file == Path("/d/edgeops/store.db")
    assert found.models_dir == Path("/d/edgeops/models")
    assert found.prefix_dir == Path("/c/edgeops/prefix")
    assert found.traces_dir == Path("/h/.local/state/edgeops/traces")


def test_edgeops_home_holds_everything() -> None:
    found = paths.find({"HOME": "/h", "XDG_DATA_HOME": "/d", "EDGEOPS_HOME": "/srv/edge"})
    everything = (found.config_file, found.store_file, found.models_dir, found.pack_cache_dir, found.traces_dir)
    assert all(path.is_relative_to("/srv/edge") for path in everything)
    assert found.config_file == Path("/srv/edge/config.toml")


def test_a_relative_edgeops_home_starts_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.find({"EDGEOPS_HOME": "here"}).data == tmp_path / "here"


def test_finding_the_places_creates_nothing(tmp_path: Path) -> None:
    paths.find({"HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_directories_are_ours_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = paths.private(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert mode(made) == mode(made.parent) == 0o700


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert mode(paths.private(tmp_path)) == 0o755


def test_a_directory_open_to_all_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(ConfigError, match=r"Everybody may write to .*chmod o-w"):
        paths.private(tmp_path)
    assert paths.writable(tmp_path) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_or_link_of_somebody_else_is_refused(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    os.chown(theirs, 4242, 4242)
    os.chown(link, 4242, 4242, follow_symlinks=False)
    for path in (theirs, link):
        with pytest.raises(ConfigError, match="belongs to user 4242"):
            paths.private(path)


def test_without_a_home_the_caller_does_without() -> None:
    found = paths.find({})
    assert not found.config_file.exists()
    assert paths.writable(found.models_dir) is None
    with pytest.raises(ConfigError, match=r"HOME is not set.*EDGEOPS_HOME"):
        paths.private(found.models_dir)


def test_a_place_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for below in (tmp_path / "file", tmp_path / "file" / "sub"):
        with pytest.raises(ConfigError, match=r"cannot be made .*EDGEOPS_HOME"):
            paths.private(below)
        assert paths.writable(below) is None


def test_a_read_only_directory_is_not_writable() -> None:
    assert paths.writable(Path("/proc/self")) is None
