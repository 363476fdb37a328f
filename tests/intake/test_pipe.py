"""A pipe is followed to its end: every byte given once, whatever the pieces it comes in."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeops.intake.feed import Batch, Checkpoint, Gap, Loss
from edgeops.intake.pipe import Pipe

FRESH = Checkpoint("pipe-1", "-")


class Plumbing:
    """A pipe with a clock, and all that came out of it."""

    def __init__(self, max_line: int = 100, idle_s: float = 2.0) -> None:
        self.out, self.into = os.pipe()
        self.now = 0.0
        self.pipe = Pipe(self.out, FRESH, max_line=max_line, idle_s=idle_s, clock=lambda: self.now)
        self.batches: list[Batch] = []

    def write(self, data: bytes) -> None:
        os.write(self.into, data)

    def end(self) -> None:
        os.close(self.into)
        self.into = -1

    def poll(self, most: int = 1 << 20) -> None:
        self.batches += self.pipe.poll(most)

    @property
    def blocks(self) -> list[list[bytes]]:
        return [batch.block.lines for batch in self.batches if batch.block]

    @property
    def gaps(self) -> list[Gap]:
        return [gap for batch in self.batches for gap in batch.gaps]

    @property
    def checkpoint(self) -> Checkpoint:
        return self.batches[-1].checkpoint


@pytest.fixture
def plumbing() -> Iterator[Plumbing]:
    plumbing = Plumbing()
    yield plumbing
    os.close(plumbing.out)
    if plumbing.into >= 0:
        plumbing.end()


def test_lines_come_as_soon_as_they_are_whole(plumbing: Plumbing) -> None:
    plumbing.poll()
    assert plumbing.batches == []
    plumbing.write(b"one\ntw")
    plumbing.poll()
    plumbing.write(b"o\r\n\nthree\n")
    plumbing.poll()
    assert plumbing.blocks == [[b"one"], [b"two\r", b"", b"three"]]
    assert plumbing.checkpoint == Checkpoint("pipe-1", "-", 16, 4, zlib.crc32(b"one\ntwo\r\n\nthree\n"))
    assert [batch.block.number for batch in plumbing.batches if batch.block] == [1, 2]


def test_the_last_line_needs_no_newline_and_the_end_is_told_once(plumbing: Plumbing) -> None:
    plumbing.write(b"one\ntwo")
    plumbing.end()
    for _ in range(3):
        plumbing.poll()
    assert plumbing.blocks == [[b"one"], [b"two"]]
    assert [batch.checkpoint.retired for batch in plumbing.batches] == [False, False, True]
    assert plumbing.pipe.notes() == ["Standard input has ended after 2 lines."]
    assert plumbing.pipe.notes() == [] and plumbing.pipe.descriptors() == []
    assert plumbing.checkpoint.offset == 7 and plumbing.checkpoint.lines == 1


def test_a_line_whose_writer_pauses_is_given_and_goes_on_later(plumbing: Plumbing) -> None:
    plumbing.write(b"pass")
    plumbing.poll()
    plumbing.now = 1.9
    plumbing.poll()
    assert plumbing.batches == []
    plumbing.now = 2.0
    plumbing.poll()
    plumbing.poll()
    plumbing.write(b"word:\nnext\n")
    plumbing.poll()
    first, second = plumbing.batches
    assert first.block and second.block
    assert (first.block.lines, first.continued, first.block.number, first.checkpoint.lines) == ([b"pass"], False, 1, 0)
    assert (second.block.lines, second.continued, second.block.number) == ([b"word:", b"next"], True, 1)
    assert second.block.line("-", 1).number == 2 and second.block.line("-", 1).offset == 10
    assert plumbing.checkpoint == Checkpoint("pipe-1", "-", 15, 2, zlib.crc32(b"password:\nnext\n"))


def test_only_the_newline_of_a_given_line_is_no_line(plumbing: Plumbing) -> None:
    plumbing.write(b"whole")
    plumbing.now = 5
    plumbing.poll()
    plumbing.now = 10
    plumbing.poll()
    plumbing.write(b"\n")
    plumbing.poll()
    plumbing.write(b"next\n")
    plumbing.poll()
    assert plumbing.blocks == [[b"whole"], [b"next"]]
    assert not plumbing.batches[-1].continued
    last = plumbing.batches[-1].block
    assert last and (last.number, last.offset) == (2, 6)
    assert plumbing.checkpoint.crc == zlib.crc32(b"whole\nnext\n")


def test_an_overlong_line_keeps_its_head_and_the_rest_is_a_gap(plumbing: Plumbing) -> None:
    plumbing.write(b"before\n" + b"x" * 150)
    plumbing.poll()
    plumbing.write(b"x" * 4000)
    plumbing.poll()
    plumbing.write(b"x" * 50 + b"\nafter\n")
    plumbing.poll()
    assert plumbing.blocks == [[b"before"], [b"x" * 100], [b"after"]]
    assert plumbing.gaps == [Gap("-", Loss.TOO_LONG, 107, 4100, 4100)]
    last = plumbing.batches[-1].block
    assert last and (last.number, last.offset) == (3, 7 + 4200 + 1)
    assert plumbing.checkpoint.offset == 7 + 4200 + 1 + 6


def test_an_overlong_line_that_pauses_is_accounted_for_to_the_byte(plumbing: Plumbing) -> None:
    plumbing.write(b"x" * 150)
    plumbing.poll()
    plumbing.now = 3
    plumbing.poll()
    plumbing.write(b"x" * 70 + b"\nafter\n")
    plumbing.poll()
    assert plumbing.blocks == [[b"x" * 100], [b"after"]]
    assert [(gap.start, gap.most) for gap in plumbing.gaps] == [(100, 50), (150, 70)]
    assert plumbing.checkpoint.offset == 221 + 6


def test_no_more_is_taken_than_asked_for(plumbing: Plumbing) -> None:
    plumbing.write(b"".join(b"line %03d\n" % i for i in range(100)))
    plumbing.poll(90)
    assert len(plumbing.blocks[0]) == 10
    assert plumbing.pipe.standings()[0].lag == 810
    plumbing.poll()
    assert sum(map(len, plumbing.blocks)) == 100 and plumbing.pipe.standings()[0].lag == 0


def test_a_batch_that_was_not_taken_comes_again(plumbing: Plumbing) -> None:
    plumbing.write(b"a\n" + b"x" * 200 + b"\nb\n")
    plumbing.end()
    for _ in range(5):
        assert bool(plumbing.pipe.descriptors()) == (len(plumbing.batches) < 3)
        plumbing.batches += [batch for _, batch in zip(range(1), plumbing.pipe.poll(1000), strict=False)]
    assert plumbing.blocks == [[b"a", b"x" * 100], [b"b"]]
    assert plumbing.checkpoint.retired


def test_the_flags_of_the_descriptor_stay_as_they_were_and_it_stays_open(plumbing: Plumbing) -> None:
    plumbing.poll()
    plumbing.pipe.close()
    assert os.get_blocking(plumbing.out)
    plumbing.write(b"more\n")
    plumbing.poll()
    assert plumbing.pipe.descriptors() == [] and plumbing.batches == []


def test_a_descriptor_that_cannot_be_read_ends_with_a_sentence(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    pipe = Pipe(folder, FRESH)
    [last] = pipe.poll(1000)
    os.close(folder)
    assert last.checkpoint.retired
    assert "cannot be read any more (Is a directory)" in pipe.standings()[0].trouble
    assert pipe.notes() == [pipe.standings()[0].trouble]


def test_a_file_as_standard_input_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"a\nb\n")
    with (tmp_path / "log").open("rb") as file:
        pipe = Pipe(file.fileno(), FRESH)
        batches = list(pipe.poll(1000))
    assert [batch.block.lines for batch in batches if batch.block] == [[b"a", b"b"]]
    assert batches[-1].checkpoint.retired


def test_a_fifo_that_is_open_for_writing_outlives_its_writers(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    ours = os.open(tmp_path / "fifo", os.O_RDWR)
    pipe = Pipe(ours, Checkpoint("f", "fifo"))
    seen: list[bytes] = []
    for text in ("one\n", "two\n"):
        (tmp_path / "fifo").write_text(text)
        seen += [raw for batch in pipe.poll(1000) if batch.block for raw in batch.block.lines]
    os.close(ours)
    assert seen == [b"one", b"two"]


def test_nothing_blocks_while_a_slow_program_writes() -> None:
    code = "import sys, time\nfor i in range(20): print(i, flush=True); time.sleep(0.02)"
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", code], stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        pipe, seen, slowest = Pipe(writer.stdout.fileno(), FRESH), list[bytes](), 0.0
        while not pipe.notes():
            begun = time.monotonic()
            seen += [raw for batch in pipe.poll(1 << 20) if batch.block for raw in batch.block.lines]
            slowest = max(slowest, time.monotonic() - begun)
            time.sleep(0.001)
    assert seen == [b"%d" % i for i in range(20)]
    assert slowest < 0.3


_LINE = st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"|"))


@settings(max_examples=150)
@given(
    lines=st.lists(_LINE, max_size=12),
    last=_LINE,
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=12),
    pauses=st.sets(st.integers(0, 30)),
)
def test_whatever_the_pieces_and_pauses_every_byte_is_given_or_a_gap(
    lines: list[bytes], last: bytes, sizes: list[int], pauses: set[int]
) -> None:
    longest = 16
    text = b"".join(raw + b"\n" for raw in lines) + last
    plumbing, at, step = Plumbing(max_line=longest), 0, 0
    while at < len(text):
        plumbing.write(text[at : at + sizes[step % len(sizes)]])
        at += sizes[step % len(sizes)]
        plumbing.poll(7)
        if step in pauses:
            plumbing.poll()
            plumbing.now += 10
            plumbing.poll()
        step += 1
    plumbing.end()
    while not (plumbing.batches and plumbing.checkpoint.retired):
        plumbing.poll()
    os.close(plumbing.out)
    joined: dict[int, bytes] = {}
    for batch in plumbing.batches:
        for index, raw in enumerate(batch.block.lines if batch.block else ()):
            assert batch.block
            line = batch.block.line("-", index)
            assert text[line.offset :].startswith(raw.removesuffix(b"\r"))
            assert (line.number in joined) == (batch.continued and index == 0)
            joined[line.number] = joined.get(line.number, b"") + raw
    expected = {number: raw[:longest] for number, raw in enumerate([*lines, last], 1)}
    assert {n: raw for n, raw in joined.items() if raw} == {n: raw for n, raw in expected.items() if raw}
    assert sum(gap.most or 0 for gap in plumbing.gaps) == sum(max(0, len(raw) - longest) for raw in (*lines, last))
    assert (plumbing.checkpoint.offset, plumbing.checkpoint.lines) == (len(text), len(lines))
    given = b"".join(raw[:longest] + b"\n" for raw in lines) + last[:longest]
    assert plumbing.checkpoint.crc == zlib.crc32(given)
