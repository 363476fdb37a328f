"""Whatever bytes come in, each is accounted for: in a line, in its ending, in a count of what was cut, in a hole or a note."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edgeops.intake.log import LogReader
from edgeops.intake.reader import Limits, open_reader
from edgeops.records import Event, Line, Skipped

from .opened import FORMATS

MOST = 300
LIMITS = Limits(max_line=MOST)
NOW = datetime(2024, 6, 1, tzinfo=UTC)

SYSLOG = b"May  1 10:00:%02d web1 app[7]: step %d\n"
LAYOUT = b"2024-05-01 10:00:%02d,123 ERROR [main] shop.Cart - step %d\n"
JSON = b'{"time":"2024-05-01T10:00:%02dZ","level":"error","msg":"step %d"}\n'
KERNEL = b"[  %3d.%06d] eth0: link is up\n"
STRETCHES = st.builds(
    lambda form, start, count: b"".join(form % ((start + n) % 60, n) for n in range(count)),
    st.sampled_from([SYSLOG, LAYOUT, JSON, KERNEL]),
    st.integers(0, 59),
    st.integers(1, 40),
)
ODD = st.sampled_from(
    [
        *(b"\n", b"\r\n", b"\r", b"\n\n\n", b"\0", b"\0" * 64, b"\0" * 5000, b"\xef\xbb\xbf", b"\xff\xfe", b"\x1b[31m"),
        *(b"x" * (MOST - 1), b"y" * MOST, b"z" * (MOST + 1), b"w" * 3 * MOST, b" " * 700, b"\t at x.y(Z.java:3)\n"),
        *(
            "é漢🦊\u2028\u202e".encode(),
            "漢".encode()[:2],
            "🦊".encode() * 100,
            b"Traceback (most recent call last):\n",
        ),
        *(b"{" * 200, b'{"time":', b"[" * 150, b'"' * 99, b"<34>", b"\x1f\x8b\x08", b"Feb 29 10:00:00 a b: c\n"),
        *(b"Dec 31 9999 23:59:59 a b: c\n", b"1970-01-01T00:00:00Z x\n", b"[99999999999.1] x\n", b"a=1 b=2 level=x\n"),
        b"[999999999.12] x: recorded timestamp: 01/Jan/0003:00:00:00\n",
        b"[    5.123456] setting system clock to 2024-05-01T10:00:00 UTC (1714557600)\n",
    ]
)
BYTES = st.lists(st.one_of(STRETCHES, ODD, st.binary(max_size=60)), max_size=8).map(b"".join)
CASES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)


class Dribble:
    """A pipe that gives its bytes in pieces of these sizes, then as many as are asked for."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data, self._sizes = data, sizes

    def read1(self, count: int) -> bytes:
        count = min(count, self._sizes.pop(0)) if self._sizes else count
        piece, self._data = self._data[:count], self._data[count:]
        return piece

    read = read1


def opened(path: Path, data: bytes, limits: Limits = LIMITS) -> LogReader | Skipped:
    path.write_bytes(data)
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    return open_reader(str(path), formats=FORMATS, limits=limits)


def piped(data: bytes, sizes: list[int]) -> LogReader | Skipped:
    stream = Dribble(data, list(sizes))
    return open_reader("-", formats=FORMATS, limits=LIMITS, stdin=stream, now=NOW)  # type: ignore[arg-type]


def messages(reader: LogReader) -> list[Event]:
    """The messages, made as the documented loop makes them."""
    found: list[list[Line]] = []
    state = 0
    for block in reader.blocks():
        shapes = reader.shapes(block)
        assert len(shapes) == len(block.lines)
        for index, raw in enumerate(block.lines):
            kind = reader.kind(raw)
            state = reader.step(state, kind, raw) if kind else 0
            if state > 0 and found:
                found[-1].append(block.line(reader.source, index))
            else:
                found.append([block.line(reader.source, index)])
    return [reader.event(first, more) for first, *more in found]


def lines_of(events: list[Event]) -> list[Line]:
    return [line for event in events for line in (event.line, *event.more)]


def left(data: bytes, lines: list[Line]) -> bytes:
    """The bytes that no line accounts for; each is accounted for once, and in order."""
    rest, at = b"", 0
    for line in lines:
        assert line.offset >= at
        assert data[line.offset :].startswith(line.raw)
        rest += data[at : line.offset]
        at = line.offset + len(line.raw) + line.cut
        if data[at : at + 1] == b"\r" and data[at + 1 : at + 2] in (b"\n", b"", b"\0"):
            at += 1
        at += data[at : at + 1] == b"\n"
    return rest + data[at:]


