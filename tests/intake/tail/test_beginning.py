"""The very first start: what stood there before, and what is remembered of that."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.intake.tail.following import Following


def rotated(home: Path) -> Path:
    log = home / "app.log"
    log.write_text("new one\nnew two\n")
    Path(f"{log}.1").write_text("yesterday\n")
    Path(f"{log}.2.gz").write_bytes(gzip.compress(b"long ago\n"))
    return log


def test_old_rotated_files_are_not_read_unless_asked(tmp_path: Path) -> None:
    rotated(tmp_path)
    assert Following(tmp_path).settle() == [b"new one", b"new two"]
    assert Following(tmp_path, old=True).settle() == [b"long ago", b"yesterday", b"new one", b"new two"]


def test_old_files_stay_unread_when_they_are_rotated_on_while_nobody_looks(tmp_path: Path) -> None:
    log = rotated(tmp_path)
    following = Following(tmp_path)
    following.poll()
    Path(f"{log}.2.gz").rename(f"{log}.3.gz")
    Path(f"{log}.2.gz").write_bytes(gzip.compress(Path(f"{log}.1").read_bytes()))
    log.rename(f"{log}.1")
    log.write_text("today\n")
    following.restart()
    assert following.settle() == [b"today"]
    following.restart()
    assert following.settle() == []
    assert following.gaps == []


def test_a_rotated_file_that_came_later_is_read(tmp_path: Path) -> None:
    log = rotated(tmp_path)
    following = Following(tmp_path)
    following.poll()
    Path(f"{log}.1").rename(f"{log}.3")
    log.rename(f"{log}.2")
    Path(f"{log}.1").write_text("missed\n")
    log.write_text("today\n")
    following.restart()
    assert following.settle() == [b"missed", b"today"]


def test_from_the_end_only_what_is_written_from_now_on_is_given_with_its_true_number(tmp_path: Path) -> None:
    log = rotated(tmp_path)
    with log.open("a") as file:
        file.write("begun")
    following = Following(tmp_path, from_end=True)
    assert following.poll() == []
    with log.open("a") as file:
        file.write(" and ended\n")
    assert following.wait(2) == [b"begun and ended"]
    block = following.batches[-1].block
    assert block and (block.number, block.offset) == (3, 16)
    (tmp_path / "web.log").write_text("another\n")
    assert following.wait(2) == [b"another"]


def test_files_that_come_to_a_known_root_are_read_from_their_start_after_a_restart(tmp_path: Path) -> None:
    rotated(tmp_path)
    following = Following(tmp_path, from_end=True)
    following.poll()
    (tmp_path / "web.log").write_text("one\n")
    (tmp_path / "web.log.1").write_text("zero\n")
    following.restart()
    assert following.settle() == [b"zero", b"one"]


def test_a_root_that_is_added_later_has_a_first_start_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    rotated(tmp_path / "a")
    rotated(tmp_path / "b")
    following = Following(tmp_path / "a")
    following.poll()
    following.roots.append(str(tmp_path / "b"))
    following.restart()
    assert following.settle() == [b"new one", b"new two"]


def test_a_root_that_is_left_out_for_a_while_keeps_its_place(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    log = rotated(tmp_path / "a")
    following = Following(tmp_path / "a")
    following.poll()
    roots, following.roots = following.roots, [str(tmp_path / "b")]
    following.restart()
    following.settle()
    assert following.gaps == []
    with log.open("a") as file:
        file.write("more\n")
    following.roots = roots
    following.restart()
    assert following.settle() == [b"more"]


def test_the_youngest_of_dated_files_is_in_use(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        (tmp_path / f"app-2024-05-0{day}.log").write_text(f"day {day}\n")
    following = Following(tmp_path)
    assert following.poll() == [b"day 3"]
    (tmp_path / "app-2024-05-04.log").write_text("day 4\n")
    with (tmp_path / "app-2024-05-03.log").open("a") as file:
        file.write("late\n")
    assert following.wait(2) == [b"late", b"day 4"]
