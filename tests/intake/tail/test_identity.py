"""What is the same file and what is another: names, inodes and first lines alone say little."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgeops.intake.feed import Loss
from tests.intake.tail.following import Following

HEADER = b"# Fields: date time host message\n" * 128


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def add(path: Path, *lines: bytes) -> None:
    with path.open("ab") as file:
        file.write(b"".join(line + b"\n" for line in lines))


def test_a_new_file_with_the_inode_of_the_old_one_is_read_from_its_start(log: Path) -> None:
    following = Following(log.parent)
    expected, reused = [], 0
    for number in range(100):
        add(log, b"round %05d of a log" % number)
        expected.append(b"round %05d of a log" % number)
        inode = log.stat().st_ino
        following.wait(1.1)
        if number % 2:
            following.restart()
        log.unlink()
        log.touch()
        reused += log.stat().st_ino == inode
        log.unlink()
    following.settle()
    assert following.given == expected
    if not reused:
        pytest.skip("This file system does not give inodes again: nothing was shown.")


def test_a_thousand_files_with_one_and_the_same_header_are_a_thousand_files(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / f"service{number:04}x.log").write_bytes(HEADER)
    following = Following(tmp_path)
    assert len(following.settle()) == 128 * 1000
    for number in range(0, 1000, 7):
        add(tmp_path / f"service{number:04}x.log", b"only in %d" % number)
    following.restart()
    assert sorted(following.settle()) == sorted(b"only in %d" % number for number in range(0, 1000, 7))
    assert following.gaps == []


@pytest.mark.parametrize("size", [0, 1, 10, 1023, 1024, 1025])
def test_files_of_any_size_are_known_again(log: Path, size: int) -> None:
    log.write_bytes(b"x" * (size - 1) + b"\n" if size else b"")
    following = Following(log.parent)
    following.settle()
    following.restart()
    assert following.settle() == []
    add(log, b"more")
    assert following.settle() == [b"more"]


@pytest.mark.parametrize("stopped", [False, True])
def test_a_file_cut_and_written_again_beyond_its_size_is_a_new_one(log: Path, stopped: bool) -> None:
    add(log, *(b"old line %d" % number for number in range(10)))
    following = Following(log.parent)
    following.poll()
    size = log.stat().st_size
    os.truncate(log, 0)
    new = [b"another line %d" % number for number in range(30)]
    add(log, *new)
    if stopped:
        following.restart()
    assert following.settle() == new
    assert [(gap.loss, gap.start, gap.most, gap.least) for gap in following.gaps] == [(Loss.TRUNCATED, size, None, 0)]


def test_a_file_that_shrank_while_nobody_looked_is_read_from_its_start(log: Path) -> None:
    add(log, *(b"old line %d" % number for number in range(10)))
    following = Following(log.parent)
    following.poll()
    log.write_bytes(b"new\n")
    following.restart()
    assert following.settle() == [b"new"]
    assert [gap.loss for gap in following.gaps] == [Loss.TRUNCATED]


def test_what_was_cut_off_before_it_was_read_is_a_gap(log: Path) -> None:
    add(log, b"one")
    following = Following(log.parent)
    following.poll()
    with log.open("ab") as file:
        file.write(b"unfinished, and then gone")
    following.wait(2)
    os.truncate(log, 4)
    following.settle()
    assert [(gap.start, gap.least) for gap in following.gaps] == [(4, len(b"unfinished, and then gone"))]
    add(log, b"two")
    assert following.settle() == [b"two"]


def test_a_deleted_file_is_read_to_its_end_while_it_is_open(log: Path) -> None:
    add(log, b"one")
    following = Following(log.parent)
    following.poll()
    with log.open("ab") as writer:
        log.unlink()
        writer.write(b"two\n")
        writer.flush()
        assert following.wait(2) == [b"two"]
        writer.write(b"three\n")
        writer.flush()
        assert following.wait(2) == [b"three"]
    following.settle()
    assert following.gaps == []
    assert [each for each in following.checkpoints.values() if each.mark] == []


def test_a_file_that_went_while_nobody_looked_is_a_gap(log: Path) -> None:
    add(log, b"one", b"two")
    following = Following(log.parent)
    following.poll()
    log.unlink()
    following.restart()
    following.settle()
    assert [(gap.loss, gap.start, gap.most) for gap in following.gaps] == [(Loss.VANISHED, 8, None)]


def test_a_file_replaced_by_a_longer_copy_of_itself_goes_on(log: Path) -> None:
    first = [b"a line that says something %d" % number for number in range(10)]
    add(log, *first)
    following = Following(log.parent)
    following.poll()
    for _ in range(2):
        other = log.with_name(".app.log.x7")
        other.write_bytes(log.read_bytes())
        add(other, b"more")
        other.replace(log)
        assert following.wait(2) == [b"more"]
        following.restart()
    assert following.settle() == []
    assert following.gaps == []


def test_a_link_that_leads_elsewhere_now_is_a_new_file(tmp_path: Path) -> None:
    stored = tmp_path / "stored"
    stored.mkdir()
    for name in ("one", "two"):
        add(stored / name, b"in " + name.encode())
    link = tmp_path / "current.log"
    link.symlink_to(stored / "one")
    following = Following(str(link))
    assert following.poll() == [b"in one"]
    link.unlink()
    link.symlink_to(stored / "two")
    assert following.settle() == [b"in two"]


def test_a_file_with_two_names_is_read_once(log: Path) -> None:
    add(log, b"one")
    os.link(log, log.with_name("other.log"))
    log.with_name("third.log").symlink_to(log)
    following = Following(log.parent)
    assert following.settle() == [b"one"]


def test_a_copy_that_stays_beside_its_original_is_never_read(log: Path) -> None:
    lines = [b"line %d of this log" % number for number in range(20)]
    add(log, *lines)
    following = Following(log.parent)
    following.poll()
    Path(f"{log}.1").write_bytes(log.read_bytes())
    assert following.settle() == []
    log.unlink()
    following.restart()
    assert following.settle() == []
