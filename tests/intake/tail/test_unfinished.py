"""Unfinished lines, endless lines, holes and files that are no text, as a follower gives them."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from edgeops.intake.feed import FileMark, Loss
from tests.intake.tail.following import Following, crc_of


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def add(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_an_unfinished_line_waits_and_is_given_whole(log: Path) -> None:
    add(log, b"one\ntw")
    following = Following(log.parent)
    assert following.poll() == [b"one"]
    assert following.wait(2) == []
    add(log, b"o\n")
    assert following.wait(2) == [b"two"]


def test_an_unfinished_line_is_given_with_a_mark_when_nobody_writes_for_long(log: Path) -> None:
    add(log, b"one\ntw")
    following = Following(log.parent)
    following.poll()
    assert following.wait(6) == [b"tw"]
    (checkpoint,) = [each for each in following.checkpoints.values() if each.mark]
    assert isinstance(checkpoint.mark, FileMark) and checkpoint.mark.open
    following.restart()
    assert following.settle() == []
    add(log, b"o\nthree\n")
    following.wait(2)
    assert following.batches[-1].continued
    assert following.given == [b"one", b"two", b"three"]
    (checkpoint,) = [each for each in following.checkpoints.values() if each.mark]
    assert checkpoint.crc == crc_of([b"one", b"two", b"three"])


def test_a_line_that_is_too_long_leaves_its_head_and_a_gap_of_exact_size(log: Path) -> None:
    add(log, b"one\n" + b"x" * 5_000_000 + b"\ntwo\n")
    following = Following(log.parent)
    assert following.settle() == [b"one", b"x" * 65536, b"two"]
    (gap,) = following.gaps
    assert (gap.loss, gap.start, gap.most) == (Loss.TOO_LONG, 4 + 65536, 5_000_000 - 65536)
    assert following.batches[-1].block and following.batches[-1].block.number == 3


def test_an_endless_line_takes_no_memory_and_survives_a_restart(log: Path) -> None:
    with log.open("wb") as file:
        for _ in range(64):
            file.write(b"x" * (1 << 20))
    following = Following(log.parent)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    following.poll(lambda index: index < 20)
    following.settle()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 << 10
    assert following.given == [b"x" * 65536]
    assert following.gaps == []
    add(log, b"\nnext\n")
    assert following.wait(2) == [b"next"]
    assert [(gap.start, gap.most) for gap in following.gaps] == [(65536, (64 << 20) - 65536)]


def test_a_hole_in_a_file_is_passed_over_and_counted(log: Path) -> None:
    add(log, b"one\n")
    os.truncate(log, 3 << 20)
    add(log, b"two\n")
    following = Following(log.parent)
    assert following.settle() == [b"one", b"two"]
    assert [(gap.loss, gap.start, gap.most) for gap in following.gaps] == [(Loss.HOLE, 4, (3 << 20) - 4)]


def test_room_that_was_set_aside_at_the_end_of_a_file_waits_until_it_is_written(log: Path) -> None:
    add(log, b"one\n")
    os.truncate(log, 4096)
    following = Following(log.parent)
    assert following.settle() == [b"one"]
    with log.open("r+b") as file:
        file.seek(4)
        file.write(b"two\n")
    assert following.wait(2) == [b"two"]
    assert following.gaps == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("hello\n".encode("utf-16"), "UTF-16"),
        (b"\x7fELF" + bytes(range(32)) * 8, "a program"),
        (bytes(range(1, 32)) * 40, "binary data"),
        (b"PK\x03\x04" + b"x" * 100, "zip archive"),
    ],
)
def test_what_is_no_text_is_not_followed_and_says_so(log: Path, content: bytes, words: str) -> None:
    log.write_bytes(content)
    other = log.with_name("web.log")
    add(other, b"one\n")
    following = Following(log.parent)
    assert following.settle() == [b"one"]
    (standing,) = [each for each in following.tail.standings() if each.source == str(log)]
    assert words in standing.trouble and not standing.stream
    log.write_bytes(b"now it is text\n")
    assert following.settle() == [b"now it is text"]


def test_bytes_that_are_no_utf8_are_kept_as_they_are(log: Path) -> None:
    raw = ["\u2028line sep".encode(), b"\xff\xfe\xfa bad", b"lone\rcr", b"crlf\r", b"\x1b[31mred"]
    add(log, b"\xef\xbb\xbf" + b"\n".join(raw) + b"\n")
    following = Following(log.parent)
    assert following.settle() == raw


def test_a_batch_that_was_not_taken_comes_again(log: Path) -> None:
    add(log, b"".join(b"%050d\n" % number for number in range(60_000)))
    following = Following(log.parent)
    batches = iter(following.tail.poll(1 << 30))
    lines = [line for _ in range(2) if (block := next(batches).block) for line in block.lines]
    batches.close()  # type: ignore[attr-defined]
    assert lines + following.settle() == [b"%050d" % number for number in range(60_000)]
