"""A damaged or hostile archive costs neither memory nor disk nor an exception."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeops.intake import archives, packed
from edgeops.intake.reader import Limits

from .archived import AS_READ, LOGS, read, special, tar, zipped
from .opened import written
from .test_packed import PACKS, TEXT, zstd

# ---------------------------------------------------------------- what is broken


@pytest.mark.parametrize("kind", ["", *PACKS])
def test_of_a_cut_archive_what_is_there_is_read_and_one_note_says_so(tmp_path: Path, kind: str) -> None:
    dice = random.Random(4)
    noise = b"\n".join(dice.randbytes(30).hex().encode() for _ in range(50000))
    data = tar(("a.log", b"whole\n"), ("b.log", noise))
    data = PACKS[kind](data) if kind else data
    found, notes = read(written(tmp_path / "a.tar", data[: len(data) // 2]))
    assert list(found) == ["a.log", "b.log"]
    assert found["a.log"] == [b"whole"]
    assert [len(told) for told in notes.values()] == [1]
    assert f"{kind or 'tar'} ends too early" in notes["b.log"][0]


def test_of_a_cut_zip_what_is_there_is_read(tmp_path: Path) -> None:
    data = zipped(("a.log", b"whole\n"), ("b.log", random.Random(4).randbytes(9000).hex().encode()))
    found, notes = read(written(tmp_path / "a.zip", data[: len(data) // 2]))
    assert found["a.log"] == [b"whole"]
    assert "zip ends too early" in notes["b.log"][0]


@pytest.mark.parametrize("pack", [tar, zipped])
def test_an_archive_without_its_end_is_told(tmp_path: Path, pack: Callable[..., bytes]) -> None:
    data = pack(("a.log", b"x" * 1023 + b"\n"))
    cut = data[:1536] if pack is tar else data[: data.index(b"PK\x01\x02")]
    found, _ = read(written(tmp_path / "a", cut))
    assert "no end mark" in found.pop("")
    assert list(found) == ["a.log"]


def test_after_a_damaged_header_the_next_member_is_read(tmp_path: Path) -> None:
    data = bytearray(tar(("a.log", b"1\n"), ("b.log", b"2\n"), ("c.log", b"3\n"), form=tarfile.USTAR_FORMAT))
    data[1024] ^= 0xFF  # the name of b.log
    found, _ = read(written(tmp_path / "a.tar", bytes(data)))
    assert (found["a.log"], found["c.log"]) == ([b"1"], [b"3"])
    assert "damaged at its byte 1024" in found[""]


def test_a_wrong_checksum_in_a_zip_is_told(tmp_path: Path) -> None:
    data = bytearray(zipped(("a.log", b"text\n"), method=zipfile.ZIP_STORED))
    data[data.index(b"text")] ^= 1
    assert "checksum is wrong" in read(written(tmp_path / "a.zip", bytes(data)))[1]["a.log"][0]


@pytest.mark.parametrize("size", [8**11 - 1, 2**80, -1, -(2**70)])
def test_a_member_that_claims_an_absurd_size_is_read_to_the_end(tmp_path: Path, size: int) -> None:
    block = bytearray(tar(("a.log", b"line\n"))[:512])
    block[124:136] = b"%011o\0" % size if 0 < size < 8**11 else (size & (2**96 - 1) | 2**95).to_bytes(12, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    found, notes = read(written(tmp_path / "a.tar", tar(*LOGS)[:2048] + bytes(block) + b"line\n" * 1000))
    assert {name: found[name] for name in AS_READ} == AS_READ
    if size > 0:
        assert len(found["a.log"]) == 1000
        assert "tar ends too early" in notes["a.log"][0]


def test_a_name_of_a_gigabyte_takes_no_memory(tmp_path: Path) -> None:
    block = bytearray(tar(special("././@LongLink", b"L"))[:512])
    block[124:136] = b"%011o\0" % (1 << 30)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    path = written(tmp_path / "a.tar", bytes(block))
    os.truncate(path, 512 + (1 << 30))
    with path.open("ab") as file:
        file.write(tar(("a.log", b"x\n")))
    assert _peak_of(path)[1] < 45


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    pack=st.sampled_from([tar, zipped]),
    flips=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=12),
    cut=st.integers(0, 12000),
)
def test_any_damage_is_survived(
    tmp_path: Path, pack: Callable[..., bytes], flips: list[tuple[int, int]], cut: int
) -> None:
    whole = bytearray(pack(*LOGS, ("more.log", TEXT[:2000]), ("x.gz", gzip.compress(b"deep\n")))[:cut])
    for at, value in flips:
        if at < len(whole):
            whole[at] = value
    read(written(tmp_path / "a.tar", bytes(whole)))


# ---------------------------------------------------------------- what is too much


def test_a_million_empty_members_are_few_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_TOLD", 20)
    block = tar(special("e.log", tarfile.REGTYPE))[:512]
    path = written(tmp_path / "a.tar", block * 20_000 + tar(*LOGS))
    found, _ = read(path)
    assert len(found) == 20 + 2 + 1
    assert "19980 more members" in found[""]
    assert found["var/log/app.log"] == [b"three"]


def test_a_member_of_a_terabyte_that_is_a_hole_ends_soon(tmp_path: Path) -> None:
    info = tarfile.TarInfo("hollow.png")
    info.size = 1 << 40
    path = written(tmp_path / "a.tar", tar(("a.log", b"line\n"))[:1024] + info.tobuf())
    os.truncate(path, 1 << 40)
    began = time.monotonic()
    found, _ = read(path, Limits(max_archive=64 << 20))
    assert time.monotonic() - began < 10
    assert found["a.log"] == [b"line"]
    assert "only the first 67108864 bytes" in found[""]


def test_an_archive_of_nothing_but_headers_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeops.intake.tar.MOST_HEADERS", 100)
    monkeypatch.setattr("edgeops.intake.zip.MOST_HEADERS", 100)
    folders = tar(special("d", tarfile.DIRTYPE))[:512] * 9999
    written(tmp_path / "a.tar", tar(("a.log", b"line\n"))[:1024] + folders)
    written(tmp_path / "a.zip", zipped(("a.log", b"line\n"), *((f"{number}/", b"") for number in range(200))))
    for name in ("a.tar", "a.zip"):
        found, _ = read(tmp_path / name)
        assert found["a.log"] == [b"line"]
        assert "stopped after 100 headers" in found[""]


def test_an_archive_of_too_many_members_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    found, _ = read(written(tmp_path / "a.tar", tar(*((f"{n}.log", b"x\n") for n in range(9)))))
    assert list(found) == ["0.log", "1.log", "2.log", ""]
    assert "stopped after 3 members" in found[""]


def test_bombs_in_a_bomb_are_stopped_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "BOMB_AFTER", 1 << 20)
    bomb = gzip.compress(b"\n" * (3 << 19))
    path = written(tmp_path / "a.tgz", gzip.compress(tar(*((f"{n}.gz", bomb) for n in range(500)))))
    found, notes = read(path)
    assert len(found) < 50
    assert sum(map(len, found.values())) < 16 << 20
    assert any("stopped after" in note for told in notes.values() for note in told)


def test_no_more_than_the_limits_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar", tar(*((f"{n}.log", TEXT) for n in range(6))))
    found, notes = read(path, Limits(max_stream=100_000))
    assert len(found) == 6
    assert "only the first 100000 bytes" in notes["0.log"][0]
    found, _ = read(path, Limits(max_archive=len(TEXT) * 2))
    assert len(found) < 6


def test_the_last_lines_of_each_member_are_read(tmp_path: Path) -> None:
    found, _ = read(written(tmp_path / "a.tar", tar(*LOGS)), Limits(last=1))
    assert found == {"var/log/syslog": [b"two"], "var/log/app.log": [b"three"]}


_READ = """
import resource, sys
from edgeops.intake.archives import open_readers
from edgeops.intake.formats import edgeops_formats
from edgeops.intake.log import LogReader
formats = tuple(edgeops_formats())
import edgeops.intake.packed, bz2, lzma
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
lines = 0
for reader in open_readers(sys.argv[1], formats=formats):
    if isinstance(reader, LogReader):
        lines += sum(len(block.lines) for block in reader.blocks())
