"""`edgeops explain --why`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgeops.assistant.why import Carried
from edgeops.cli import main
from edgeops.cli.answer import Painter
from edgeops.cli.carrying import bar, shown
from edgeops.records import Evidence, Explanation, Tier

OOM = """\
Mar  1 02:11:09 web1 kernel: Out of memory: Killed process 4312 (java) total-vm:8123440kB, anon-rss:6120404kB
Mar  1 02:11:10 web1 systemd[1]: tomcat.service: Failed with result 'oom-kill'.
"""
ANSWER = Explanation(
    "i", Tier.REASONED, "en", root="L1",
    evidence=tuple(Evidence(f"L{n}", "log", "a", n, None, f"line {n}", 1.0, message=f"line {n}\x1b[31m") for n in (1, 2, 3)),
)  # fmt: skip


def test_a_rule_carries_a_known_answer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.log").write_text(OOM)
    assert main.run(["explain", str(tmp_path / "a.log"), "--why", "--readonly"]) == 1
    told = capfd.readouterr().out
    assert "What carried it" in told and "  states memory-oom-kill; that decided" in told


def test_json_has_what_carried_each_answer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.log").write_text(OOM)
    arguments = ["explain", str(tmp_path / "a.log"), "--readonly", "--json"]
    assert main.run(arguments) == 1
    (plain,) = json.loads(capfd.readouterr().out)
    assert main.run([*arguments, "--why"]) == 1
    (with_why,) = json.loads(capfd.readouterr().out)
    assert with_why.pop("carried") == [{"ref": plain["root"], "root": None, "fault": None, "rule": plain["fault"]}]
    assert with_why == plain


def test_each_line_has_a_bar_as_long_as_the_larger_fall() -> None:
    found = (Carried("L3", 0.25, 0.5), Carried("L2", -0.1, 0.0))
    text = list(shown(Painter(ascii_only=True), ANSWER, found))
    assert "L3  ##########.......... root -25 points, fault -50 points" in text
    assert "L2  .................... root +10 points, fault -0 points" in text or any(
        "root +10 points" in t for t in text
    )
    assert not any("\x1b" in line for line in text)
    assert (bar(2.0, True), bar(-1.0, True)) == ("#" * 20, "." * 20)


def test_what_a_past_incident_decided_and_nothing_are_said() -> None:
    assert any("past incident" in line for line in shown(Painter(), ANSWER, (Carried("L1"),)))
    assert any("Nothing carried it" in line for line in shown(Painter(), ANSWER, ()))
