"""What is meant by a file, a directory, a glob; and what is refused."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.intake.tail.following import Following


def trouble(following: Following, path: Path) -> str:
    return " ".join(each.trouble for each in following.tail.standings() if each.source == str(path))


def fill(home: Path, *names: str) -> None:
    for name in names:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"in {name}\n")


def names(given: list[bytes]) -> set[str]:
    return {line.decode().removeprefix("in ") for line in given}


def test_a_directory_is_followed_with_all_below_it(tmp_path: Path) -> None:
    fill(tmp_path, "a.log", "deep/er/b.log", ".hidden", "deep/.swp")
    following = Following(tmp_path)
    assert names(following.poll()) == {"a.log", "deep/er/b.log"}
    fill(tmp_path, "new/c.log")
    assert names(following.wait(2)) == {"new/c.log"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.log", {"a.log", "b.log"}),
        ("*/x*.log", {"one/x1.log", "two/x2.log"}),
        ("**", {"a.log", "b.log", "c.txt", "one/x1.log", "two/x2.log", "two/y.log"}),
        ("a.log", {"a.log"}),
    ],
)
def test_a_glob_names_what_the_shell_would_name(tmp_path: Path, pattern: str, expected: set[str]) -> None:
    fill(tmp_path, "a.log", "b.log", "c.txt", "one/x1.log", "two/x2.log", "two/y.log")
    assert names(Following(str(tmp_path / pattern)).poll()) == expected


@pytest.mark.parametrize("root", ["app.log", "*.log"])
def test_the_rotated_predecessors_belong_to_a_file_that_is_named(tmp_path: Path, root: str) -> None:
    log = tmp_path / "app.log"
    log.write_text("one\n")
    following = Following(str(tmp_path / root))
    following.poll()
    with log.open("a") as file:
        file.write("two\n")
    log.rename(f"{log}.1")
    Path(f"{log}.1").rename(f"{log}.2")
    Path(f"{log}.1").write_text("three\n")
    log.write_text("four\n")
    following.restart()
    assert following.settle() == [b"two", b"three", b"four"]


def test_include_and_exclude_are_for_logs_with_their_predecessors(tmp_path: Path) -> None:
    fill(tmp_path, "a.log", "a.log.1", "b.log", "debug.log", "debug.log.1", "c.txt", "skip/d.log")
    given = Following(tmp_path, include=["*.log"], exclude=["debug*", "*/skip"], old=True).poll()
    assert names(given) == {"a.log", "a.log.1", "b.log"}


def test_pipes_sockets_devices_and_binaries_are_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "sock.log"))
    (tmp_path / "zero.log").symlink_to("/dev/zero")
    (tmp_path / "loop.log").symlink_to("loop.log")
    (tmp_path / "dangling.log").symlink_to("nowhere")
    (tmp_path / "dir.log").mkdir()
    fill(tmp_path, "a.log", "picture.png")
    following = Following(tmp_path)
    assert following.settle() == [b"in a.log"]
    for name in ("pipe.log", "sock.log", "zero.log"):
        assert "not a file" in trouble(following, tmp_path / name)
    assert "picture" in trouble(following, tmp_path / "picture.png")
    (tmp_path / "nowhere").write_text("now it is there\n")
    assert following.settle() == [b"now it is there"]
    listener.close()


def test_the_kernels_directories_are_refused() -> None:
    following = Following("/proc", "/dev")
    assert following.poll() == []
    assert "kernel" in trouble(following, Path("/proc"))


def test_a_directory_that_is_not_there_yet_is_said_and_waited_for(tmp_path: Path) -> None:
    following = Following(tmp_path / "later")
    assert following.poll() == []
    fill(tmp_path, "later/a.log")
    assert following.wait(2) == [b"in later/a.log"]


def test_a_link_in_a_circle_of_directories_is_read_once(tmp_path: Path) -> None:
    fill(tmp_path, "a/b/c.log")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    assert Following(tmp_path).settle() == [b"in a/b/c.log"]


@pytest.mark.skipif(os.getuid() != 0, reason="needs to become another user")
def test_a_file_that_may_not_be_read_is_said_and_read_once_it_may(tmp_path: Path) -> None:
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_mode & 0o5 != 0o5:
            path.chmod(0o755)
    fill(tmp_path, "a.log", "b.log")
    (tmp_path / "a.log").chmod(0o600)
    os.seteuid(65534)
    try:
        following = Following(tmp_path)
        assert following.settle() == [b"in b.log"]
        assert "not allowed" in trouble(following, tmp_path / "a.log")
        os.seteuid(0)
        (tmp_path / "a.log").chmod(0o644)
        os.seteuid(65534)
        assert following.settle() == [b"in a.log"]
        assert trouble(following, tmp_path / "a.log") == ""
        os.seteuid(0)
        (tmp_path / "a.log").chmod(0o600)
        with (tmp_path / "a.log").open("a") as file:
            file.write("more\n")
        os.seteuid(65534)
        following.restart()
        assert following.settle() == []
        os.seteuid(0)
        (tmp_path / "a.log").chmod(0o644)
        os.seteuid(65534)
        assert following.settle() == [b"more"]
    finally:
        os.seteuid(0)
    assert following.gaps == []
