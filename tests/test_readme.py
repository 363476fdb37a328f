"""The README shows what the program really prints, and its commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from edgeops.cli import commands, main
from edgeops.knowledge.starter import PACK, read_folder

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text("utf-8")


def test_the_captured_session_is_what_the_command_prints(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shown = re.search(r"```console\n\$ edgeops (.+)\n([\s\S]*?)```", README)
    assert shown
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.setenv("COLUMNS", "96")
    assert main.run(shlex.split(shown[1])) == 1
    assert capfd.readouterr().out == shown[2]


def test_the_number_of_faults_is_true() -> None:
    said = re.search(r"one of the (\d+) faults", README)
    assert said
    assert int(said[1]) == len(read_folder(PACK).faults)


@pytest.mark.parametrize("line", re.findall(r"^    (edgeops .+?)(?: {2,}#.*)?$", README, re.MULTILINE))
def test_every_command_shown_is_one(line: str) -> None:
    words = shlex.split(line)
    assert words[1] in commands.COMMANDS


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", README))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (CHECKOUT / target).exists()


def test_ci_calls_the_readmes_test_command() -> None:
    assert "make test" in README
    assert "make test" in (CHECKOUT / ".ci" / "run").read_text("utf-8")
