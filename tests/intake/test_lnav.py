"""lnav's format files are read as they stand; what cannot be used of them costs a sentence, never the run."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edgeops.hooks import Format
from edgeops.intake.formats import lnav
from edgeops.intake.formats.stampings import stamping
from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.intake.timestamps import Clock
from edgeops.records import Event, Severity

from .opened import FORMATS, events_of, written

PRESS = {
    "title": "Press",
    "regex": {
        "long": {
            "pattern": r"^(?<timestamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\|(?<sev>\w\d)\|(?<hostname>\w+)/(?<procname>[[:alpha:]]+)\[(?<pid>\d+)\]\|(?<machine>[^|]++)\|(?<body>.*)$"
        },
        "short": {"pattern": r"^(?<timestamp>\d{4}-\d{2}-\d{2} \d\d:\d\d:\d\d)\|(?<sev>\w\d)\|(?<body>.*)$"},
    },
    "level-field": "sev",
    "level": {"error": "^E[12]", "warning": ["W1", "E3"], "info": "^I"},
    "value": {"machine": {"kind": "string", "identifier": True}},
    "sample": [{"line": "2024-05-01 10:00:00|E1|paper is out"}],
}
LINES = (
    b"2024-05-01 10:00:00|E1|web1/press[77]|north|paper is out\n"
    b"2024-05-01 10:00:01|E3|web1/press[77]|north|paper is low\n"
    b"2024-05-01 10:00:02|I1|paper is there\n"
) * 5


def place(tmp_path: Path, name: str, content: Any) -> Path:
    folder = tmp_path / "formats" / "installed"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return tmp_path / "formats"


def loaded(tmp_path: Path, **entries: Any) -> tuple[list[Format], list[str]]:
    return lnav.formats_in([place(tmp_path, "some.json", entries)])


def events(tmp_path: Path, formats: list[Format], data: bytes) -> list[Event]:
    reader = open_reader(str(written(tmp_path / "a.log", data)), formats=[*formats, *FORMATS])
    assert isinstance(reader, LogReader)
    return events_of(reader)


def test_lines_are_read_by_the_expressions_of_a_format(tmp_path: Path) -> None:
    formats, notes = loaded(tmp_path, press_log=PRESS)
    assert notes == []
    first, second, third = events(tmp_path, formats, LINES)[:3]
    assert (first.format, first.message, first.host, first.unit, first.pid) == (
        "press_log",
        "paper is out",
        "web1",
        "press",
        77,
    )
    assert first.time == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert dict(first.fields) == {"machine": "north"}
    assert [one.severity for one in (first, second, third)] == [Severity.ERROR, Severity.WARNING, Severity.INFO]


def test_a_level_in_digits_is_part_of_the_shape(tmp_path: Path) -> None:
    (one,), _ = loaded(tmp_path, press_log=PRESS)
    error = LINES.splitlines()[0]
    assert one.shape(error) != one.shape(error.replace(b"E1", b"E3"))
    assert one.shape(error) == one.shape(error.replace(b"77", b"78"))


def test_json_lines_are_read_by_the_keys_of_a_format(tmp_path: Path) -> None:
    formats, _ = loaded(
        tmp_path,
        app_log={
            "file-type": "json",
            "timestamp-field": "meta/when",
            "timestamp-divisor": 1000,
            "level-field": "grade",
            "body-field": "said",
            "level": {"error": 50, "warning": 40},
            "line-format": [{"field": "said"}],
        },
    )
    line = b'{"meta":{"when":1714557600123},"grade":%d,"said":"paper is out","machine":"north"}\n'
    found = events(tmp_path, formats, (line % 50 + line % 40) * 40 + b'{"msg":"of another kind"}\n')
    assert [(one.format, one.message, one.severity) for one in found[:2]] == [
        ("app_log", "paper is out", Severity.ERROR),
        ("app_log", "paper is out", Severity.WARNING),
    ]
    assert found[0].time == datetime(2024, 5, 1, 10, 0, 0, 123000, tzinfo=UTC)
    assert dict(found[0].fields) == {"machine": "north"}
    assert (found[-1].format, found[-1].message) == ("json", "of another kind")
    assert formats[0].shape(line % 50) != formats[0].shape(line % 40)


def test_a_stamp_of_its_own_kind_is_read_by_its_directives(tmp_path: Path) -> None:
    entry = {
        "regex": {"one": {"pattern": r"^(?<timestamp>\d+h\d+m\d+s-\d+\.\d+\.\d+) (?<body>.*)"}},
        "timestamp-format": ["%q", "%Hh%Mm%Ss-%d.%m.%Y"],
    }
    formats, _ = loaded(tmp_path, odd_log=entry)
    event = events(tmp_path, formats, b"10h00m07s-01.05.2024 up\n" * 9)[0]
    assert (event.format, event.message, event.time) == ("odd_log", "up", datetime(2024, 5, 1, 10, 0, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("directives", "stamp", "expected"),
    [
        ("%d/%b/%y %I:%M:%S %p", "01/May/24 10:00:07 PM", "2024-05-01T22:00:07+00:00"),
        ("%Y%m%d %T.%L%z", "20240501 12:00:07.5+0200", "2024-05-01T12:00:07.500000+02:00"),
        ("%b %e %H:%M:%S", "May  1 10:00:07", "2024-05-01T10:00:07+00:00"),
        ("@%i", "@1714557607123", "2024-05-01T10:00:07.123000+00:00"),
        ("%s.%N", "1714557607.25", "2024-05-01T10:00:07.250000+00:00"),
        ("%A %F %T %Z", "Wednesday 2024-05-01 10:00:07 UTC", "2024-05-01T10:00:07+00:00"),
        ("%H:%M:%S", "not a time", ""),
        ("%d.%m.%Y %T", "99.99.2024 10:00:00", ""),
        ("%Y", "2024", ""),
    ],
)
def test_directives_mean_what_they_mean(directives: str, stamp: str, expected: str) -> None:
    one = stamping(directives)
    assert one is not None
    found, _ = one.read(stamp, Clock(datetime(2024, 6, 1, tzinfo=UTC)))
    assert (found.isoformat() if found else "") == expected


@pytest.mark.parametrize("directives", ["%Q", "%Y %Y", "%"])
def test_directives_that_nobody_knows_are_none(directives: str) -> None:
    assert stamping(directives) is None or directives == "%"


# ---------------------------------------------------------------- what cannot be used


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"^(?<timestamp>\d+) (?&word) (?<body>.*)", "unknown extension"),
        (r"^(?<timestamp>\p{Nd}+) (?<body>.*)", "a Unicode class"),
        (r"^(?<when>\d+) (?<body>.*)", "no group timestamp"),
        (r"^(?<timestamp>(?:\d+)+)x (?<body>.*)", "takes too long for a line of digits"),
        (r"^(?<timestamp>\d+ (?<body>.*)", "missing )"),
    ],
)
def test_an_expression_that_cannot_be_used_is_told_and_the_others_stay(
    tmp_path: Path, pattern: str, words: str
) -> None:
    formats, notes = loaded(tmp_path, press_log={**PRESS, "regex": {"bad": {"pattern": pattern}, **PRESS["regex"]}})  # type: ignore[dict-item]
    assert len(notes) == 1
    assert words in notes[0]
    assert "press_log" in notes[0]
    assert events(tmp_path, formats, LINES)[0].format == "press_log"


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b"[1]", b"7", b"{" * 100000, b" " * (2 << 20), b'{"a": {"regex": 7, "level": 7}}', b'{"a": 7}'],
    ids=str,
)
def test_a_broken_file_costs_a_sentence_at_most(tmp_path: Path, content: bytes) -> None:
    place(tmp_path, "good.json", {"press_log": PRESS})
    formats, notes = lnav.formats_in([place(tmp_path, "broken.json", content)])
    assert [one.name for one in formats] == ["press_log"]
    assert all(note.endswith(".") and "broken.json" in note for note in notes)
    assert len(notes) <= 1


def test_remarks_in_a_file_are_allowed(tmp_path: Path) -> None:
    text = json.dumps({"press_log": {**PRESS, "url": "http://press.example/*x*/"}}, indent=1)
    text = text.replace('"title"', '/* the\nname */ "title"').replace(
        '"level-field"', '// a remark, "so"\n"level-field"'
    )
    formats, notes = lnav.formats_in([place(tmp_path, "some.json", text.encode())])
    assert ([one.name for one in formats], notes) == (["press_log"], [])


def test_a_loose_expression_takes_no_file_and_no_line_that_is_not_its_own(tmp_path: Path) -> None:
    loose = {"regex": {"any": {"pattern": r"^(?<timestamp>\S+ \S+) (?<body>.*)$"}}}
    formats, _ = loaded(tmp_path, loose_log=loose)
    trace = b"2024-05-01 10:00:00,123 ERROR shop.cart: lost\nno stamp is here\n"
    found = events(tmp_path, formats, b"one two three four\n" * 20)
    assert {event.format for event in found} == {"plain"}
    assert not formats[0].starts(trace.splitlines()[1])


def test_where_there_is_no_directory_there_are_no_formats_and_no_time_is_lost(tmp_path: Path) -> None:
    began = time.perf_counter()
    assert lnav.formats_in(lnav.folders({"HOME": str(tmp_path)})) == ([], [])
    assert lnav.formats_in(lnav.folders({})) == ([], [])
    assert time.perf_counter() - began < 0.1


def test_the_directories_are_those_of_the_user() -> None:
    home = {"HOME": "/home/a"}
    assert lnav.folders(home) == [Path("/home/a/.config/lnav/formats"), Path("/home/a/.lnav/formats")]
    assert lnav.folders(home | {"XDG_CONFIG_HOME": "/x"})[0] == Path("/x/lnav/formats")
    assert lnav.folders(home | {"XDG_CONFIG_HOME": "relative"})[0] == Path("/home/a/.config/lnav/formats")
