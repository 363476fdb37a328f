from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from edgeops import __version__
from edgeops.cli import commands, main
from edgeops.cli.failure import guarded
from edgeops.errors import CatalogError, EdgeopsError


def edgeops(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgeops", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        timeout=60,
        check=False,
    )


def test_version_and_help_are_data() -> None:
    assert main.run(["--version"]) == 0
    shown = edgeops("--help")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in commands.COMMANDS)
    assert edgeops("--version").stdout == f"edgeops {__version__}\n"


def test_nothing_asked_shows_the_help_and_is_a_usage_error() -> None:
    shown = edgeops()
    assert shown.returncode == 2
    assert "Commands:" in shown.stderr
    assert shown.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["explian", "x"], "edgeops: There is no command 'explian'. Did you mean explain? Try 'edgeops --help'.\n"),
        (["zzz"], "edgeops: There is no command 'zzz'. There are explain, "),
        (["--vresion"], "edgeops: No such option: --vresion"),
        (["e\x1b[2Jx"], "edgeops: There is no command 'e\\x1b[2Jx'."),
        (["\x1b]52;c;aGk=\x07\u202e"], "edgeops: There is no command"),
    ],
)
def test_a_usage_error_is_one_safe_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith(sentence)
    assert told.count("\n") == 1
    assert "\x1b" not in told and "\u202e" not in told


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_the_table_says_what_each_command_says_of_itself(name: str) -> None:
    with commands.build(main.app).make_context("edgeops", [name, "--help"], resilient_parsing=True) as context:
        command = context.command.get_command(context, name)  # type: ignore[attr-defined]
    assert command.help.splitlines()[0].rstrip(".") == commands.COMMANDS[name].does.rstrip(".")


def raising(error: BaseException) -> Callable[[], int]:
    def work() -> int:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (EdgeopsError("The model is missing; run 'edgeops model pull'."), 2, "edgeops: The model is missing; run "),
        (CatalogError("bad \x1b[31mname"), 2, "edgeops: bad ␛[31mname\n"),
        (KeyboardInterrupt(), 130, ""),
        (typer.Exit(1), 1, ""),
        (typer.Abort(), 2, "edgeops: Cancelled.\n"),
        (MemoryError(), 2, "edgeops: There is not enough memory"),
        (OSError(errno.ENOSPC, "No space", "/x/y"), 2, "edgeops: The disk is full (/x/y); free some space"),
        (
            ValueError("token=abcdef123456 \x9b"),
            2,
            "edgeops: Something unexpected went wrong in edgeops: ValueError: token=[masked",
        ),
        (RecursionError("deep"), 2, "edgeops: Something unexpected"),
    ],
)
def test_whatever_goes_wrong_is_a_sentence_and_a_code(
    error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(error)) == code
    said = capsys.readouterr().err
    assert said.startswith(told) if told else said == ""
    assert "Traceback" not in said


def test_an_unexpected_error_leaves_its_trace_in_a_private_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guarded(raising(ValueError("password=hunter2")), {"EDGEOPS_HOME": str(tmp_path)})
    (trace,) = (tmp_path / "state" / "traces").iterdir()
    assert str(trace) in capsys.readouterr().err
    assert trace.stat().st_mode & 0o777 == 0o600
    text = trace.read_text("utf-8")
    assert "Traceback" in text and "hunter2" not in text


def test_without_a_home_the_way_to_the_trace_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(ValueError("x")), {}) == 2
    assert "Run it again with EDGEOPS_DEBUG=1" in capsys.readouterr().err
    guarded(raising(ValueError("x\x1b")), {"EDGEOPS_DEBUG": "1"})
    told = capsys.readouterr().err
    assert "Traceback" in told and "\x1b" not in told


def test_only_the_newest_traces_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "state" / "traces"
    folder.mkdir(parents=True, mode=0o700)
    for number in range(30):
        (folder / f"2020{number:02}.txt").write_text("")
    guarded(raising(ValueError("x")), {"EDGEOPS_HOME": str(tmp_path)})
    assert len(list(folder.iterdir())) == 20


TOY = """
import sys, time
import typer
from edgeops.cli.commands import Commands, Entry
app = typer.Typer()
@app.command()
def toy(fail: bool = False, much: bool = False, wait: bool = False) -> int:
    "A toy."
    sys.modules["__main__"].toy_called = True
    if much:
        for number in range(100_000):
            print("line", number)
    if wait:
        print("ready", flush=True)
        time.sleep(30)
    return 1 if fail else 0
Commands.table = {"toy": Entry("__main__", "A toy")}
if __name__ == "__main__":
    import edgeops.__main__
    edgeops.__main__.main()
"""


def toy(tmp_path: Path, *arguments: str, **how: object) -> subprocess.Popen[str]:
    script = tmp_path / "toy_main.py"
    script.write_text(TOY)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    return subprocess.Popen([sys.executable, str(script), "toy", *arguments], text=True, **pipes)  # type: ignore[call-overload,no-any-return]


def test_a_command_returns_its_exit_code(tmp_path: Path) -> None:
    assert toy(tmp_path).wait(30) == 0
    assert toy(tmp_path, "--fail").wait(30) == 1
    assert toy(tmp_path, "--fial").wait(30) == 2


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    with toy(tmp_path, "--much") as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 141


def test_ctrl_c_ends_quietly(tmp_path: Path) -> None:
    with toy(tmp_path, "--wait") as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == "ready\n"
        process.send_signal(2)
        assert process.wait(10) == 130
        assert process.stderr.read() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_a_sentence(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full, toy(tmp_path, "--much", stdout=full) as process:
        assert process.stderr
        assert "The disk is full" in process.stderr.read()
        assert process.wait(10) == 2
