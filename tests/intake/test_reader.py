"""Whatever a log is made of, it is read or passed over with one sentence; nothing raises, hangs or grows."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeops.intake.log import LogReader
from edgeops.intake.reader import Limits, open_reader
from edgeops.records import Skipped

from .opened import FORMATS, NOW, lines_of, opened, written

TEXT = b"".join(b"2024-05-01T10:00:%02dZ host app[1]: message number %d\n" % (i % 60, i) for i in range(1000))


def reason_of(path: Path) -> str:
    found = open_reader(str(path), formats=FORMATS)
    assert isinstance(found, Skipped)
    assert found.reason.endswith(".")
    return found.reason


def test_a_plain_log_is_read_whole(tmp_path: Path) -> None:
    reader = opened(written(tmp_path / "a.log", TEXT))
    lines = lines_of(reader)
    assert reader.format.name == "syslog-iso"
    assert b"".join(line.raw + b"\n" for line in lines) == TEXT
    assert [line.number for line in lines] == list(range(1, 1001))
    assert reader.notes == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=3000))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    found = open_reader(str(written(tmp_path / "any.log", data)), formats=FORMATS)
    if isinstance(found, LogReader):
        for line in lines_of(found):
            assert line.raw in data or "UTF-16" in found.notes[0]
            assert found.event(line).line == line


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs"), codec="utf-8"), max_size=200).map(
        lambda text: text.split("\x1e")
    )
)
def test_any_text_in_utf_16_is_the_same_text(tmp_path: Path, texts: list[str]) -> None:
    whole = "\n".join(["first", *texts, "last"])
    reader = opened(written(tmp_path / "wide.log", b"\xff\xfe" + whole.encode("utf-16-le")))
    kept = [line.raw.decode("utf-8", "surrogatepass") for line in lines_of(reader)]
    assert "\n".join(kept) == whole or "\0" * 64 in whole


# ---------------------------------------------------------------- what is no log


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert reason_of(tmp_path / "gone.log") == "There is no such file; check the name and the directory."


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    assert reason_of(written(tmp_path / "a.log", b"")) == "It is empty; there is nothing to read."


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "secret.log", TEXT)
    path.chmod(0)
    if os.geteuid():
        assert "not allowed to read" in reason_of(path)
        return
    tmp_path.chmod(0o755)
    os.seteuid(65534)
    try:
        found = open_reader(str(path), formats=FORMATS)
    finally:
        os.seteuid(0)
    assert isinstance(found, Skipped)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is a pipe" in reason_of(tmp_path / "pipe")


def test_a_device_is_told() -> None:
    assert "is a device" in reason_of(Path("/dev/zero"))


def test_a_directory_is_told(tmp_path: Path) -> None:
    assert "is a directory" in reason_of(tmp_path)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)), "a program"),
        (b"LPKSHHRH" + bytes(200), "journalctl --file"),
        (bytes(range(256)) * 40, "binary data"),
        (b"PK\x03\x04" + bytes(40), "zip archive"),
        (b"\x04\x22\x4d\x18" + bytes(40), "lz4 -d"),
        (b"\x1f\x9d\x90" + bytes(40), "uncompress"),
        (b"name.txt" + bytes(249) + b"ustar\x00" + bytes(300), "tar archive"),
    ],
)
def test_a_binary_file_is_told_for_what_it_is(tmp_path: Path, head: bytes, words: str) -> None:
    assert words in reason_of(written(tmp_path / "some.log", head))


def test_a_file_that_is_only_a_hole_is_told(tmp_path: Path) -> None:
    with (tmp_path / "hole.log").open("wb") as file:
        file.truncate(1 << 30)
    assert "hole of 1 GiB" in reason_of(tmp_path / "hole.log")


# ---------------------------------------------------------------- large and odd


def test_a_sparse_file_of_10_gb_gives_its_lines_at_once(tmp_path: Path) -> None:
    with (tmp_path / "sparse.log").open("wb") as file:
        file.write(b"head one\nhead two\n")
        file.seek(10 << 30)
        file.write(b"tail one\ntail two\n")
    reader = opened(tmp_path / "sparse.log")
    lines = lines_of(reader)
    assert [line.raw for line in lines] == [b"head one", b"head two", b"tail one", b"tail two"]
    assert [line.offset for line in lines] == [0, 9, 10 << 30, (10 << 30) + 9]
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert reader.notes == ["1 holes of 10 GiB in all (NUL bytes) were passed over"]


def test_of_a_large_file_the_end_is_read_with_its_true_numbers(tmp_path: Path) -> None:
    reader = opened(written(tmp_path / "a.log", TEXT), max_bytes=5000)
    lines = lines_of(reader)
    assert lines[-1].number == 1000
    assert lines[0].number == 1001 - len(lines)
    assert TEXT[lines[0].offset :].startswith(lines[0].raw + b"\n")
    assert TEXT[lines[0].offset - 1 : lines[0].offset] == b"\n"
    assert "only the last 4.883 KiB of" in reader.notes[0]


def test_numbers_that_would_cost_too_much_begin_at_one_and_that_is_told(tmp_path: Path) -> None:
    reader = opened(written(tmp_path / "a.log", TEXT), max_bytes=5000, max_count=1000)
    assert lines_of(reader)[0].number == 2
    assert "line 1 is the first line read" in reader.notes[0]


@pytest.mark.parametrize("ending", [b"\n", b""])
@pytest.mark.parametrize("wanted", [1, 7, 999, 1000, 5000])
def test_the_last_lines_are_read(tmp_path: Path, wanted: int, ending: bytes) -> None:
    reader = opened(written(tmp_path / "a.log", TEXT.rstrip(b"\n") + ending), last=wanted)
    lines = lines_of(reader)
    assert [line.number for line in lines] == list(range(max(1, 1001 - wanted), 1001))
    assert reader.notes == []


def test_the_last_lines_of_a_pipe_are_kept() -> None:
    reader = open_reader("-", formats=FORMATS, stdin=io.BytesIO(TEXT), limits=Limits(last=3), now=NOW)
    assert isinstance(reader, LogReader)
    lines = lines_of(reader)
    assert [(line.number, line.raw) for line in lines] == [(n, TEXT.split(b"\n")[n - 1]) for n in (998, 999, 1000)]
    assert lines[0].offset == TEXT.index(lines[0].raw)


def test_a_pipe_is_read_up_to_its_limit() -> None:
    reader = open_reader("-", formats=FORMATS, stdin=io.BytesIO(TEXT), limits=Limits(max_stream=1000), now=NOW)
    assert isinstance(reader, LogReader)
    assert sum(len(line.raw) + 1 for line in lines_of(reader)) <= 1001
    assert reader.notes == ["only the first 1000 bytes of the stream were read"]


MEMORY = """
import resource, sys
from edgeops.intake.formats import edgeops_formats
from edgeops.intake.reader import open_reader
formats = tuple(edgeops_formats())
def read(path):
    reader = open_reader(path, formats=formats)
    return [(len(l), b.cut) for b in reader.blocks() for l in b.lines], reader.notes
