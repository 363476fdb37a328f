"""`edgeops scan` over directories, archives and rotated logs: one process or many, the same report."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edgeops.assistant import tour
from edgeops.cli import main

OOM = "{when} web1 kernel: Out of memory: Killed process {pid} (java) total-vm:8123440kB, anon-rss:6120404kB\n"
CALM = "{when} web1 systemd[1]: Started Session {pid} of user root.\n"
TRACE = """\
{when} web1 app[7]: ERROR request {pid} failed
Traceback (most recent call last):
  File "/srv/app/handler.py", line {pid}, in handle
    return self.pool.take()
  File "/srv/app/pool.py", line 11, in take
    raise PoolExhausted("none left")
app.pool.PoolExhausted: none left
"""


@dataclass
class Run:
    code: int
    out: str
    err: str

    @property
    def incidents(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def edgeops(capfd: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    def call(*arguments: object) -> Run:
        code = main.run([str(a) for a in arguments])
        out, err = capfd.readouterr()
        assert "Traceback (" not in err
        return Run(code, out, err)

    return call


Edgeops = Callable[..., Run]


def text(*patterns: str, start: int = 0, every: int = 60) -> str:
    """These lines, one a minute from so many minutes after the first of March on."""
    begun = datetime(2024, 3, 1) + timedelta(minutes=start)
    moments = (begun + timedelta(seconds=every * number) for number in range(len(patterns)))
    return "".join(
        pattern.format(when=f"{moment:%b %e %H:%M:%S}", pid=4000 + number)
        for number, (pattern, moment) in enumerate(zip(patterns, moments, strict=True))
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A directory as an operator's laptop has it."""
    folder = tmp_path / "site"
    (folder / "sub").mkdir(parents=True)
    (folder / "syslog").write_text(text(*[CALM] * 600, OOM, *[CALM] * 50))
    (folder / "syslog.1").write_text(text(*[CALM] * 300, TRACE, start=-600))
    (folder / "syslog.2.gz").write_bytes(gzip.compress(text(*[CALM] * 300, OOM, start=-1200).encode()))
    (folder / "app.log").write_text(text(*[TRACE, CALM] * 40, start=7000))
    (folder / "empty.log").write_bytes(b"")
    (folder / "noise.dat").write_bytes(bytes(range(256)) * 64)
    (folder / "cut.gz").write_bytes(gzip.compress(text(*[CALM] * 90, start=90).encode())[:200])
    with tarfile.open(folder / "sub" / "report.tar.gz", "w:gz") as archive:
        for name, content in {
            "var/log/a.log": text(*[CALM] * 9, OOM, start=9000),
            "b.log": text(OOM),
            "c.png": "x",
        }.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return folder


