"""Compressed logs: every member, as far as it is whole, and never more than the limit."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import struct
import sys
import time
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

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Pack = Callable[[bytes], bytes]
PACKS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd.compress}
EVERY_KIND = pytest.mark.parametrize("kind", list(PACKS))
TEXT = b"".join(b"Jan  5 10:00:%02d web nginx[7]: request %d\n" % (i % 60, i * 7919 % 10007) for i in range(20000))


@EVERY_KIND
def test_what_was_packed_is_read_whatever_its_name(tmp_path: Path, kind: str) -> None:
    reader = opened(written(tmp_path / "app.log", PACKS[kind](TEXT)))
    lines = lines_of(reader)
    assert b"".join(line.raw + b"\n" for line in lines) == TEXT
    assert reader.format.name == "syslog"
    assert TEXT[lines[-1].offset :] == lines[-1].raw + b"\n"
    assert reader.notes == []


@EVERY_KIND
def test_members_that_follow_each_other_are_one_text(tmp_path: Path, kind: str) -> None:
    pack: Pack = PACKS[kind]
    data = pack(b"one\ntw") + pack(b"") + pack(b"o\nthree\n") + b"\0" * 20
    reader = opened(written(tmp_path / "a.gz", data))
    assert [line.raw for line in lines_of(reader)] == [b"one", b"two", b"three"]
    assert reader.notes == []


def test_frames_of_zstd_that_are_to_be_skipped_are_skipped(tmp_path: Path) -> None:
    def skippable(number: int) -> bytes:
        return struct.pack("<II", 0x184D2A50 + number, 5) + b"apart"

    data = skippable(0) + zstd.compress(b"one\n") + skippable(15) + zstd.compress(b"two\n") + skippable(7)
    reader = opened(written(tmp_path / "a.zst", data))
    assert [line.raw for line in lines_of(reader)] == [b"one", b"two"]
    assert reader.notes == []


@EVERY_KIND
@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=60))
def test_members_may_be_split_anywhere_between_reads(kind: str, sizes: list[int]) -> None:
    data = PACKS[kind](b"one\n") + PACKS[kind](b"two\n")
    pieces, at = [], 0
    for size in [*sizes, len(data)]:
        if data[at : at + size]:
            pieces.append((at, data[at : at + size]))
        at += size
    notes: list[str] = []
    assert b"".join(text for _, text in packed.Unpacking(kind, 1 << 20, notes).pieces(iter(pieces))) == b"one\ntwo\n"
    assert notes == []


@EVERY_KIND
def test_of_a_truncated_file_the_beginning_is_read(tmp_path: Path, kind: str) -> None:
    data = PACKS[kind](TEXT * 4)
    reader = opened(written(tmp_path / "a.gz", data[: len(data) * 7 // 8]))
    lines = lines_of(reader)
    assert len(lines) > 5000
    assert (TEXT * 4).startswith(b"\n".join(line.raw for line in lines))
    assert [f"{kind} ends too early" in note for note in reader.notes] == [True]


@EVERY_KIND
def test_of_a_damaged_file_what_precedes_the_damage_is_read(tmp_path: Path, kind: str) -> None:
    # Two members, of which the second is damaged: what some packers say of one block says nothing before its end.
    first, second = PACKS[kind](TEXT[:470000]), bytearray(PACKS[kind](TEXT[470000:]))
    second[len(second) // 2 : len(second) // 2 + 40] = b"\xff" * 40
    reader = opened(written(tmp_path / "a.gz", first + bytes(second)))
    lines = lines_of(reader)
    assert len(lines) >= TEXT[:470000].count(b"\n")
    assert TEXT.startswith(b"\n".join(line.raw for line in lines[:10000]))
    assert [f"{kind} damaged at byte" in note for note in reader.notes] == [True]


@pytest.mark.parametrize("kind", ["gzip", "zstd", "xz"])
def test_little_is_lost_before_the_damage(tmp_path: Path, kind: str) -> None:
    noise = random.Random(3).randbytes(400_000).hex().encode()
    data = bytearray(PACKS[kind](b"\n".join(noise[at : at + 80] for at in range(0, len(noise), 80))))
    at = len(data) // 2
    data[at : at + 140_000] = b"\xff" * 140_000  # a zstd block and more: what is not checked may not be missed
    reader = opened(written(tmp_path / "a.gz", bytes(data)))
    assert sum(len(line.raw) + 1 for line in lines_of(reader)) > 300_000
    assert f"{kind} damaged at byte" in reader.notes[0]


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


@EVERY_KIND
def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(packed, "BOMB_AFTER", 1 << 20)
    reader = opened(written(tmp_path / "a.gz", PACKS[kind](b"\n" * (32 << 20))))
    assert sum(len(block.lines) for block in reader.blocks()) < 24 << 20
    assert f"{kind}: stopped after" in reader.notes[0]


@EVERY_KIND
def test_endless_empty_members_take_little_time(tmp_path: Path, kind: str) -> None:
    data = PACKS[kind](b"") * (1_000_000 // len(PACKS[kind](b"")))
    path = written(tmp_path / "a.gz", data + PACKS[kind](b"line\n"))
    began = time.process_time()
    assert [line.raw for line in lines_of(opened(path))] == [b"line"]
    assert time.process_time() - began < 20


@pytest.mark.parametrize("kind", ["xz", "zstd"])
def test_a_packer_that_wants_too_much_memory_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(packed, "MOST_MEMORY", 1 << 20)
    monkeypatch.setattr(packed, "_WINDOW_LOG", 10)
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 23})
    greedy = lzma.compress(TEXT) if kind == "xz" else packer.compress(TEXT) + packer.flush()
    found = open_reader(str(written(tmp_path / "a", greedy)), formats=FORMATS)
    assert isinstance(found, Skipped)
    assert f"Its {kind} wants more than 1 MiB of memory" in found.reason


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
@given(
    kind=st.sampled_from(list(PACKS)), data=st.binary(max_size=400), at=st.integers(0, 400), flip=st.integers(0, 255)
)
def test_any_damage_is_survived(tmp_path: Path, kind: str, data: bytes, at: int, flip: int) -> None:
    whole = bytearray(PACKS[kind](data + b"\nline\n"))
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
