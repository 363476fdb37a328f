"""Logs that are too much: memory stays bounded, what is left out is said."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgeops import hooks
from edgeops.assistant.casebook import Casebook
from edgeops.cli import main
from edgeops.pattern import MOST_MESSAGE, Pattern
from tests.torture.calls import OOM


def unique_errors(count: int, length: int = 40) -> str:
    """Errors of as many kinds as there are lines, after a cause that the pack knows."""
    dice = random.Random(1)
    words = ("".join(dice.choices("bcdfghjklmnp", k=length)) for _ in range(count))
    return OOM + "".join(f"Mar  1 02:11:{n % 49 + 11:02} web1 app[7]: ERROR {word}\n" for n, word in enumerate(words))


def test_a_log_of_endless_kinds_of_errors_takes_bounded_memory_and_keeps_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("edgeops.detect.sightings.MOST_HELD", 60)
    monkeypatch.setattr("edgeops.detect.shapes.MOST_SHAPES", 100)
    path = tmp_path / "a.log"
    path.write_text(unique_errors(3000), "utf-8")
    assert main.run(["explain", "--no-model", str(path)]) == 1
    out, err = capfd.readouterr()
    assert "java" in out.splitlines()[0]
    assert "of the weaker ones were left out" in err


PEAK = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, "-m", "edgeops", *sys.argv[1:]]).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def test_the_memory_that_a_hostile_log_takes_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(unique_errors(700, 60_000), "utf-8")
    command = [sys.executable, "-c", PEAK, "explain", "--no-model", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "java" in told[0]
    code, peak = map(int, told[-1].split())
    assert code == 1
    assert peak < 160, f"{peak} MiB"


FILLERS = [
    " ",
    "a",
    "1",
    "a ",
    "1 ",
    "/",
    ":",
    ": ",
    "a=",
    "=",
    "(",
    "[",
    "] ",
    '"',
    "\\",
    ".",
    "-",
    "|",
    "00:00:00 ",
    "\t",
]
HEADS = ["", "2026-03-01T02:00:00Z ERROR a", "Mar  1 02:11:09 web1 app[1]: ", "[ 12.345678] ", 'level=error msg="']
HEADS += ['1.2.3.4 - - [01/Mar/2026:02:00:00 +0000] "GET ', '{"level":"error","msg":"']


def test_no_line_makes_a_format_try_for_ever() -> None:
    """What took minutes takes a tenth of a second; the limit is far from either."""
    formats = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
    for format in formats:
        begun = time.process_time()
        for head in HEADS:
            for filler in FILLERS:
                raw = (head + filler * (8_000 // len(filler))).encode()
                format.starts(raw)
                format.shape(raw)
        assert time.process_time() - begun < 5, format.name


def test_no_line_makes_a_rule_try_for_ever() -> None:
    begun = time.process_time()
    for fault in Casebook.from_hooks(hooks.registry()).faults.values():
        for rule in fault.rules:
            pattern = Pattern(rule.pattern)
            first = re.split(r"\{[^}]*\}", rule.pattern.removeprefix("{^}"))[0]
            for filler in (" ", "a ", first):
                pattern.match(f"{first + filler * 4000:.{MOST_MESSAGE - len(pattern.literal)}}{pattern.literal}")
    assert time.process_time() - begun < 20
