"""`edgeops watch` as a person runs it: in a terminal, from cron, as a service; killed, asked, started twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FULL = "2026-03-01T12:00:%02dZ db1 kernel: EXT4-fs error (device sda1): No space left on device\n"
CALM = "2026-03-01T11:%02d:%02dZ web1 nginx[5]: request %d served in %d ms\n"
PATIENCE_S = 30.0


def chatter(count: int) -> str:
    return "".join(CALM % (n // 60, n % 60, n, n % 50) for n in range(count))


def edgeops(*arguments: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgeops", *map(str, arguments)],
        input=stdin, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL if stdin is None else None,
    )  # fmt: skip


@contextmanager
def watching(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A watch that runs in the background; its output goes to files in the folder."""
    out, err = (folder / "out").open("w"), (folder / "err").open("w")
    with out, err:
        process = subprocess.Popen(
            [sys.executable, "-m", "edgeops", "watch", *arguments], stdout=out, stderr=err, stdin=subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(seen: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < end, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.05)


def status() -> dict[str, object]:
    found: dict[str, object] = json.loads(edgeops("watch", "--status", "--json").stdout)
    return found


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    file = folder / "app.log"
    file.write_text(chatter(100))
    return file


def test_a_single_run_tells_what_is_new_since_the_last(log: Path) -> None:
    log.write_text(chatter(100) + "".join(FULL % n for n in range(5)))
    first = edgeops("watch", "--once", "--no-model", log.parent)
    assert first.returncode == 1, first.stderr
    assert "No space left" in first.stdout and "(5 times)" in first.stdout
    again = edgeops("watch", "--once", "--no-model", log.parent)
    assert (again.returncode, again.stdout) == (0, "")
    assert "0 lines, 0 incidents" in again.stderr


def test_an_incident_is_told_once_conclusion_first_and_stands_in_the_store(log: Path, tmp_path: Path) -> None:
    with watching(tmp_path, str(log.parent)) as process:
        until(lambda: (tmp_path / "err").exists() and status_lines() >= 99, "the first lines")
        with log.open("a") as more:
            for number in range(8):
                more.write(FULL % number)
                more.flush()
                time.sleep(0.1)
        until(lambda: "No space left" in (tmp_path / "out").read_text(), "the incident")
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(10) == 0
        assert time.monotonic() - began < 3
    told = (tmp_path / "out").read_text()
    assert told.count("[known") + told.count("[insufficient") == 1, told
    listed = edgeops("incidents", "list").stdout
    assert len(listed.splitlines()) == 1 and "No space left" in edgeops("incidents", "show", listed.split()[0]).stdout
    assert "Watched for" in (tmp_path / "err").read_text()


def status_lines() -> int:
    shown = edgeops("watch", "--status", "--json")
    return int(json.loads(shown.stdout)["lines"]) if shown.returncode == 0 else 0


def test_the_status_says_how_far_each_source_is_and_whether_a_watch_runs(log: Path, tmp_path: Path) -> None:
    assert edgeops("watch", "--status").returncode == 2
    edgeops("watch", "--once", "--no-model", log.parent)
    with log.open("a") as more:
        more.write("half a line")
    found = status()
    assert found["pid"] == 0
    (source,) = found["sources"]  # type: ignore[misc]
    assert (source["offset"], source["lines"], source["lag"]) == (len(chatter(100)), 100, len("half a line"))
    with watching(tmp_path, str(log.parent)) as process:
        until(lambda: status()["pid"] == process.pid, "the watch to hold its lock")
        shown = edgeops("watch", "--status").stdout
    assert shown.startswith(f"Running, process {process.pid}.")


def test_a_second_watch_of_a_store_is_refused_with_the_process_id_of_the_first(log: Path, tmp_path: Path) -> None:
    with watching(tmp_path, str(log.parent)) as process:
        until(lambda: status_lines() > 0, "the first watch")
        second = edgeops("watch", "--once", "--no-model", log.parent)
        assert second.returncode == 2
        assert f"process {process.pid}" in second.stderr
    assert edgeops("watch", "--once", "--no-model", log.parent).returncode == 0, (
        "the lock of a killed watch is no obstacle"
    )


def test_a_pipe_is_watched_to_its_end(tmp_path: Path) -> None:
    done = edgeops("watch", "--no-model", "-", stdin=chatter(50) + "".join(FULL % n for n in range(3)))
    assert done.returncode == 1, done.stderr
    assert "No space left" in done.stdout
    assert status_lines() == 53


def test_settings_are_read_again_on_sighup(log: Path, tmp_path: Path) -> None:
    home = Path(os.environ["EDGEOPS_HOME"])
    with watching(tmp_path, str(log.parent)) as process:
        until(lambda: status_lines() > 0, "the watch")
        (home / "config.toml").write_text("[watch]\nexclude = ['*.tmp']\n")
        process.send_signal(signal.SIGHUP)
        until(lambda: "read again" in (tmp_path / "err").read_text(), "the reload")
        (log.parent / "x.tmp").write_text("not followed\n")
        with log.open("a") as more:
            more.write(CALM % (59, 59, 1, 1))
        until(lambda: status_lines() >= 101, "lines after the reload")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert status_lines() == 101


def test_a_program_of_the_configuration_is_run_for_each_incident(log: Path, tmp_path: Path) -> None:
    home = Path(os.environ["EDGEOPS_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    script = tmp_path / "hook.sh"
    script.write_text(f'#!/bin/sh\necho "$EDGEOPS_INCIDENT $EDGEOPS_TIER $EDGEOPS_SUMMARY $*" >> {tmp_path}/ran\n')
    script.chmod(0o755)
    (home / "config.toml").write_text(f"[watch]\nexec_on_incident = ['{script}', '$(touch {tmp_path}/evil)']\n")
    log.write_text(chatter(100) + "".join(FULL % n for n in range(5)))
    assert edgeops("watch", "--once", "--no-model", log.parent).returncode == 1
    ran = (tmp_path / "ran").read_text()
    assert len(ran.splitlines()) == 1 and "$(touch" in ran
    assert not (tmp_path / "evil").exists()


def test_nothing_to_watch_is_a_usage_error() -> None:
    assert edgeops("watch").returncode == 2


def test_what_cannot_be_followed_is_said_with_its_reason_and_stands_in_the_status(log: Path) -> None:
    os.mkfifo(log.parent / "pipe.log")
    done = edgeops("watch", "--once", log.parent, log.parent.parent / "nowhere" / "x.log")
    assert done.returncode == 0
    assert "pipe.log: It is a pipe" in done.stderr and "nowhere" in done.stderr
    shown = edgeops("watch", "--status").stdout
    assert shown.count("Not followed: ") == 2
    again = edgeops("watch", "--once", log.parent)
    assert "pipe.log" not in again.stderr, "it was said before"


def test_the_store_is_not_replaced_under_a_running_watch(log: Path, tmp_path: Path) -> None:
    assert edgeops("watch", "--once", log.parent).returncode == 0
    assert edgeops("backup", tmp_path / "copy.db").returncode == 0
    with watching(tmp_path, str(log.parent)) as process:
        until(lambda: status()["pid"] == process.pid, "the watch to hold its lock")
        refused = edgeops("restore", tmp_path / "copy.db")
        assert refused.returncode == 2 and f"process {process.pid}" in refused.stderr
    assert edgeops("restore", tmp_path / "copy.db").returncode == 0
