"""Directories that go and come, too few descriptors, a disk that fails, a doorbell that does not ring."""

from __future__ import annotations

import errno
import os
import resource
import select
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgeops.intake.feed import Feed, Loss
from edgeops.intake.tail import Tail
from edgeops.intake.tail.doorbell import Doorbell, places
from tests.intake.tail.following import Following


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def fill(home: Path, count: int) -> list[bytes]:
    home.mkdir(exist_ok=True)
    for number in range(count):
        (home / f"service{number:03}x.log").write_text(f"line of {number}\n")
    return [b"line of %d" % number for number in range(count)]


def test_it_is_a_feed() -> None:
    feed: Feed = Tail([], bell=False)
    assert list(feed.poll(1)) == []


def test_a_directory_that_was_moved_away_and_comes_back_is_gone_on_with(tmp_path: Path) -> None:
    home = tmp_path / "logs"
    fill(home, 3)
    following = Following(home)
    following.poll()
    home.rename(tmp_path / "away")
    following.settle()
    following.restart()
    following.settle()
    assert "waited for" in following.tail.standings()[0].trouble
    (tmp_path / "away").rename(home)
    with (home / "service001x.log").open("a") as file:
        file.write("more\n")
    assert following.settle() == [b"more"]
    assert following.gaps == []


def test_a_directory_that_does_not_come_back_is_given_up_in_the_end(tmp_path: Path) -> None:
    home = tmp_path / "logs"
    fill(home, 1)
    following = Following(home)
    following.poll()
    following.restart()
    shutil.rmtree(home)
    for _ in range(3):
        following.wait(1900)
    assert [gap.loss for gap in following.gaps] == [Loss.VANISHED]
    assert [each for each in following.checkpoints.values() if each.mark] == []


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = open_files()
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 24, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_descriptors")
def test_five_hundred_files_are_followed_with_two_dozen_descriptors(tmp_path: Path) -> None:
    expected = fill(tmp_path, 500)
    following = Following(tmp_path, max_open=400)
    assert sorted(following.settle()) == sorted(expected)
    for number in range(500):
        with (tmp_path / f"service{number:03}x.log").open("a") as file:
            file.write(f"more of {number}\n")
    following.restart()
    assert sorted(following.settle()) == sorted(b"more of %d" % number for number in range(500))
    assert len(following.tail.notes()) <= 1


def test_many_files_are_not_kept_open(tmp_path: Path) -> None:
    fill(tmp_path, 300)
    before = open_files()
    following = Following(tmp_path, max_open=10)
    following.settle()
    assert open_files() - before <= 12
    following.tail.close()
    assert open_files() == before


def test_a_disk_that_fails_for_a_while_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, 1)
    following = Following(tmp_path)
    following.poll()
    with (tmp_path / "service000x.log").open("a") as file:
        file.write("more\n")
    real, failing = os.pread, [True]

    def pread(fd: int, count: int, at: int) -> bytes:
        if failing[0]:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(fd, count, at)

    monkeypatch.setattr(os, "pread", pread)
    assert following.settle() == []
    following.restart()
    assert following.settle() == []
    assert "cannot be read" in following.tail.standings()[0].trouble
    failing[0] = False
    assert following.settle() == [b"more"]
    assert following.gaps == []
    assert following.tail.standings()[0].trouble == ""


# ---------------------------------------------------------------- the doorbell


def rings(tail: Tail, seconds: float = 5.0) -> bool:
    return bool(select.select(tail.descriptors(), (), (), seconds)[0])


def test_a_new_file_and_a_new_line_ring_the_bell(tmp_path: Path) -> None:
    following = Following(tmp_path, bell=True)
    following.wait(3)
    following.wait(0.01)
    assert not rings(following.tail, 0.1)
    (tmp_path / "app.log").write_text("one\n")
    assert rings(following.tail)
    assert following.wait(0.05) == [b"one"]
    following.wait(3)
    following.wait(0.05)
    with (tmp_path / "app.log").open("a") as file:
        file.write("two\n")
    assert rings(following.tail)
    assert following.wait(0.05) == [b"two"]
    following.tail.close()


def test_the_bell_hangs_where_something_may_happen(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    base = str(tmp_path)
    assert places([f"{base}/logs"]) == {f"{base}/logs": True}
    assert places([f"{base}/logs/app.log", f"{base}/logs/*.txt"]) == {f"{base}/logs": False}
    assert places([f"{base}/*/x*.log", f"{base}/lo*/**"]) == {base: True}
    assert places([f"{base}/not/there/yet"]) == {base: False}


class Unwilling:
    """An observer of a system that has no watches left, or none at all."""

    def __init__(self, number: int) -> None:
        self._number = number

    def schedule(self, *_: Any, **__: Any) -> None:
        raise OSError(self._number, os.strerror(self._number))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE, errno.ENOSYS])
def test_a_system_without_notices_is_said_once_and_polled(tmp_path: Path, number: int) -> None:
    make: Callable[[], Any] = lambda: Unwilling(number)  # noqa: E731 - named for its type
    bell = Doorbell([str(tmp_path)], make)
    for _ in range(3):
        bell.attend(10.0)
    (note,) = bell.notes()
    assert "once a second" in note and os.strerror(number) in note
    assert bell.notes() == [] and not bell.works and not bell.rung()
    bell.close()


def test_without_the_package_it_is_said_once_and_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "watchdog", None)
    monkeypatch.setitem(__import__("sys").modules, "watchdog.observers.inotify", None)
    fill(tmp_path, 1)
    following = Following(tmp_path, bell=True)
    assert following.settle() == [b"line of 0"]
    (note,) = following.tail.notes()
    assert "watchdog" in note
    with (tmp_path / "service000x.log").open("a") as file:
        file.write("more\n")
    assert following.wait(1.1) == [b"more"]
