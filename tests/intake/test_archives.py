"""Archives are read in one pass, member by member; a hostile one costs neither memory nor disk nor an exception."""

from __future__ import annotations

import gzip
import io
import os
import random
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeops.intake import archives, packed
from edgeops.intake.archives import open_readers
from edgeops.intake.log import LogReader
from edgeops.intake.reader import Limits, open_reader
from edgeops.records import Skipped

from .opened import FORMATS, events_of, lines_of, written
from .test_packed import PACKS, TEXT, zstd

Put = tuple[str, bytes]


def tar(*members: Put | tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive of files, and of members without content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size, info.mtime = len(member[1]), 1714557600
            archive.addfile(info, io.BytesIO(member[1]))
    return out.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zipped(*members: Put, method: int = zipfile.ZIP_DEFLATED, streamed: bool = False) -> bytes:
    """A zip archive; streamed as a packer writes it that cannot go back to fill in sizes."""
    out = io.BytesIO()
    sink = _Pipe(out) if streamed else out
    with zipfile.ZipFile(sink, "w", method) as archive:  # type: ignore[arg-type]
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


class _Pipe(io.RawIOBase):
    def __init__(self, to: io.BytesIO) -> None:
        self._to = to

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self._to.write(data)


Read = dict[str, list[bytes] | str]


def read(path: Path | str, limits: Limits | None = None) -> tuple[Read, dict[str, list[str]]]:
    """The lines of each member, or why it was not read; and the notes of each."""
    found: Read = {}
    notes: dict[str, list[str]] = {}
    for reader in open_readers(str(path), formats=FORMATS, limits=limits):
        name = reader.source.partition("!/")[2]
        if isinstance(reader, Skipped):
            assert reader.reason.endswith(".")
            found[name] = reader.reason
        else:
            found[name] = [raw for block in reader.blocks() for raw in block.lines]
            notes[name] = reader.notes
    return found, {name: told for name, told in notes.items() if told}


LOGS = (("var/log/syslog", b"one\ntwo\n"), ("var/log/app.log", b"three\n"))
AS_READ = {"var/log/syslog": [b"one", b"two"], "var/log/app.log": [b"three"]}
FORMS = [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT]


# ---------------------------------------------------------------- what is read


@pytest.mark.parametrize("form", FORMS)
def test_the_members_of_a_tar_are_sources(tmp_path: Path, form: int) -> None:
    assert read(written(tmp_path / "a.tar", tar(*LOGS, form=form))) == (AS_READ, {})


@pytest.mark.parametrize("kind", list(PACKS))
def test_a_packed_tar_is_read_in_one_go(tmp_path: Path, kind: str) -> None:
    assert read(written(tmp_path / "a.bin", PACKS[kind](tar(*LOGS)))) == (AS_READ, {})


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_members_of_a_zip_are_sources(tmp_path: Path, method: int, streamed: bool) -> None:
    data = zipped(("logs/", b""), *LOGS, ("empty.log", b""), method=method, streamed=streamed and method > 0)
    assert read(written(tmp_path / "a.zip", data)) == (
        {**AS_READ, "empty.log": "It is empty; there is nothing to read."},
        {},
    )


def test_a_line_knows_its_member_and_its_place_in_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tgz", gzip.compress(tar(*LOGS)))
    lines = [line for r in open_readers(str(path), formats=FORMATS) if isinstance(r, LogReader) for line in lines_of(r)]
    assert [(line.source, line.number, line.offset) for line in lines] == [
        (f"{path}!/var/log/syslog", 1, 0),
        (f"{path}!/var/log/syslog", 2, 4),
        (f"{path}!/var/log/app.log", 1, 0),
    ]


@pytest.mark.parametrize("pack", [tar, zipped])
def test_packed_members_are_unpacked_once(tmp_path: Path, pack: Callable[..., bytes]) -> None:
    members = [(f"{kind}.log", PACKS[kind](b"text of " + kind.encode())) for kind in PACKS]
    twice = ("twice.gz", gzip.compress(gzip.compress(TEXT)))
    found, notes = read(written(tmp_path / "a", pack(*members, twice)))
    assert {kind: found[f"{kind}.log"] for kind in PACKS} == {kind: [b"text of " + kind.encode()] for kind in PACKS}
    assert "compressed twice" in found["twice.gz"]
    assert notes == {}


@pytest.mark.parametrize("form", FORMS[:2])
def test_long_names_are_whole(tmp_path: Path, form: int) -> None:
    name = "/".join(f"directory{number:03}" for number in range(40)) + "/ü\udcff.log"
    assert list(read(written(tmp_path / "a.tar", tar((name, b"x\n"), form=form)))[0]) == [name]


def test_the_year_of_a_stamp_without_one_is_that_of_the_member(tmp_path: Path) -> None:
    info = tarfile.TarInfo("syslog")
    data = b"May  1 10:00:00 web1 app: started\n" * 20
    info.size, info.mtime = len(data), int(datetime(2019, 5, 1, 12, tzinfo=UTC).timestamp())
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(info, io.BytesIO(data))
    [reader] = open_readers(str(written(tmp_path / "a.tar", out.getvalue())), formats=FORMATS)
    assert isinstance(reader, LogReader)
    time = events_of(reader)[0].time
    assert time and time.year == 2019


def test_a_pipe_may_be_an_archive() -> None:
    stdin = io.BytesIO(gzip.compress(tar(*LOGS)))
    assert [r.source for r in open_readers("-", formats=FORMATS, stdin=stdin)] == [
        "-!/var/log/syslog",
        "-!/var/log/app.log",
    ]


@pytest.mark.parametrize("wanted", ["var/log/app.log", "var/log/a*", "*.log"])
def test_a_member_can_be_named(tmp_path: Path, wanted: str) -> None:
    path = written(tmp_path / "a.tar", tar(*LOGS))
    assert read(f"{path}!/{wanted}")[0] == {"var/log/app.log": [b"three"]}
    assert len(read(f"{path}!/var/")[0]) == 2


def test_a_member_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar", tar(*LOGS))
    assert "no such member" in read(f"{path}!/gone.log")[0]["gone.log"]
    plain = written(tmp_path / "a.log", TEXT)
    [skipped] = open_readers(f"{plain}!/x", formats=FORMATS)
    assert isinstance(skipped, Skipped)
    assert "no archive" in skipped.reason


def test_a_member_that_is_not_taken_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar", tar(("a.log", TEXT), ("b.log", b"last\n")))
    _, second = open_readers(str(path), formats=FORMATS)
    assert isinstance(second, LogReader)
    assert [line.raw for line in lines_of(second)] == [b"last"]


def test_who_wants_one_log_is_told_to_name_a_member(tmp_path: Path) -> None:
    skipped = open_reader(str(written(tmp_path / "a.tar", tar(*LOGS))), formats=FORMATS)
    assert isinstance(skipped, Skipped)
    assert "a.tar!/NAME" in skipped.reason


# ---------------------------------------------------------------- what is not


def test_what_is_no_log_in_it_is_passed_over_in_the_words_for_files(tmp_path: Path) -> None:
    members = [("logo.png", b"text"), ("program", b"\x7fELF" + bytes(99)), ("noise", random.Random(1).randbytes(9000))]
    found, _ = read(written(tmp_path / "a.tar", tar(*members, ("e.log", b""), *LOGS)))
    assert found == {
        "logo.png": "It is a picture or document.",
        "program": "It is a program.",
        "noise": "It is binary data, not text.",
        "e.log": "It is empty; there is nothing to read.",
        **AS_READ,
    }


def test_an_archive_in_an_archive_is_named_and_not_opened(tmp_path: Path) -> None:
    inner = tar(*LOGS)
    data = tar(("inner.tar", inner), ("inner.tgz", gzip.compress(inner)), ("inner.zip", zipped(*LOGS)))
    found, _ = read(written(tmp_path / "a.tar", data))
    assert len(found) == 3
    assert all("an archive inside an archive" in str(reason) for reason in found.values())


def test_links_devices_and_pipes_are_told(tmp_path: Path) -> None:
    odd = [
        special("soft", tarfile.SYMTYPE, "/etc/shadow"),
        special("hard", tarfile.LNKTYPE, "../../etc/shadow"),
        special("null", tarfile.CHRTYPE),
        special("disk", tarfile.BLKTYPE),
        special("pipe", tarfile.FIFOTYPE),
    ]
    found, _ = read(written(tmp_path / "a.tar", tar(*odd, special("d", tarfile.DIRTYPE), *LOGS)))
    reasons = [found.pop(name) for name in ("soft", "hard", "null", "disk", "pipe")]
    assert [str(reason).split()[2:4] for reason in reasons] == [
        ["a", "link;"], ["a", "link"], ["a", "device."], ["a", "device."], ["a", "pipe."],
    ]  # fmt: skip
    assert found == AS_READ


def test_names_that_lead_elsewhere_are_only_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    names = ["/tmp/absolute.log", "../escaped.log", "a/../../escaped.log", "\x1b[2J\n.log", "./dot.log"]
    path = written(tmp_path / "a.tar", tar(*((name, b"x\n") for name in names)))
    before = sorted(tmp_path.rglob("*"))
    found, _ = read(path)
    assert list(found) == ["tmp/absolute.log", "../escaped.log", "a/../../escaped.log", "\x1b[2J\n.log", "dot.log"]
    assert sorted(tmp_path.rglob("*")) == before


def test_sparse_members_are_told_and_passed_over(tmp_path: Path) -> None:
    hollow = tmp_path / "hollow.log"
    with hollow.open("wb") as file:
        for at in range(40):
            file.seek(at << 20)
            file.write(b"line\n")
    written(tmp_path / "b.log", b"after\n")
    for form in ("gnu", "pax"):
        subprocess.run(
            ["tar", f"--format={form}", "-S", "-cf", "a.tar", "hollow.log", "b.log"], cwd=tmp_path, check=True
        )
        found, notes = read(tmp_path / "a.tar")
        assert "has holes" in next(str(reason) for name, reason in found.items() if "hollow" in name)
        assert (found["b.log"], notes) == ([b"after"], {})


def test_a_hole_of_nul_in_a_member_is_passed_over(tmp_path: Path) -> None:
    data = b"before\n" + bytes(1 << 20) + b"after\n"
    found, notes = read(written(tmp_path / "a.tar", tar(("a.log", data))))
    assert found == {"a.log": [b"before", b"after"]}
    assert "1 holes" in notes["a.log"][0]


def test_members_of_one_name_are_told_apart(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar", tar(("a.log", b"1\n"), ("a.log", b"2\n"), ("a.log", b"3\n")))
    assert read(path)[0] == {"a.log": [b"1"], "a.log (2)": [b"2"], "a.log (3)": [b"3"]}
    assert read(f"{path}!/a.log (2)")[0] == {"a.log (2)": [b"2"]}


def test_what_is_encrypted_or_packed_in_other_ways_is_told(tmp_path: Path) -> None:
    locked = bytearray(zipped(("a.log", b"secret\n"), ("b.log", b"open\n")))
    locked[6] |= 1
    assert "encrypted" in read(written(tmp_path / "a.zip", bytes(locked)))[0]["a.log"]
    odd = zipped(("a.log", b"secret\n"), method=zipfile.ZIP_LZMA)
    assert "number 14" in read(written(tmp_path / "b.zip", odd))[0]["a.log"]


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