print(lines, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def _peak_of(path: Path) -> tuple[int, int]:
    """Lines read, and MiB by which a process that reads them grows."""
    done = subprocess.run([sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=True)
    lines, grown = map(int, done.stdout.split())
    return lines, grown


@pytest.mark.parametrize("kind", list(PACKS))
def test_ten_gigabytes_in_ten_megabytes_take_no_memory(tmp_path: Path, kind: str) -> None:
    # Many members of 64 MiB each, in a tar that says it holds one file.
    bomb, info = PACKS[kind](b"\n" * (64 << 20)), tarfile.TarInfo("bomb.log")
    info.size = 160 << 26
    path = written(tmp_path / "a", PACKS[kind](info.tobuf()) + bomb * 160)
    lines, grown = _peak_of(path)
    assert lines < 1 << 30
    assert grown <= 50


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_large_member_takes_no_memory(tmp_path: Path, kind: str) -> None:
    info = tarfile.TarInfo("large.log")
    info.size = len(TEXT) * 150
    with {"gzip": gzip.open, "zstd": zstd.open}[kind](tmp_path / "a", "wb") as out:  # type: ignore[operator]
        out.write(tar(info)[:512])
        for number in range(150):
            out.write(
                TEXT.translate(bytes.maketrans(b"0123456789", random.Random(number).randbytes(10).hex()[:10].encode()))
            )
        out.write(bytes(1024))
    lines, grown = _peak_of(tmp_path / "a")
    assert lines == 150 * 20000
    assert grown <= 50
