"""Formats and the zone of a person's own, as the commands meet them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgeops.cli import main

Capture = pytest.CaptureFixture[str]

PRESS = r"""
[intake]
zone = "Europe/Berlin"

[[formats]]
name = "press"
pattern = '(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d);(?P<level>\w+);(?P<message>.*)'
sample = '2026-03-01 10:15:00;warn;paper is low'
"""
LOG = "2026-03-01 10:15:00;warn;paper is low\n2026-03-01 10:15:01;error;paper is out\n"


@pytest.fixture
def settings(no_home: Path) -> Path:
    folder = no_home / "edgeops"
    folder.mkdir(mode=0o700)
    return folder / "config.toml"


def run(capfd: Capture, *arguments: str) -> tuple[int, str, str]:
    code = main.run(list(arguments))
    return code, *capfd.readouterr()


@pytest.fixture
def log(tmp_path: Path) -> str:
    path = tmp_path / "a.log"
    path.write_text(LOG)
    return str(path)


def records(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_format_of_the_settings_is_read_and_known_by_name(settings: Path, log: str, capfd: Capture) -> None:
    settings.write_text(PRESS)
    for named in ([], ["--format", "press"]):
        code, out, err = run(capfd, "events", *named, "--json", log)
        assert (code, err) == (0, "")
        assert [(one["format"], one["severity"], one["message"]) for one in records(out)] == [
            ("press", "warning", "paper is low"),
            ("press", "error", "paper is out"),
        ]
    assert records(out)[0]["time"] == "2026-03-01T10:15:00+01:00"
    assert records(out)[0]["time_inferred"]


def test_since_is_in_the_zone_of_the_settings(settings: Path, log: str, capfd: Capture) -> None:
    settings.write_text(PRESS)
    for since in ("2026-03-01T10:15:01", "2026-03-01T09:15:01Z"):
        assert len(run(capfd, "events", "--since", since, log)[1].splitlines()) == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Europe/Berlin", "Mars", "intake.zone is 'Mars'"),
        (";paper is low", " paper is low", "'press' does not match its sample"),
        ('"press"', '"syslog"', "There is already a format 'syslog'"),
    ],
)
def test_settings_that_cannot_be_used_end_in_one_sentence(
    settings: Path, log: str, capfd: Capture, old: str, new: str, words: str
) -> None:
    settings.write_text(PRESS.replace(old, new))
    code, out, err = run(capfd, "events", log)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_broken_format_of_lnav_costs_a_note_and_nothing_else(no_home: Path, log: str, capfd: Capture) -> None:
    folder = no_home / ".config/lnav/formats/installed"
    folder.mkdir(parents=True)
    (folder / "broken.json").write_text("{")
    (folder / "press.json").write_text(
        json.dumps({"press_log": {"regex": {"a": {"pattern": r"^(?<timestamp>[\d: -]+);(?<level>\w+);(?<body>.*)"}}}})
    )
    code, out, err = run(capfd, "events", "--json", log)
    assert (code, [one["format"] for one in records(out)]) == (0, ["press_log"] * 2)
    assert err.startswith(f"The lnav formats in {folder}/broken.json were passed over: ")
    assert err.count("\n") == 1
