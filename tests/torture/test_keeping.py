"""The home on a bad day: damaged, full, open to all, linked elsewhere, used by ten at once."""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edgeops.cli import main
from tests.torture.calls import OOM, home, shell


def test_a_store_with_changed_bytes_costs_a_sentence_and_never_the_answer(
    log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["explain", str(log)]) == 1
    sound = (home() / "store.db").read_bytes()
    for seed in range(30):
        dice = random.Random(seed)
        damaged = bytearray(sound)
        for _ in range(dice.choice((1, 50, 600))):
            damaged[dice.randrange(len(damaged))] ^= dice.randrange(1, 256)
        for old in home().glob("store.db*"):
            old.unlink()
        (home() / "store.db").write_bytes(damaged)
        assert main.run(["incidents", "list"]) in (0, 2)
        assert main.run(["explain", str(log)]) == 1, seed
    assert "Something unexpected" not in capfd.readouterr().err


def test_a_file_name_that_is_no_utf_8_is_kept_and_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    odd = tmp_path / os.fsdecode(b"bad\xff\x1b[2J.log")
    odd.write_text(OOM, "utf-8")
    assert main.run(["explain", str(odd)]) == 1
    assert main.run(["explain", "--json", str(odd)]) == 1
    assert main.run(["incidents", "list", "--json"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert "\x1b" not in out
    assert "bad?" in json.loads(out.splitlines()[-1])["sources"][0]


def test_ten_at_once_on_one_store_all_answer_and_all_keep(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}.log").write_text(OOM.replace("4312", f"43{number:02}"), "utf-8")
    program = [sys.executable, "-m", "edgeops", "explain"]
    running = [
        subprocess.Popen([*program, str(tmp_path / f"{n}.log")], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for n in range(10)
    ]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (1, b"")
        assert b"java" in out
    assert len(shell("edgeops incidents list").stdout.splitlines()) == 10


def test_a_home_open_to_all_is_refused_and_said(log: Path) -> None:
    home().mkdir(0o777)
    home().chmod(0o777)
    done = shell('edgeops explain "$@"', log)
    assert done.returncode == 1
    assert "Everybody may write" in done.stderr
    assert not (home() / "store.db").exists()


def test_links_in_the_home_are_not_followed_out_of_it(log: Path, tmp_path: Path) -> None:
    home().mkdir(0o700)
    (home() / "store.db").symlink_to(tmp_path / "victim")
    done = shell('edgeops explain "$@"', log)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "victim").exists()


@pytest.mark.parametrize("umask", ["000", "777"])
def test_what_is_kept_is_the_owners_alone_whatever_the_umask(umask: str, log: Path) -> None:
    assert shell(f'umask {umask}; edgeops explain "$@"', log).returncode == 1
    modes = {path.relative_to(home()): stat.S_IMODE(path.stat().st_mode) for path in home().rglob("*")}
    assert modes[Path("store.db")] == 0o600
    assert set(modes.values()) == {0o600, 0o700}


@pytest.mark.parametrize("blocks", [0, 4, 8, 20])
def test_files_that_may_not_grow_cost_the_memory_only(blocks: int, log: Path) -> None:
    done = shell(f'ulimit -f {blocks}; edgeops explain "$@"', log)
    assert done.returncode == 1
    assert "java" in done.stdout
    assert "unexpected" not in done.stderr
    assert shell("edgeops incidents list").returncode == 0
    assert not [path for path in home().rglob("*") if path.suffix in (".new", ".tmp")]
