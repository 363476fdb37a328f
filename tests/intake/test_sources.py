"""What a person names becomes a list of logs, each once, in a useful order, with a reason for what is left out."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from edgeops.intake.sources import families, find
from edgeops.records import Skipped


def touch(directory: Path, *names: str) -> None:
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"line\n")


def found(*arguments: object, exclude: tuple[str, ...] = ()) -> list[str]:
    return [name for name in find([str(a) for a in arguments], exclude) if isinstance(name, str)]


def skipped(*arguments: object) -> dict[str, str]:
    return {s.source: s.reason for s in find([str(a) for a in arguments]) if isinstance(s, Skipped)}


def names(directory: Path, *arguments: object) -> list[str]:
    return [str(Path(name).relative_to(directory)) for name in found(*(arguments or (directory,)))]


def test_a_directory_is_searched_to_its_bottom_in_order(tmp_path: Path) -> None:
    touch(tmp_path, "b.log", "a.log", "sub/deeper/c.log", "sub/d.log")
    assert names(tmp_path) == ["a.log", "b.log", "sub/d.log", "sub/deeper/c.log"]


def test_rotated_files_come_oldest_first(tmp_path: Path) -> None:
    touch(tmp_path, "app.log", "app.log.1", "app.log.2.gz", "app.log.10.gz", "syslog", "syslog.1")
    assert names(tmp_path) == ["app.log.10.gz", "app.log.2.gz", "app.log.1", "app.log", "syslog.1", "syslog"]


def test_files_rotated_by_date_come_oldest_first(tmp_path: Path) -> None:
    touch(tmp_path, "messages", "messages-20240512.gz", "messages-20240505", "app.log.2024-05-01", "app.log")
    assert names(tmp_path) == ["app.log.2024-05-01", "app.log", "messages-20240505", "messages-20240512.gz", "messages"]


def grouped(*paths: str) -> list[tuple[str, ...]]:
    return [family for family in families(paths) if not isinstance(family, Skipped)]


def test_the_rotated_files_of_a_log_are_a_family_oldest_first() -> None:
    assert grouped("/l/app.log", "/l/app.log.1", "/l/app.log.10.gz", "/l/app.log.2.zst", "/l/b.log") == [
        ("/l/app.log.10.gz", "/l/app.log.2.zst", "/l/app.log.1", "/l/app.log"),
        ("/l/b.log",),
    ]
    assert grouped("messages", "messages-20240512.xz", "messages-20240505") == [
        ("messages-20240505", "messages-20240512.xz", "messages")
    ]
    assert grouped("app.2024-05-02.log", "app.2024-05-01.log.gz", "app.log") == [
        ("app.2024-05-01.log.gz", "app.2024-05-02.log", "app.log")
    ]
    assert grouped("a/app.log.1", "b/app.log") == [("a/app.log.1",), ("b/app.log",)]


@pytest.mark.parametrize("others", [("worker-1", "worker-2"), ("/h/10.0.0.1", "/h/10.0.0.2"), ("a.log", "b.log")])
def test_what_only_looks_like_a_rotation_is_no_family(others: tuple[str, ...]) -> None:
    assert grouped(*others) == [(name,) for name in others]


def test_what_was_passed_over_keeps_its_place_among_families() -> None:
    gone = Skipped("gone.log", "There is no such file.")
    assert list(families(["a.log", gone, "a.log.1", "b.log"])) == [("a.log.1", "a.log"), gone, ("b.log",)]


def test_a_pattern_that_the_shell_left_is_expanded(tmp_path: Path) -> None:
    touch(tmp_path, "a.log", "b.log", "c.txt", "deep/er/d.log")
    assert names(tmp_path, tmp_path / "*.log") == ["a.log", "b.log"]
    assert names(tmp_path, tmp_path / "**" / "d.log") == ["deep/er/d.log"]


def test_a_pattern_that_fits_nothing_is_told(tmp_path: Path) -> None:
    assert "No file fits" in skipped(tmp_path / "*.log")[str(tmp_path / "*.log")]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    touch(tmp_path, "a[1].log")
    assert names(tmp_path, tmp_path / "a[1].log") == ["a[1].log"]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.log")
    (tmp_path / "link.log").symlink_to("a.log")
    assert names(tmp_path, tmp_path / "a.log", tmp_path, tmp_path / "*.log") == ["a.log"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    touch(tmp_path, "real/a.log")
    (tmp_path / "real" / "round").symlink_to(tmp_path)
    (tmp_path / "self.log").symlink_to("self.log")
    assert names(tmp_path) == ["real/a.log"]
    assert "leads to itself" in skipped(tmp_path)[str(tmp_path / "self.log")]


def test_a_link_to_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone.log").symlink_to("nowhere")
    assert "no such file" in skipped(tmp_path)[str(tmp_path / "gone.log")]


def test_standard_input_is_passed_on() -> None:
    assert found("-") == ["-"]


def test_excluded_names_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "a.log", "b.log", "old/c.log")
    assert [Path(name).name for name in found(tmp_path, exclude=("b.*", "*/old"))] == ["a.log"]


def test_what_is_no_log_is_left_out_of_a_directory_with_a_reason(tmp_path: Path) -> None:
    touch(tmp_path, "system.journal", "wtmp", "btmp.1", "lastlog", "logo.png", "lib.so", "backup.7z", "real.log")
    os.mkfifo(tmp_path / "pipe")
    reasons = skipped(tmp_path)
    assert names(tmp_path) == ["real.log"]
    assert len(reasons) == 8
    assert "journalctl --file" in reasons[str(tmp_path / "system.journal")]
    assert "last -f" in reasons[str(tmp_path / "wtmp")]
    assert "It is a pipe" in reasons[str(tmp_path / "pipe")]
    assert all(reason.endswith(".") for reason in reasons.values())


def test_archives_are_found_and_so_are_members_that_are_named(tmp_path: Path) -> None:
    touch(tmp_path, "a.tar.gz", "b.zip", "odd!/c.log")
    assert names(tmp_path) == ["a.tar.gz", "b.zip", "odd!/c.log"]
    assert found(f"{tmp_path}/a.tar.gz!/var/*.log") == [f"{tmp_path}/a.tar.gz!/var/*.log"]
    assert found(tmp_path / "odd!/c.log") == [str(tmp_path / "odd!/c.log")]


def test_a_socket_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")
        assert "It is a socket" in skipped("sock")["sock"]


def test_a_directory_that_may_not_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert "not allowed to read" in skipped(tmp_path)[str(tmp_path)]


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 5000])
def test_an_impossible_name_is_told(name: str) -> None:
    assert len(skipped(name)) == 1
