"""Compressed logs: every member, as far as it is whole, and never more than the limit."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeops.intake import packed
from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.records import Skipped

from .opened import FORMATS, lines_of, opened, written

TEXT = b"".join(b"Jan  5 10:00:%02d web nginx[7]: request %d\n" % (i % 60, i * 7919 % 10007) for i in range(20000))


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gz"), (bz2.compress, "bz2"), (lzma.compress, "xz")])
def test_what_was_packed_is_read_whatever_its_name(tmp_path: Path, pack: Callable[[bytes], bytes], name: str) -> None:
    reader = opened(written(tmp_path / "app.log", pack(TEXT)))
    lines = lines_of(reader)
    assert b"".join(line.raw + b"\n" for line in lines) == TEXT
    assert reader.format.name == "syslog"
    assert TEXT[lines[-1].offset :] == lines[-1].raw + b"\n"
    assert reader.notes == []


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_members_that_follow_each_other_are_one_text(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    data = pack(b"one\ntw") + pack(b"") + pack(b"o\nthree\n") + b"\0" * 20
    reader = opened(written(tmp_path / "a.gz", data))
    assert [line.raw for line in lines_of(reader)] == [b"one", b"two", b"three"]
    assert reader.notes == []


@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=60))
def test_members_may_be_split_anywhere_between_reads(sizes: list[int]) -> None:
    data = gzip.compress(b"one\n", mtime=0) + gzip.compress(b"two\n", mtime=0)
    pieces, at = [], 0
    for size in [*sizes, len(data)]:
        if data[at : at + size]:
            pieces.append((at, data[at : at + size]))
        at += size
    notes: list[str] = []
    assert b"".join(text for _, text in packed.unpacked(iter(pieces), "gzip", 1 << 20, notes)) == b"one\ntwo\n"
    assert notes == []


def test_of_a_truncated_file_the_beginning_is_read(tmp_path: Path) -> None:
    data = gzip.compress(TEXT)
    reader = opened(written(tmp_path / "a.gz", data[: len(data) // 2]))
    lines = lines_of(reader)
    assert len(lines) > 5000
    assert TEXT.startswith(b"\n".join(line.raw for line in lines))
    assert "gzip ends too early" in reader.notes[0]


def test_of_a_damaged_file_what_precedes_the_damage_is_read(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(TEXT))
    data[len(data) // 2 : len(data) // 2 + 40] = b"\xff" * 40
    reader = opened(written(tmp_path / "a.gz", bytes(data)))
    lines = lines_of(reader)
    assert len(lines) > 5000
    assert TEXT.startswith(b"\n".join(line.raw for line in lines[:5000]))
    assert "gzip damaged at byte" in reader.notes[0]


def test_a_wrong_checksum_at_the_end_loses_no_text(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(TEXT[:4700]))
    data[-6] ^= 0xFF
    reader = opened(written(tmp_path / "a.gz", bytes(data)))
    assert sum(len(line.raw) + 1 for line in lines_of(reader)) >= 4700 - 64
    assert "gzip damaged" in reader.notes[0]


def test_other_bytes_after_the_end_are_told(tmp_path: Path) -> None:
    reader = opened(written(tmp_path / "a.gz", gzip.compress(b"one\n") + b"plain text\n"))
    assert [line.raw for line in lines_of(reader)] == [b"one"]
    assert "are not gzip and were not read" in reader.notes[0]


def test_a_file_that_is_damaged_at_once_is_told(tmp_path: Path) -> None:
    found = open_reader(str(written(tmp_path / "a.gz", b"\x1f\x8b\x08" + b"\xff" * 50)), formats=FORMATS)
    assert isinstance(found, Skipped)
    assert "gzip" in found.reason


def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "BOMB_AFTER", 4 << 20)
    reader = opened(written(tmp_path / "a.gz", gzip.compress(b"\n" * (64 << 20))))
    assert sum(len(block.lines) for block in reader.blocks()) < 32 << 20
    assert "gzip: stopped after" in reader.notes[0]


def test_no_more_than_the_limit_is_unpacked(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(3 << 20).hex().encode()
    reader = opened(written(tmp_path / "a.gz", gzip.compress(noise)), max_stream=1 << 20)
    assert lines_of(reader)[0].cut < 3 << 20
    assert any("gzip: stopped after" in note for note in reader.notes)


def test_the_last_lines_of_a_packed_file_are_read(tmp_path: Path) -> None:
    lines = lines_of(opened(written(tmp_path / "a.gz", gzip.compress(TEXT)), last=5))
    assert [line.number for line in lines] == [19996, 19997, 19998, 19999, 20000]


def test_utf_16_inside_a_packed_file_is_read(tmp_path: Path) -> None:
    lines = lines_of(opened(written(tmp_path / "a.gz", gzip.compress("\ufeffeins\nzwei\n".encode("utf-16-le")))))
    assert [line.raw for line in lines] == [b"eins", b"zwei"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.binary(max_size=400), at=st.integers(0, 400), flip=st.integers(0, 255))
def test_any_damage_is_survived(tmp_path: Path, data: bytes, at: int, flip: int) -> None:
    whole = bytearray(gzip.compress(data + b"\nline\n"))
    whole[at % len(whole)] ^= flip
    found = open_reader(str(written(tmp_path / "a.gz", bytes(whole))), formats=FORMATS)
    if isinstance(found, LogReader):
        lines_of(found)


def test_what_was_packed_twice_is_not_read_as_text(tmp_path: Path) -> None:
    skipped = open_reader(str(written(tmp_path / "a.gz", gzip.compress(gzip.compress(TEXT)))), formats=FORMATS)
    assert isinstance(skipped, Skipped)
    assert "compressed twice" in skipped.reason


def test_a_packed_file_that_is_hardly_begun_is_refused_in_a_sentence(tmp_path: Path) -> None:
    skipped = open_reader(str(written(tmp_path / "a.gz", gzip.compress(TEXT)[:5])), formats=FORMATS)
    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith("Its gzip ends too early")
