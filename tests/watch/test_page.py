"""docs/watch.md says what is so: its options exist, the lines it explains are the lines that are told, its numbers are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edgeops import config
from edgeops.cli import main
from edgeops.cli.watching import told_status
from edgeops.records import Skipped
from edgeops.watch import explaining, hand, host, ledger, queue
from edgeops.watch.status import Missing, Status, Stream

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "watch.md").read_text("utf-8")


def test_every_option_on_the_page_is_one_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["watch", "--help"]) == 0
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    commands = [line.partition("edgeops watch")[2] for line in PAGE.splitlines() if "edgeops watch" in line]
    used = {option for line in commands for option in re.findall(r"(?<!\S)--[a-z-]+", line)}
    used |= set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert {"--status", "--once", "--journal", "--listen", "--old", "--json"} <= used
    assert used <= known


def test_the_lines_of_the_status_are_those_that_the_page_explains() -> None:
    stood = Status(
        pid=812,
        sources=(Stream("/var/log/syslog", 912, 14, 80, 1), Stream("/a", 1, 1, 0, 0), Stream("/b", 1, 1, 0, 0)),
        troubles=(Skipped("/var/log/btmp", "it is binary"),),
        gaps=(Missing("/var/log/app", "truncated", 90, 0, 512, "2026-03-01T12:00:00+00:00"),),
        queue=1,
        shed=7,
        incidents=2,
        lines=51200,
        templates=40,
    )
    explained = [part.strip("….` ,") for part in re.findall(r"^\| `([^`]+)` \|", PAGE, re.M)]
    told = "\n".join([*told_status(stood), "Not running; this is how it stood."])
    assert len(explained) == 7
    for line in explained:
        assert line in told, line


def test_the_numbers_on_the_page_are_those_of_the_code() -> None:
    assert f"below {host.LEAST_CHARGE} %" in PAGE and f"at {host.HOTTEST_C} °C" in PAGE
    assert f"beyond {ledger.MOST_TEMPLATES:,}" in PAGE and f"last {ledger.MOST_GAPS:,}" in PAGE
    assert f"more than {queue.MOST} that wait" in PAGE
    assert f"has {hand.LONGEST_S:.0f} seconds" in PAGE and f"{hand.MOST_WAITING} wait" in PAGE
    assert (explaining.STRIKES, explaining.REST_S) == (3, 600)
    assert config.Watch().nice == 10


def test_the_files_that_the_page_installs_are_there() -> None:
    named = re.findall(r"packaging/systemd/[\w.-]+\.\w+", PAGE)
    assert named and all((ROOT / name).is_file() for name in named)
    assert (ROOT / "packaging/systemd/listen.conf").is_file()
    assert (ROOT / "packaging/systemd/user/edgeops-watch.service").is_file()
