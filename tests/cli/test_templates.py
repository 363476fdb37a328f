"""`edgeops templates` and `edgeops events` as a user meets them."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgeops.cli import main

LOG = """\
Mar  1 02:10:58 web1 sshd[41]: Failed password for root from 10.0.3.14 port 5022 ssh2
Mar  1 02:10:59 web1 sshd[42]: Failed password for ann from 10.0.3.15 port 5023 ssh2

Mar  1 02:11:09 web1 kernel: EXT4-fs error (device sda1): cannot read block 7, say "why"
  at somewhere
Mar  1 02:11:10 web1 sshd[43]: Failed password for bob from 10.0.3.16 port 5024 ssh2
"""
FAILED = "Failed password for <user> from <ip> port <port> ssh2"
BROKEN = 'EXT4-fs error (device <id>): cannot read block <number>, say "why"'


@dataclass
class Run:
    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def edgeops(capfd: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    def call(*arguments: object) -> Run:
        code = main.run([str(a) for a in arguments])
        return Run(code, *capfd.readouterr())

    return call


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_text(LOG)
    return path


def rows_of(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)]


def test_templates_come_with_id_count_severity_and_times(edgeops: Callable[..., Run], log: Path) -> None:
    run = edgeops("templates", log, "--json")
    assert run.code == 0
    by_template = {record["template"]: record for record in run.records}
    failed, broken = by_template[FAILED], by_template[BROKEN]
    assert failed.keys() == {"id", "template", "count", "severity", "first", "last"}
    assert (failed["count"], broken["count"], broken["severity"]) == (3, 1, "error")
    assert (failed["first"][5:], failed["last"][5:]) == ("03-01T02:10:58Z", "03-01T02:11:10Z")
    assert run.records[0] == failed
    again = edgeops("templates", log, "--json")
    assert again.out == run.out


def test_the_map_has_one_row_for_each_physical_line(edgeops: Callable[..., Run], log: Path, tmp_path: Path) -> None:
    run = edgeops("templates", log, "--json", "--map", tmp_path / "map.csv")
    ids = {record["template"]: record["id"] for record in run.records}
    header, *rows = rows_of(tmp_path / "map.csv")
    assert header == ("line", "template_id", "template")
    assert [int(row[0]) for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row[2] for row in rows if row[0] not in "3"] == [FAILED, FAILED, BROKEN, BROKEN, FAILED]
    assert all(row[1] == ids[row[2]] for row in rows)
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_pipe_is_mapped_as_a_file_is(
    edgeops: Callable[..., Run], log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edgeops("templates", log, "--map", tmp_path / "file.csv")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))
    assert edgeops("templates", "-", "--map", tmp_path / "pipe.csv").code == 0
    assert rows_of(tmp_path / "pipe.csv") == rows_of(tmp_path / "file.csv")


def test_the_map_may_go_where_a_link_points_and_the_link_stays(
    edgeops: Callable[..., Run], log: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "real.csv")
    assert edgeops("templates", log, "--map", link).code == 0
    assert link.is_symlink()
    assert len(rows_of(tmp_path / "real.csv")) == 7


def test_what_cannot_be_done_is_said_in_a_sentence(edgeops: Callable[..., Run], log: Path, tmp_path: Path) -> None:
    (tmp_path / "b.log").write_text(LOG)
    for arguments, words in (
        (("templates", tmp_path / "none.log"), "none.log"),
        (("templates", log, "--map", tmp_path / "no" / "map.csv"), "cannot be written"),
        (("templates", log, tmp_path / "b.log", "--map", tmp_path / "map.csv"), "one log"),
        (("events", log, "--format", "nope"), "no format 'nope'"),
    ):
        run = edgeops(*arguments)
        assert (run.code, run.out) == (2, "")
        assert words in run.err
        assert "Traceback" not in run.err


def test_secrets_and_control_characters_do_not_reach_the_templates(edgeops: Callable[..., Run], tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("login password=hunter-too \x1b[31mred\n" * 3)
    run = edgeops("templates", path, "--map", tmp_path / "map.csv")
    assert "\x1b" not in run.out + (tmp_path / "map.csv").read_text()
    assert "hunter" not in run.out + (tmp_path / "map.csv").read_text()


def test_events_are_the_messages_with_what_their_headers_say(edgeops: Callable[..., Run], log: Path) -> None:
    first, *_, last = edgeops("events", log, "--json").records
    assert {"time", "host", "unit", "pid", "severity", "message", "format", "line"} <= first.keys()
    assert (first["host"], first["unit"], first["pid"], first["format"]) == ("web1", "sshd", 41, "syslog")
    assert (last["line"], last["message"]) == (6, "Failed password for bob from 10.0.3.16 port 5024 ssh2")
    lines = edgeops("events", log).out.splitlines()
    assert len(lines) == len(edgeops("events", log, "--json").records)


def test_events_are_read_as_the_format_that_was_named(edgeops: Callable[..., Run], log: Path) -> None:
    assert {record["format"] for record in edgeops("events", log, "--json", "--format", "plain").records} == {"plain"}
    assert edgeops("events", log, "--json", "--last", "1").records[0]["line"] == 6
    assert edgeops("events", log, "--json", "--until", "2001-01-01").records == []


def test_what_is_new_since_a_time_is_told_with_what_older_files_had(
    edgeops: Callable[..., Run], tmp_path: Path
) -> None:
    line = "2026-03-0{day}T02:11:{second:02d}Z web1 app[7]: {text}\n"
    old = "".join(line.format(day=1, second=n, text=f"request {n} done") for n in range(40))
    (tmp_path / "app.log.1").write_text(old + line.format(day=1, second=50, text="cache warmed in 3 ms"))
    new = "".join(line.format(day=3, second=n, text=f"request {n} done") for n in range(40))
    new += line.format(day=3, second=50, text="cache warmed in 9 ms") + line.format(
        day=3, second=51, text="licence ends"
    )
    (tmp_path / "app.log").write_text(new)

    def found() -> set[str]:
        told = edgeops("templates", tmp_path / "app.log", "--new-since", "2026-03-02", "--json")
        return {record["template"] for record in told.records}

    assert found() == {"request <number> done", "cache warmed in <duration> ms", "licence ends"}
    edgeops("explain", "--no-model", tmp_path / "app.log.1")
    assert found() == {"licence ends"}
    assert "no time that I know" in edgeops("templates", tmp_path / "app.log", "--new-since", "soon").err