@CASES
@given(BYTES)
@example(b"a\r\r\n\r")
@example(b"\xef\xbb\xbfone\n" + b"\0" * 5000 + b"two\r\n")
@example(SYSLOG % (1, 1) * 3000 + LAYOUT % (2, 2) * 3000)
def test_every_byte_is_in_a_line_in_its_ending_cut_or_in_a_hole(tmp_path: Path, data: bytes) -> None:
    reader = opened(tmp_path / "any.log", data)
    if isinstance(reader, Skipped):
        assert reader.reason.endswith(".")
        return
    events = messages(reader)
    lines = lines_of(events)
    if any("UTF-16" in note or note.startswith("gzip") for note in reader.notes):
        assert all(one.offset <= other.offset for one, other in pairwise(lines))
        return
    rest = left(data, lines)
    mark = b"\xef\xbb\xbf" * data.startswith(b"\xef\xbb\xbf")
    assert rest.removeprefix(mark).strip(b"\0") == b""
    assert bool(rest.removeprefix(mark)) == any("holes" in note for note in reader.notes)
    assert any(line.cut for line in lines) == any("were cut" in note for note in reader.notes)
    assert [line.number for line in lines] == [1 + data.count(b"\n", 0, line.offset) for line in lines]
    assert all(event.time is None or event.time.tzinfo is not None for event in events)


def told(reader: LogReader) -> list[tuple[int, int, bytes, int]]:
    return [(line.offset, line.number, line.raw, line.cut) for line in lines_of(messages(reader))]


def accounts(note: str) -> bool:
    """Whether a note is about bytes. Where a format changes is noticed by samples of each block, so it may differ."""
    return " format " not in note and "clocks" not in note


@CASES
@given(BYTES, st.lists(st.integers(1, 400), max_size=30))
def test_the_pieces_that_a_pipe_gives_do_not_matter(data: bytes, sizes: list[int]) -> None:
    whole, parts = piped(data, []), piped(data, sizes)
    assert type(whole) is type(parts)
    if isinstance(whole, LogReader) and isinstance(parts, LogReader):
        assert told(whole) == told(parts)
        assert sorted(filter(accounts, whole.notes)) == sorted(filter(accounts, parts.notes))


@CASES
@given(BYTES, st.sampled_from([gzip.compress, bz2.compress, lzma.compress]))
def test_what_was_packed_is_read_as_what_it_was(tmp_path: Path, data: bytes, pack: Callable[[bytes], bytes]) -> None:
    plain, packed = piped(data, []), opened(tmp_path / "any.log.packed", pack(data))
    if isinstance(plain, LogReader) and isinstance(packed, LogReader):
        assert told(plain) == told(packed)
        assert plain.format.name == packed.format.name
    else:
        assert isinstance(packed, Skipped)


@CASES
@given(BYTES, st.sampled_from([gzip.compress, bz2.compress, lzma.compress]), st.floats(0, 1))
def test_what_was_packed_and_cut_is_read_as_far_as_it_goes(
    tmp_path: Path, data: bytes, pack: Callable[[bytes], bytes], share: float
) -> None:
    # Of a hole or a mark that was cut, what is left is no longer one.
    data = data.replace(b"\0", b"").replace(b"\xef\xbb\xbf", b"")
    packed = pack(data)
    size = int(share * len(packed))
    plain, cut = piped(data, []), opened(tmp_path / "any.log.packed", packed[:size])
    if not isinstance(plain, LogReader) or not isinstance(cut, LogReader) or any("UTF-16" in n for n in plain.notes):
        return
    got, whole = ([one[:2] for one in told(reader)] for reader in (cut, plain))
    if size > 20:  # less does not show that it was packed
        assert got == whole[: len(got)]
        assert len(got) == len(whole) or cut.notes


@CASES
@given(BYTES, st.integers(0, 1 << 16), st.integers(1, 255))
def test_what_was_packed_and_damaged_raises_nothing(tmp_path: Path, data: bytes, place: int, flip: int) -> None:
    packed = bytearray(gzip.compress(data))
    packed[place % len(packed)] ^= flip
    reader = opened(tmp_path / "any.log.gz", bytes(packed))
    if isinstance(reader, LogReader):
        lines = lines_of(messages(reader))
        assert all(one.offset <= other.offset for one, other in pairwise(lines))


@CASES
@given(BYTES, st.integers(1, 30), st.booleans())
def test_the_end_of_a_file_is_the_end_of_its_lines(tmp_path: Path, data: bytes, wanted: int, by_size: bool) -> None:
    limits = Limits(max_line=MOST, max_bytes=100 * wanted) if by_size else Limits(max_line=MOST, last=wanted)
    whole, end = opened(tmp_path / "any.log", data), opened(tmp_path / "any.log", data, limits)
    if not isinstance(whole, LogReader) or not isinstance(end, LogReader) or "UTF-16" in " ".join(whole.notes):
        return
    everything = [(line.offset, line.number) for line in lines_of(messages(whole))]
    last = [(line.offset, line.number) for line in lines_of(messages(end))]
    if by_size and len(last) == 1:  # there was no room for the beginning of the last line
        assert last[0] >= everything[-1]
        return
    assert last == everything[len(everything) - len(last) :] or any(
        "hole" in note or "cut" in note for note in whole.notes
    )


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_change_of_format_is_at_the_same_line_however_the_bytes_come(size: int) -> None:
    data = b"".join(SYSLOG % (n % 60, n) for n in range(900)) + b"".join(JSON % (n % 60, n) for n in range(900))
    reader = piped(data, [size * 50] * (len(data) // (size * 50)))
    assert isinstance(reader, LogReader)
    assert left(data, lines_of(messages(reader))) == b""