@pytest.mark.parametrize(
    "command", [["scan", "--json"], ["scan"], ["evidence", "--json"], ["explain", "--no-model", "--readonly"]]
)
def test_many_processes_report_what_one_reports_byte_for_byte(
    edgeops: Edgeops, site: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr(tour, "WORTH_A_CREW", 1)
    monkeypatch.setattr(tour, "possible", lambda: True)  # whatever threads other tests have left
    runs = []
    for workers in ("1", "2", "5"):
        monkeypatch.setenv("EDGEOPS_INTAKE__WORKERS", workers)
        runs.append(edgeops(*command, site, "nowhere.log"))
    assert runs[0].code == 1
    assert "--json" not in command or "report.tar.gz!/var/log/a.log" in runs[0].out
    assert runs[1] == runs[0]
    assert runs[2] == runs[0]


def test_what_of_a_directory_could_not_be_read_is_told(edgeops: Edgeops, site: Path) -> None:
    err = edgeops("scan", site).err
    assert f"Not read: {site}/empty.log: It is empty" in err
    assert f"Not read: {site}/noise.dat: It is binary data" in err
    assert f"Not read: {site}/sub/report.tar.gz!/c.png: It is a picture" in err
    assert f"{site}/cut.gz: gzip ends too early" in err


def test_whatever_lies_in_a_directory_it_is_passed_over_in_a_moment(
    edgeops: Edgeops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("logs")
    (folder / "dir.log" / "deeper.log").mkdir(parents=True)
    os.mkfifo(folder / "pipe.log")
    for name, target in {
        "gone": "nowhere",
        "loop": "loop.log",
        "zero": "/dev/zero",
        "up": "..",
        "far": "../far.log",
    }.items():
        (folder / f"{name}.log").symlink_to(target)
    (tmp_path / "far.log").write_text(text(OOM))
    began = time.monotonic()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("logs/socket.log")
        run = edgeops("scan", "--json", folder)
    assert time.monotonic() - began < 10
    assert [incident["root"]["source"] for incident in run.incidents] == ["logs/far.log"]
    for name, words in {
        "pipe": "It is a pipe", "socket": "It is a socket", "gone": "no such file", "loop": "leads to itself", "zero": "It is a device",
    }.items():  # fmt: skip
        assert f"Not read: logs/{name}.log: " in run.err
        assert words in run.err


def test_a_link_that_changes_its_target_between_two_scans_is_followed(edgeops: Edgeops, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(text(OOM.replace("java", name)))
    link = tmp_path / "current.log"
    for name in ("one", "two"):
        link.unlink(missing_ok=True)
        link.symlink_to(f"{name}.txt")
        assert f"({name})" in edgeops("scan", link).out


def test_a_message_that_the_rotation_cut_in_two_is_one(edgeops: Edgeops, tmp_path: Path) -> None:
    whole = text(*[CALM] * 20, TRACE, *[CALM] * 20)
    cut = whole.index("    return self.pool")
    (tmp_path / "app.log.1").write_text(whole[:cut])
    (tmp_path / "app.log").write_text(whole[cut:])
    [incident] = edgeops("scan", "--json", tmp_path).incidents
    [signal] = [
        one for one in incident["signals"] if "PoolExhausted" in one["line"]["text"] or one["kind"] == "severity"
    ]
    assert (signal["line"]["source"], signal["line"]["line"]) == (f"{tmp_path}/app.log.1", 21)
    assert [line["source"] for line in incident["lines"]] == [f"{tmp_path}/app.log.1"]


def test_rotated_files_are_one_incident_where_they_tell_of_one(edgeops: Edgeops, tmp_path: Path) -> None:
    (tmp_path / "app.log.2.gz").write_bytes(gzip.compress(text(OOM, every=30).encode()))
    (tmp_path / "app.log.1").write_text(text(OOM, start=1))
    (tmp_path / "app.log").write_text(text(OOM, start=2))
    # As the shell expands app.log*.
    paths = [tmp_path / name for name in ("app.log", "app.log.1", "app.log.2.gz")]
    [incident] = edgeops("scan", "--json", *paths).incidents
    assert [Path(line["source"]).name for line in incident["lines"]] == ["app.log.2.gz", "app.log.1", "app.log"]


def test_events_and_templates_read_directories_and_members(edgeops: Edgeops, site: Path) -> None:
    run = edgeops("events", "--json", f"{site}/sub/report.tar.gz!/var/log/a.log")
    assert {event["source"] for event in run.incidents} == {f"{site}/sub/report.tar.gz!/var/log/a.log"}
    assert [event["line"] for event in run.incidents] == list(range(1, 11))
    sources = [event["source"] for event in edgeops("events", "--json", site).incidents]
    names = [str(Path(name).relative_to(site)) for name in dict.fromkeys(sources)]
    assert names == [
        "app.log", "cut.gz", "sub/report.tar.gz!/var/log/a.log", "sub/report.tar.gz!/b.log",
        "syslog.2.gz", "syslog.1", "syslog",
    ]  # fmt: skip
    assert len(edgeops("templates", "--json", site).incidents) >= 3


def test_a_map_may_be_of_one_member(edgeops: Edgeops, site: Path, tmp_path: Path) -> None:
    member, to = f"{site}/sub/report.tar.gz!/var/log/a.log", tmp_path / "map.csv"
    assert edgeops("templates", member, "--map", to).code == 0
    assert len(to.read_text().splitlines()) == 11
    run = edgeops("templates", f"{site}/sub/report.tar.gz", "--map", to)
    assert run.code == 2
    assert "takes one log" in run.err


def test_events_show_which_source_they_are_of_when_there_are_several(edgeops: Edgeops, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.log").write_text(text(CALM))
    assert f"{tmp_path}/a.log:1  20" in edgeops("events", tmp_path).out
    assert edgeops("events", tmp_path / "a.log").out.startswith("1  20")
