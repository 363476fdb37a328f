"""The members of an archive are sources, read in one pass; what is no log among them is told."""

from __future__ import annotations

import gzip
import io
import random
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops.intake.archives import open_readers
from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.records import Skipped

from .archived import AS_READ, FORMS, LOGS, read, special, tar, zipped
from .opened import FORMATS, events_of, lines_of, written
from .test_packed import PACKS, TEXT

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
