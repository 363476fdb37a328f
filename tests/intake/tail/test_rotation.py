"""Rotation while followed and while stopped: the rest comes from where it went, nothing twice."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pytest

from edgeops.intake.feed import Loss
from tests.intake.tail.following import Following, crc_of


def lines(first: int, last: int) -> list[bytes]:
    return [b"2026-05-01 12:00:00 line %06d of this log" % number for number in range(first, last)]


def write(path: Path, content: list[bytes], end: bytes = b"\n") -> None:
    with path.open("ab") as file:
        file.write(b"\n".join(content) + end)


def pack(path: Path) -> None:
    Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def copy_and_cut(path: Path, copy: Path) -> None:
    shutil.copyfile(path, copy)
    os.truncate(path, 0)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def test_lines_come_once_and_in_order(log: Path) -> None:
    write(log, lines(0, 10))
    following = Following(log.parent)
    assert following.poll() == lines(0, 10)
    assert following.wait(2) == []
    write(log, lines(10, 12))
    assert following.wait(2) == lines(10, 12)
    (stream,) = following.streams
    checkpoint = following.checkpoints[stream]
    assert (checkpoint.offset, checkpoint.lines) == (log.stat().st_size, 12)
    assert checkpoint.crc == crc_of(lines(0, 12))


def test_a_renamed_file_is_read_to_its_end_and_the_new_one_from_its_start(log: Path) -> None:
    write(log, lines(0, 10))
    following = Following(log.parent)
    following.poll()
    write(log, lines(10, 12))
    log.rename(f"{log}.1")
    write(log, lines(12, 14))
    write(Path(f"{log}.1"), lines(100, 101))
    assert following.settle() == [*lines(10, 12), *lines(100, 101), *lines(12, 14)]
    assert following.gaps == []


@pytest.mark.parametrize("turns", range(1, 8))
@pytest.mark.parametrize("packed", [False, True])
def test_rotations_while_stopped_are_made_up_for(log: Path, turns: int, packed: bool) -> None:
    write(log, lines(0, 10))
    following = Following(log.parent)
    following.poll()
    write(log, lines(10, 20))
    expected = lines(10, 20)
    for turn in range(turns):
        for number in range(turn, 0, -1):
            for ending in ("", ".gz"):
                old = Path(f"{log}.{number}{ending}")
                if old.exists():
                    old.rename(f"{log}.{number + 1}{ending}")
        log.rename(f"{log}.1")
        if packed:
            pack(Path(f"{log}.1"))
        write(log, lines(100 * turn + 100, 100 * turn + 110))
        expected += lines(100 * turn + 100, 100 * turn + 110)
    following.restart()
    assert sorted(following.settle()) == sorted(expected)
    assert following.gaps == []
    following.restart()
    assert following.settle() == []


def test_a_file_that_is_copied_and_cut_goes_on_in_the_copy(log: Path) -> None:
    write(log, lines(0, 10))
    following = Following(log.parent)
    following.poll()
    write(log, lines(10, 15))
    copy_and_cut(log, Path(f"{log}.1"))
    write(log, lines(20, 22))
    assert following.settle() == [*lines(10, 15), *lines(20, 22)]
    assert [gap for gap in following.gaps if gap.least] == []


def test_a_copy_is_not_read_while_the_original_has_the_bytes(log: Path) -> None:
    write(log, lines(0, 10))
    following = Following(log.parent)
    following.poll()
    shutil.copyfile(log, f"{log}.1")
    assert following.wait(2) == []
    write(log, lines(10, 12))
    assert following.wait(2) == lines(10, 12)
    os.truncate(log, 0)
    write(log, lines(12, 13))
    assert following.settle() == lines(12, 13)
    following.restart()
    assert following.settle() == []


def test_a_half_written_copy_is_not_taken_for_a_new_file(log: Path) -> None:
    write(log, lines(0, 100))
    following = Following(log.parent)
    following.poll()
    whole = log.read_bytes()
    copy = Path(f"{log}.1")
    for part in (10, 1500, len(whole)):
        copy.write_bytes(whole[:part])
        assert following.wait(2) == []
    os.truncate(log, 0)
    assert following.settle() == []


def test_a_hole_that_a_careless_writer_leaves_is_passed_over(log: Path) -> None:
    write(log, lines(0, 10))
    following = Following(log.parent)
    following.poll()
    size = log.stat().st_size
    copy_and_cut(log, Path(f"{log}.1"))
    with log.open("r+b") as file:
        file.seek(size)
        file.write(b"\n".join(lines(10, 12)) + b"\n")
    assert following.settle() == lines(10, 12)
    assert [(gap.loss, gap.start, gap.most) for gap in following.gaps if gap.least] == [(Loss.HOLE, 0, size)]


def test_a_file_packed_while_it_is_read_is_the_same_file(log: Path) -> None:
    write(log, lines(0, 10))
    following = Following(log.parent)
    following.poll()
    log.rename(f"{log}.1")
    write(log, lines(10, 12))
    following.wait(2)
    packed = gzip.compress(Path(f"{log}.1").read_bytes())
    Path(f"{log}.1.gz").write_bytes(packed[:40])
    assert following.wait(2) == []
    Path(f"{log}.1.gz").write_bytes(packed)
    assert following.wait(2) == []
    Path(f"{log}.1").unlink()
    assert following.settle() == []
    following.restart()
    assert following.settle() == []
    assert following.gaps == []
