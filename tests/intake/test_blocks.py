"""Every byte of a source is in a line, was cut, or lay in a hole; offsets and numbers are true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgeops.intake.blocks import Block, Piece, Splitter, Tally, utf16_size
from edgeops.records import Line


def pieces_of(data: bytes, sizes: list[int], offset: int = 0) -> Iterator[Piece]:
    at = 0
    for size in [*sizes, len(data)]:
        if at < len(data) and size:
            yield offset + at, data[at : at + size]
            at += size


def read(data: bytes, sizes: list[int], max_line: int = 64) -> tuple[list[Line], Tally]:
    tally = Tally()
    blocks = list(Splitter(max_line, tally).blocks(pieces_of(data, sizes)))
    return [block.line("s", i) for block in blocks for i in range(len(block.lines))], tally


BYTES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [b"\n", b"\r\n", b"\0" * 64, b"\0" * 90, b"\0", b"x" * 63, b"x" * 64, b"y" * 200, "é漢🦊".encode()]
        ),
    ),
    max_size=12,
).map(b"".join)
SIZES = st.lists(st.integers(1, 50), max_size=20)


@given(BYTES, SIZES)
@example(b"a" * 64 + b"\n", [64])
@example(b"\xff" * 200, [1] * 20)
def test_every_byte_is_in_a_line_cut_or_in_a_hole(data: bytes, sizes: list[int]) -> None:
    lines, tally = read(data, sizes)
    covered = bytearray(len(data))
    for line in lines:
        end = line.offset + len(line.raw)
        assert data[line.offset : end] == line.raw
        assert len(line.raw) <= 64
        end += line.cut
        end += data[end : end + 1] == b"\r" and data[end + 1 : end + 2] in (b"\n", b"")
        end += data[end : end + 1] == b"\n"
        assert not any(covered[line.offset : end])
        covered[line.offset : end] = b"x" * (end - line.offset)
    left = [byte for byte, done in zip(data, covered, strict=True) if not done]
    assert sum(byte == 0 for byte in left) == tally.hole_bytes
    assert set(left) <= {0}
    assert sum(line.cut for line in lines) == tally.cut_bytes


@given(BYTES, SIZES)
def test_offsets_rise_and_numbers_count_newlines(data: bytes, sizes: list[int]) -> None:
    lines, _ = read(data, sizes)
    assert all(a.offset < b.offset or a.raw == b"" for a, b in pairwise(lines))
    for line in lines:
        assert line.number == 1 + data[: line.offset].count(b"\n")


@given(BYTES, SIZES)
def test_the_size_of_pieces_does_not_matter(data: bytes, sizes: list[int]) -> None:
    assert read(data, sizes) == read(data, [])


def test_plain_text_comes_in_one_block_a_piece() -> None:
    blocks = list(Splitter(64, Tally()).blocks(iter([(0, b"a\nb\nc"), (5, b"d\ne\n")])))
    assert [block.lines for block in blocks] == [[b"a", b"b"], [b"cd"], [b"e"]]
    assert [(block.number, block.offset) for block in blocks] == [(1, 0), (3, 4), (4, 7)]


def test_a_long_line_keeps_its_head_and_tells_what_was_cut() -> None:
    lines, tally = read(b"one\n" + b"x" * 1000 + b"\nthree\n", [10, 500])
    assert [(line.number, line.offset, len(line.raw), line.cut) for line in lines] == [
        (1, 0, 3, 0),
        (2, 4, 64, 936),
        (3, 1005, 5, 0),
    ]
    assert tally.cuts == 1


def test_a_cut_does_not_split_a_character() -> None:
    lines, _ = read("漢".encode() * 100, [])
    assert lines[0].raw.decode() == "漢" * 21
    assert lines[0].cut == 300 - 63


def test_a_hole_ends_a_line_and_the_text_after_it_is_found() -> None:
    lines, tally = read(b"before" + b"\0" * 100 + b"after\nlast\n", [])
    assert [(line.raw, line.offset, line.number) for line in lines] == [
        (b"before", 0, 1),
        (b"after", 106, 1),
        (b"last", 112, 2),
    ]
    assert (tally.holes, tally.hole_bytes) == (1, 100)


def test_a_gap_between_pieces_is_a_hole() -> None:
    tally = Tally()
    blocks = Splitter(64, tally).blocks(iter([(0, b"a\nb\0\0"), (4096, b"\0\0c\n")]))
    lines = [block.line("s", i) for block in blocks for i in range(len(block.lines))]
    assert [(line.raw, line.offset) for line in lines] == [(b"a", 0), (b"b", 2), (b"c", 4098)]
    assert tally.hole_bytes == 4096 - 5 + 2 + 2


def test_a_few_nul_bytes_stay_in_their_line() -> None:
    assert [line.raw for line in read(b"a\0b\n", [])[0]] == [b"a\0b"]


def test_reading_that_begins_inside_a_line_drops_its_rest() -> None:
    blocks = list(Splitter(64, Tally(), number=7, midway=True).blocks(iter([(100, b"rest\nwhole\n")])))
    assert [(block.number, block.offset, block.lines) for block in blocks] == [(8, 105, [b"whole"])]


@pytest.mark.parametrize("measure", [len, utf16_size])
def test_a_part_of_a_block_has_the_same_lines(measure: Callable[[bytes], int]) -> None:
    block = Block(5, 100, [b"a", b"bb", b"", "\u00e9\r".encode(), b"c"], 7, measure)
    for start in range(5):
        for end in range(start + 1, 7):
            part = block.part(start, end)
            assert [part.line("s", at) for at in range(len(part.lines))] == [
                block.line("s", at) for at in range(start, min(end, 5))
            ]


def test_rest_drops_the_first_lines_of_a_block() -> None:
    assert Block(5, 100, [b"a", b"bb", b"c"]).rest(2).line("s", 0) == Line("s", 105, 7, b"c")
