"""What is said of logs in which nothing is wrong, and of what breaks again and again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgeops.cli import main

CALM = "".join(f"Mar  1 02:{n // 60:02}:{n % 60:02} web1 app[7]: page {n} sent\n" for n in range(300))
WARM = CALM + "Mar  1 02:05:30 web1 app[7]: WARNING: disk is getting warm\n"


def written(folder: Path, text: str) -> str:
    path = folder / "a.log"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_evidence_of_a_calm_log_is_what_is_most_worth_reading(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["evidence", written(tmp_path, WARM)]) == 0
    out, err = capfd.readouterr()
    assert "getting warm" in out
    assert "most worth reading" in err


def test_evidence_as_json_says_that_it_is_no_incident(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main.run(["evidence", "--json", written(tmp_path, WARM)]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["quiet"], found["roots"]) == (True, [])
    # The last lines are there as well, though nothing in them is remarkable.
    assert [e["line"] for e in found["evidence"]][-1] == 301


def test_explain_of_a_calm_log_shows_a_few_lines_all_the_same(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["explain", "--no-model", "--readonly", written(tmp_path, WARM)]) == 0
    out = capfd.readouterr().out
    assert out.startswith("Nothing wrong found")
    assert "getting warm" in out


def test_scan_says_how_often_the_same_broke(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lines = [f"Mar  {day} 02:11:09 web1 app[7]: FATAL: pump stopped\n" for day in range(1, 4)]
    assert main.run(["scan", written(tmp_path, "".join(lines))]) == 1
    out = capfd.readouterr().out
    assert len(out.splitlines()) == 1
    assert "seen 3 times between" in out
