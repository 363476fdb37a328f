"""Lines by place and number: against what splitting the whole gives, whatever the bytes are."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.records import Skipped
from edgeops.view.file import File, Turn, open_file
from edgeops.view.lens import Lens
from edgeops.view.lineindex import SLAB, LineIndex
from edgeops.view.lines import CHUNK, LONGEST, begin_of, end_of, row_at, rows, rows_before

Open = Callable[..., tuple[File, Lens]]


def _file(data: bytes) -> File:
    """A file without a name that holds the data."""
    fd = os.memfd_create("log")
    os.write(fd, data)
    return File("log", fd)


@given(st.lists(st.binary(max_size=90).map(lambda raw: raw.replace(b"\n", b"")), max_size=60), st.booleans())
def test_lines_forwards_and_backwards_are_those_of_the_whole(lines: list[bytes], ended: bool) -> None:
    data = b"x" + b"\n".join(lines) + b"\n" * ended
    file = _file(data)
    try:
        if file.codec or file.begin:
            return
        whole = data.split(b"\n")
        if not whole[-1]:
            whole.pop()
        there = list(rows(file, 0))
        assert [row.raw for row in there] == [raw.rstrip(b"\r") for raw in whole]
        assert [row.at for row in there[1:]] == [row.end for row in there[:-1]]
        assert there == list(rows_before(file, file.size))[::-1]
        for row in there:
            assert begin_of(file, row.end - 1) == row.at
            assert end_of(file, row.at) == row.end
    finally:
        file.close()


def test_a_line_longer_than_is_kept_says_how_much_is_left_out_and_the_next_one_is_found() -> None:
    data = b"head\n" + b"y" * (3 * CHUNK) + b"\ntail\n"
    file = _file(data)
    first, long, last = rows(file, 0)
    assert (first.raw, last.raw) == (b"head", b"tail")
    assert len(long.raw) == LONGEST
    assert long.cut == 3 * CHUNK + 1 - LONGEST
    assert [row.at for row in rows_before(file, file.size)] == [last.at, long.at, first.at]
    file.close()


def test_lines_of_utf_16_are_cut_at_its_line_feeds_alone() -> None:
    # U+0A0A has the byte of a line feed twice, U+010A U+000B an odd one.
    text = "a\u0a0ab\r\nzweite Zeile \u010a\u0b00\nlast"
    file = _file(b"\xff\xfe" + text.encode("utf-16-le"))
    assert [row.raw.decode() for row in rows(file, file.begin)] == ["a\u0a0ab", "zweite Zeile \u010a\u0b00", "last"]
    assert [row.raw.decode() for row in rows_before(file, file.size)][::-1] == [
        row.raw.decode() for row in rows(file, file.begin)
    ]
    index = LineIndex(file)
    assert not index.count_on(1 << 20)
    assert index.total == 2
    file.close()


def test_the_index_knows_the_number_of_each_line_and_the_line_of_each_number(opened: Open) -> None:
    data = b"".join(b"line %d %s\n" % (number, b"x" * (number % 700)) for number in range(1, 2001))
    assert len(data) > 2 * SLAB
    file, _ = opened(data)
    index = LineIndex(file)
    assert index.number_of(SLAB) is None
    while index.count_on(100_000):
        pass
    for row in islice(rows(file, 0), 0, None, 37):
        number = int(row.raw.split()[1])
        assert index.number_of(row.at) == number
        assert index.place_of(number) == row.at
    assert index.place_of(2001) is None


def test_an_index_of_half_a_file_answers_for_that_half(opened: Open) -> None:
    file, _ = opened(b"0123456\n" * (SLAB // 4))
    index = LineIndex(file)
    assert index.count_on(SLAB)
    assert index.place_of(SLAB // 8) == SLAB - 8
    assert index.place_of(SLAB // 8 + 5) is None


def test_a_file_tells_that_it_grew_shrank_was_replaced_and_vanished(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"one\ntwo\n")
    file = open_file(str(path))
    assert isinstance(file, File)
    assert file.look() is Turn.SAME
    with path.open("ab") as end:
        end.write(b"three\n")
    assert file.look() is Turn.GREW
    path.write_bytes(b"new\n")
    assert file.look() is Turn.SHRANK
    path.rename(tmp_path / "a.log.1")
    assert file.look() is Turn.VANISHED
    path.write_bytes(b"another\n")
    assert file.look() is Turn.REPLACED
    assert file.look() is Turn.SAME
    assert row_at(file, 0) is not None
    file.close()


@pytest.mark.parametrize("kind", ["missing", "pipe", "directory"])
def test_what_is_no_log_is_refused_in_a_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    found = open_file(str(path))
    assert isinstance(found, Skipped)
    assert found.reason.endswith(".")
