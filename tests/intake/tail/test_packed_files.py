"""Rotated files that were packed: read at the right byte, damaged or not, and never twice."""

from __future__ import annotations

import bz2
import gzip
import lzma
import resource
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from edgeops.intake.feed import FileMark, Loss
from tests.intake.tail.following import Following


def lines(first: int, last: int) -> list[bytes]:
    """Numbered, and hard to pack."""
    return [b"%06d %s" % (number, sha256(b"%d" % number).hexdigest().encode()) for number in range(first, last)]


def text(of: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in of)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


@pytest.mark.parametrize(
    ("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)], ids=["gz", "bz2", "xz"]
)
def test_following_goes_on_inside_of_a_packed_file(log: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    log.write_bytes(text(lines(0, 1000)))
    following = Following(log.parent)
    following.poll()
    Path(f"{log}.1.{ending}").write_bytes(pack(text(lines(0, 1000) + lines(1000, 60_000))))
    log.unlink()
    following.restart()
    assert following.settle() == lines(1000, 60_000)
    assert following.batches[-1].checkpoint.lines == 60_000
    following.restart()
    assert following.settle() == []
    assert following.gaps == []


@pytest.mark.parametrize("kept", [1, 2, 3, 5])
def test_a_crash_in_the_middle_of_a_packed_file_loses_and_doubles_nothing(log: Path, kept: int) -> None:
    following = Following(log.parent, old=True)
    following.poll()
    everything = lines(0, 150_000)
    Path(f"{log}.1.gz").write_bytes(gzip.compress(text(everything), 1))
    following.clock.now += 2
    following.poll(lambda index: index < kept)
    assert 0 < len(following.given) < len(everything)
    following.settle()
    assert following.given == everything


def test_a_packed_file_of_several_members_is_read_whole(log: Path) -> None:
    following = Following(log.parent)
    following.poll()
    Path(f"{log}.1.gz").write_bytes(gzip.compress(text(lines(0, 10))) + gzip.compress(text(lines(10, 20))))
    assert following.settle() == lines(0, 20)


def test_a_packed_file_that_is_still_being_written_is_awaited(log: Path) -> None:
    following = Following(log.parent)
    following.poll()
    packed = gzip.compress(text(lines(0, 20_000)))
    for part in (0, 5, 1000, 100_000, len(packed)):
        assert following.given == []
        Path(f"{log}.1.gz").write_bytes(packed[:part])
        following.wait(2)
    assert following.settle() == [] and following.given == lines(0, 20_000)
    assert following.gaps == []


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_what_comes_before_the_damage_is_read_and_the_damage_told_once(log: Path, damage: str) -> None:
    following = Following(log.parent)
    following.poll()
    packed = bytearray(gzip.compress(text(lines(0, 20_000))))
    middle = len(packed) // 2
    if damage == "cut":
        del packed[middle:]
    else:
        packed[middle : middle + 40] = bytes(40)
    Path(f"{log}.1.gz").write_bytes(packed)
    for _ in range(3):
        following.settle()
        following.restart()
    following.settle()
    # What is packed wrongly may be read as something before it is found to be wrong.
    sound = 9_000
    assert sound < len(following.given) < 20_000
    assert following.given[:sound] == lines(0, sound)
    assert [(gap.loss, gap.most) for gap in following.gaps] == [(Loss.DAMAGED, None)]


def test_a_bomb_is_given_up_and_takes_no_memory(log: Path) -> None:
    following = Following(log.parent)
    following.poll()
    Path(f"{log}.1.gz").write_bytes(gzip.compress(b"x" * 99 + b"\n") + gzip.compress(bytes(64 << 20) * 3, 9))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert following.settle() == [b"x" * 99]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10
    assert Loss.DAMAGED in [gap.loss for gap in following.gaps]


def test_a_file_that_was_packed_when_nothing_of_it_had_been_read_is_read_once(log: Path) -> None:
    following = Following(log.parent)
    following.poll()
    log.write_bytes(text(lines(0, 10)))
    Path(f"{log}.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    assert following.settle() == lines(0, 10)
    log.unlink()
    assert following.settle() == []
    following.restart()
    assert following.settle() == []


def test_the_checkpoint_of_a_packed_file_says_so(log: Path) -> None:
    following = Following(log.parent, old=True)
    Path(f"{log}.1.gz").write_bytes(gzip.compress(text(lines(0, 10))))
    following.settle()
    mark = following.batches[-1].checkpoint.mark
    assert isinstance(mark, FileMark) and mark.packed == "gzip" and mark.closed