read(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
lines, notes = read(sys.argv[2])
print(lines, notes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_line_of_64_mib_costs_no_memory(tmp_path: Path) -> None:
    small = written(tmp_path / "small.log", TEXT * 40)
    with (tmp_path / "long.log").open("wb") as file:
        file.write(b"first\n")
        for _ in range(64):
            file.write(b"x" * (1 << 20))
        file.write(b"\nlast\n")
    arguments = [sys.executable, "-c", MEMORY, str(small), str(tmp_path / "long.log")]
    out = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=60).stdout
    assert f"[(5, 0), (65536, {(64 << 20) - 65536}), (4, 0)]" in out
    assert "1 lines longer than 64 KiB were cut" in out
    assert int(out.split()[-1]) <= 8 * 1024


# ---------------------------------------------------------------- encodings


def test_crlf_is_no_part_of_a_line(tmp_path: Path) -> None:
    lines = lines_of(opened(written(tmp_path / "a.log", b"one\r\ntwo\r\nthree")))
    assert [(line.raw, line.offset) for line in lines] == [(b"one", 0), (b"two", 5), (b"three", 10)]


def test_invalid_utf_8_is_kept_and_shown_as_replacement(tmp_path: Path) -> None:
    line = lines_of(opened(written(tmp_path / "a.log", b"caf\xe9 \xff\xfe ok\n")))[0]
    assert line.raw == b"caf\xe9 \xff\xfe ok"
    assert line.text == "caf\ufffd \ufffd\ufffd ok"


def test_a_utf_8_mark_is_dropped(tmp_path: Path) -> None:
    line = lines_of(opened(written(tmp_path / "a.log", b"\xef\xbb\xbf2024-05-01 10:00:00 INFO x\n")))[0]
    assert (line.raw[:4], line.offset, line.number) == (b"2024", 3, 1)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("marked", [True, False])
def test_utf_16_becomes_utf_8_with_the_offsets_of_the_source(tmp_path: Path, codec: str, marked: bool) -> None:
    text = "2024-05-01 10:00:00 ERROR größer 漢字 🦊\r\nzweite Zeile\nund eine dritte, lange"
    data = (("\ufeff" if marked else "") + text).encode(codec)
    reader = opened(written(tmp_path / "a.log", data))
    lines = lines_of(reader)
    assert [line.text for line in lines] == text.replace("\r", "").split("\n")
    for line in lines:
        assert data[line.offset :].startswith(line.text.encode(codec))
    assert reader.notes == [f"{codec.upper()} was converted to UTF-8"]


def test_the_end_of_a_large_utf_16_file_begins_at_a_line(tmp_path: Path) -> None:
    data = ("\ufeff" + "".join(f"line {i}\n" for i in range(1000))).encode("utf-16-le")
    lines = lines_of(opened(written(tmp_path / "a.log", data), max_bytes=1001))
    assert lines[-1].text == "line 999"
    assert all(line.text.startswith("line ") for line in lines)


def test_what_a_crash_left_as_nul_is_passed_over_and_counted(tmp_path: Path) -> None:
    reader = opened(written(tmp_path / "a.log", b"one\ntw" + b"\0" * 3000 + b"three\nfour\n"))
    assert [(line.raw, line.number) for line in lines_of(reader)] == [
        (b"one", 1),
        (b"tw", 2),
        (b"three", 2),
        (b"four", 3),
    ]
    assert reader.notes == ["1 holes of 2.93 KiB in all (NUL bytes) were passed over"]


# ---------------------------------------------------------------- changing underfoot


def test_a_file_that_shrinks_while_it_is_read_ends_early(tmp_path: Path) -> None:
    path = written(tmp_path / "a.log", b"x" * 99 + b"\n" * 1 + (b"y" * 99 + b"\n") * 40000)
    reader = opened(path)
    blocks = reader.blocks()
    next(blocks)
    os.truncate(path, 10)
    assert sum(len(block.lines) for block in blocks) < 40001
    assert "shrank while it was read" in reader.notes[0]


def test_a_file_that_vanishes_or_grows_while_it_is_read_is_read_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path / "a.log", TEXT)
    reader = opened(path)
    with path.open("ab") as file:
        file.write(b"more\n")
    path.unlink()
    assert len(lines_of(reader)) == 1000


def test_a_read_error_ends_the_source_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = opened(written(tmp_path / "a.log", TEXT * 40))

    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", fail)
    assert lines_of(reader)
    assert "could not be read beyond byte" in reader.notes[0]


def test_reading_closes_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.log", TEXT)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        lines_of(opened(path))
        open_reader(str(written(tmp_path / "b.log", b"")), formats=FORMATS)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_of_proc_is_read_though_it_has_no_size() -> None:
    reader = open_reader("/proc/version", formats=FORMATS)
    assert isinstance(reader, LogReader)
    assert lines_of(reader)[0].raw.startswith(b"Linux")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40), min_size=1, max_size=9
    )
)
def test_shapes_of_a_block_are_the_shapes_of_its_lines(tmp_path: Path, texts: list[str]) -> None:
    for start in ("May  1 10:00:00 web1 app: ", '{"level":30,"msg":"x"} '):
        reader = opened(written(tmp_path / "a.log", "".join(f"{start}{text}\n" for text in texts).encode()))
        for block in reader.blocks():
            assert reader.shapes(block) == [reader.format.shape(raw) for raw in block.lines]
