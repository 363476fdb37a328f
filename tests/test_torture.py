"""edgeops as a careless caller, a broken machine and an attacker would treat it; the heavy forms are in bench/torture."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgeops.cli import main

OOM = """\
Mar  1 02:10:58 web1 systemd[1]: Started Session 12 of user root.
Mar  1 02:11:09 web1 kernel: Out of memory: Killed process 4312 (java) total-vm:8123440kB, anon-rss:6120404kB
Mar  1 02:11:10 web1 systemd[1]: tomcat.service: Failed with result 'oom-kill'.
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_text(OOM, "utf-8")
    return path


def shell(command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """What a shell makes of `edgeops` with these arguments (in "$@") and the redirections of command."""
    line = command.replace("edgeops", f'"{sys.executable}" -m edgeops')
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", line, "bash", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ('edgeops explain "$@" >&-', 1),
        ('edgeops explain "$@" <&- >&- 2>&-', 1),
        ('edgeops explain "$@" /nowhere >&- 2>/dev/full', 1),
        ("edgeops explain /nowhere 2>&-", 2),
        ("edgeops explain /nowhere 2>/dev/full", 2),
        ('edgeops explain "$@" >/dev/full', 2),
        ('edgeops explain "$@" --json >/dev/full', 2),
        ("edgeops --help >/dev/full", 2),
        ('edgeops scan "$@" 1</dev/null', 2),
        ("edgeops explain - 0>/dev/null", 2),
        ("edgeops explain - <&-", 2),
        ("edgeops explain", 2),
    ],
)
def test_streams_that_are_closed_full_or_the_wrong_way_round_cost_a_sentence_at_most(
    command: str, code: int, log: Path
) -> None:
    done = shell(command, log)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) <= 1
    assert "unexpected" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_note_that_nobody_can_hear_does_not_cost_the_answer(log: Path) -> None:
    for deaf in ("2>/dev/full", "2>&-", "2> >(true)"):
        done = shell(f'edgeops explain "$@" /nowhere {deaf}', log)
        assert done.returncode == 1, deaf
        assert "java" in done.stdout


def test_a_reader_that_has_read_enough_ends_it_quietly(log: Path) -> None:
    done = shell('edgeops explain "$@" | head -1', log)
    assert done.returncode in (1, 141)
    assert "java" in done.stdout
    assert done.stderr == ""


def test_a_closed_stdout_is_never_the_number_of_the_store(log: Path) -> None:
    shell('edgeops explain "$@" <&- >&- 2>&-', log)
    assert (Path(os.environ["EDGEOPS_HOME"]) / "store.db").read_bytes().startswith(b"SQLite format 3")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["explian"], "mean explain?"),
        (["explain", "--teir", "known"], "--tier"),
        (["explain", "--tier", "knwon"], "'auto', 'known', 'reasoned'"),
        (["explain", "--last", "-5"], "x>=1"),
        (["explain", "--since", "yesterdya"], "or yesterday"),
        (["explain", "--since", "999999 weeks ago"], "less far back"),
        (["explain", "--since", "2026-02-01", "--until", "2026-01-01"], "swap them"),
        (["explain", "/proc"], "/var/log"),
        (["explain", ""], "name a file"),
        (["explain", "two\nlines"], "two␊lines: There is no such file"),
        (["incidents", "shwo"], "show"),
        (["model", "use", "qwen2.5-coder-0.5"], "model pull qwen2.5-coder-0.5b"),
        (["model", "use", "quen0.5b"], "mean qwen2.5-coder-0.5b?"),
        (["model", "import", "/etc"], "Give the path"),
    ],
)
def test_a_slip_gets_one_sentence_that_helps(
    arguments: list[str], hint: str, log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    named = (
        [*arguments, str(log)] if arguments[0] == "explain" and arguments[-1][:1] not in ("/", "", "t") else arguments
    )
    assert main.run(named) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert hint in err


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("EDGEOPS_MODEL__THREDS", "2", "did you mean model.threads?"),
        ("EDGEOPS_MODEL__THREADS", "two", "a whole number from 0 to 512"),
        ("EDGEOPS_LANG", "fr", "one of auto, en, zh"),
        ("EDGEOPS_REMOTE__URL", "ftp://x", "begins with http://"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    variable: str, value: str, hint: str, log: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    assert main.run(["explain", str(log)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert variable in err
    assert hint in err


def test_a_span_of_time_without_errors_is_not_called_a_log_without_errors(
    log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["explain", "--since", "now", str(log)]) == 0
    assert "in the time given" in capfd.readouterr().out
