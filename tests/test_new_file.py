"""A new file appears whole, for its owner alone, and never over another."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from edgeops.files import new_file


def test_a_file_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with new_file(path) as out:
        out.write(b"half")
        assert not path.exists()
        out.write(b" and half")
    assert path.read_bytes() == b"half and half"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("links", [True, False])
def test_a_name_that_is_taken_is_not_taken_again_though_it_was_free_at_the_beginning(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    if not links:
        monkeypatch.setattr(Path, "hardlink_to", _refused)
    with pytest.raises(FileExistsError), new_file(path) as out:
        out.write(b"new")
        path.write_bytes(b"old")
    assert path.read_bytes() == b"old"
    with pytest.raises(FileExistsError), new_file(path):
        pass
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError), new_file(path):
        pass
    path.unlink()
    with new_file(path) as out:
        out.write(b"new")
    assert path.read_bytes() == b"new"


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError), new_file(tmp_path / "a.txt"):
        raise ValueError
    assert list(tmp_path.iterdir()) == []


def _refused(self: Path, target: Path) -> None:
    raise PermissionError
