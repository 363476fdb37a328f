"""Bytes become whole lines; what is left out is told to the byte."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.intake.tail.cutting import Place, cut, hole_in

LONGEST = 16


def cut_all(data: bytes, pieces: list[int]) -> tuple[list[bytes], list[tuple[int, int]], Place]:
    """All that is cut of data that arrive piece by piece; the end is flushed."""
    place, lines, left_out = Place(), list[bytes](), list[tuple[int, int]]()
    for end in [*sorted(min(piece, len(data)) for piece in pieces), len(data), None]:
        while True:
            found = cut(data[place.offset : end], place, LONGEST, ended=end is None)
            if found is None or found.place.offset == place.offset:
                break
            if found.block:
                assert found.block.number == place.lines + 1 + (place.open and not found.continued)
                fresh = list(found.block.lines)
                if found.continued:
                    lines[-1] += fresh.pop(0)
                lines += fresh
            left_out += [found.left_out] if found.left_out else []
            place = found.place
    return lines, left_out, place


def test_whole_lines_are_given_and_the_rest_waits() -> None:
    found = cut(b"one\ntwo\r\nthr", Place(), LONGEST)
    assert found and found.block
    assert (found.block.lines, found.block.number, found.block.offset) == ([b"one", b"two\r"], 1, 0)
    assert found.place == Place(9, 2, crc32(b"one\ntwo\r\n"))
    assert cut(b"thr", found.place, LONGEST) is None


def test_an_unfinished_line_is_given_once_and_goes_on_with_its_number() -> None:
    found = cut(b"thr", Place(9, 2), LONGEST, ended=True)
    assert found and found.block and found.place.open and found.block.number == 3
    more = cut(b"ee\nfour\n", found.place, LONGEST)
    assert more and more.block and more.continued
    assert (more.block.lines, more.block.number, more.block.offset) == ([b"ee", b"four"], 3, 12)
    assert more.place.lines == 4


def test_the_mere_end_of_a_line_that_was_given_is_no_line() -> None:
    place = Place(3, 0, crc32(b"one"), open=True)
    found = cut(b"\n", place, LONGEST)
    assert found and found.block is None and found.place == Place(4, 1, crc32(b"one\n"))
    found = cut(b"\ntwo\n", place, LONGEST)
    assert found and found.block and not found.continued
    assert (found.block.lines, found.block.number, found.block.offset) == ([b"two"], 2, 4)


def test_the_head_of_an_overlong_line_is_kept_and_its_rest_counted() -> None:
    found = cut(b"a\n" + b"x" * 20 + b"\nb\n", Place(), LONGEST)
    assert found and found.block and found.block.lines == [b"a"]
    found = cut(b"x" * 20 + b"\nb\n", found.place, LONGEST)
    assert found and found.block and found.block.lines == [b"x" * 16]
    assert (found.block.cut, found.left_out, found.place.offset) == (4, (18, 22), 23)


def test_an_endless_line_is_passed_over_until_its_end() -> None:
    found = cut(b"x" * 20, Place(), LONGEST)
    assert found and found.place.midway and (found.place.offset, found.place.since) == (20, 16)
    found = cut(b"x" * 50, found.place, LONGEST)
    assert found and found.block is None and found.place.offset == 70
    found = cut(b"xx\nnext\n", found.place, LONGEST)
    assert found and found.left_out == (16, 72) and found.place == Place(73, 1, crc32(b"x" * 16 + b"\n"))


def test_a_character_is_not_cut_in_two() -> None:
    found = cut("xx€€€€€€".encode() + b"\n", Place(), LONGEST)
    assert found and found.block and found.block.lines[0].decode() == "xx€€€€"


def test_a_byte_order_mark_belongs_to_no_line() -> None:
    found = cut(b"\xef\xbb\xbfone\n", Place(), LONGEST)
    assert found and found.block and (found.block.lines, found.block.offset) == ([b"one"], 3)


@pytest.mark.parametrize(
    ("data", "offset", "hole"),
    [
        (b"a\n" + bytes(64) + b"b", 5, (2, 66)),
        (b"a\n" + bytes(63) + b"b", 5, None),
        (bytes(3) + b"b\n", 0, (0, 3)),
        (bytes(3) + b"b\n", 7, None),
        (b"abc", 0, None),
    ],
)
def test_a_run_of_nul_is_a_hole(data: bytes, offset: int, hole: tuple[int, int] | None) -> None:
    assert hole_in(data, offset) == hole


@given(
    st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\0", b"")), max_size=12),
    st.lists(st.integers(0, 300), max_size=4),
)
def test_whatever_the_bytes_and_however_they_arrive_no_line_is_lost_or_twice(
    raws: list[bytes], pieces: list[int]
) -> None:
    data = b"\n".join(raws)
    lines, left_out, place = cut_all(data, pieces)
    assert place.offset == len(data)
    assert place.lines == data.count(b"\n")
    expected = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    expected = expected[: len(expected) - (not expected[-1])]
    assert len(lines) == len(expected)
    for line, whole in zip(lines, expected, strict=True):
        assert whole.startswith(line) and (line == whole or len(line) > LONGEST - 4)
    missing = sum(len(whole) - len(line) for line, whole in zip(lines, expected, strict=True))
    unended = place.offset - place.since if place.midway else 0
    assert sum(end - start for start, end in left_out) + unended == missing
