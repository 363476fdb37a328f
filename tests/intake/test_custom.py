"""Formats of a person's own: read like ours, tried first, and refused in a sentence when they cannot be used."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from edgeops.errors import UsageError
from edgeops.intake.formats.custom import custom
from edgeops.intake.formats.pcre import LONGEST_LINE, Boxed, translated
from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.records import Severity

from .opened import FORMATS, events_of, written

PRESS = r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d);(?P<level>\w+);(?P<machine>\w+);(?P<message>.*)"
LINE = "2024-05-01 10:00:00;warn;press7;paper is low"
EVIL = r"(?P<message>(?:a+)+)$"


def test_a_format_of_ones_own_comes_before_ours_and_its_groups_are_understood(tmp_path: Path) -> None:
    own = custom([("press", PRESS, LINE)])
    path = written(tmp_path / "a.log", (LINE + "\n").encode() * 5)
    reader = open_reader(str(path), formats=[*own, *FORMATS])
    assert isinstance(reader, LogReader)
    event = events_of(reader)[0]
    assert (event.format, event.message, event.severity) == ("press", "paper is low", Severity.WARNING)
    assert (str(event.time), event.fields) == ("2024-05-01 10:00:00+00:00", (("machine", "press7"),))


def test_a_priority_in_digits_is_part_of_the_shape() -> None:
    (one,) = custom([("p", r"<(?P<pri>\d+)>(?P<message>.*)", "")])
    assert one.shape(b"<11>disk 3 died") != one.shape(b"<14>disk 3 died")
    assert one.shape(b"<11>disk 3 died") == one.shape(b"<11>disk 4 died")


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (("press", PRESS, "no such line"), "'press' does not match its sample 'no such line'"),
        (("press", "(?P<message>", ""), "'press' cannot be used"),
        (("press", r"(?P<message>\p{Lu}.*)", ""), "knows nothing like a Unicode class"),
        (("press", "(?P<time>.*)", ""), "has no group"),
        (("syslog", PRESS, ""), "There is already a format 'syslog'"),
        (("press", EVIL, ""), "takes too long for a line of letters"),
    ],
)
def test_a_format_that_cannot_be_used_is_named(entry: tuple[str, str, str], sentence: str) -> None:
    with pytest.raises(UsageError, match=r"\.$") as error:
        custom([entry], taken=["syslog"])
    assert sentence in str(error.value)


# ---------------------------------------------------------------- expressions of others


@pytest.mark.parametrize(
    ("pattern", "line", "groups"),
    [
        (r"^(?<level>[[:alpha:]]+)\h(?<body>.*)$", b"warn\tx", {"level": b"warn", "body": b"x"}),
        (r"(?'a'\d)\k<a>\k{a}", b"777", {"a": b"7"}),
        (r"(\d)\g1\g{1}(?<b>x)", b"777x", {"b": b"x"}),
        (r"\Qa.b[\E(?<c>.)", b"a.b[c", {"c": b"c"}),
        (r"[]a[](?<c>.)\z", b"[c", {"c": b"c"}),
        (r"[^]\]](?<c>(?>a+)b?+)", b"xaab", {"c": b"aab"}),
        (r"\x{41}\e(?<c>[\h.]+)", b"A\x1b. .", {"c": b". ."}),
        (r"(?<!x)(?<=)(?<c>[[:^digit:]]?)", b"", None),
        ("größe (?<n>\\d+)", "größe 7".encode(), {"n": b"7"}),
    ],
)
def test_perls_expressions_mean_the_same(pattern: str, line: bytes, groups: dict[str, bytes] | None) -> None:
    if groups is None:
        with pytest.raises(ValueError, match="no class"):
            translated(pattern)
        return
    found = Boxed(translated(pattern)).match(line)
    assert found is not None
    assert found.groupdict() == groups


def test_an_expression_that_takes_too_long_is_given_up_and_then_left_alone() -> None:
    boxed, evil = Boxed(EVIL.encode()), b"a" * 60 + b"b"
    began = time.perf_counter()
    assert [boxed.match(evil) for _ in range(20)] == [None] * 20
    assert time.perf_counter() - began < 5
    assert boxed.off
    assert boxed.match(b"aaa") is None


def test_a_quick_match_after_a_slow_one_is_not_cut_short() -> None:
    boxed = Boxed(rb"x*(?P<message>\d+)")
    assert boxed.match(b"1") is not None
    time.sleep(0.25)
    assert all(boxed.match(b"x1") is not None for _ in range(1000))
    assert not boxed.off


def test_a_program_that_ends_after_a_match_ends_well() -> None:
    code = "from edgeops.intake.formats.pcre import Boxed; Boxed(b'a+').match(b'aa')"
    late = f"import atexit, time; atexit.register(time.sleep, 0.05); {code}"
    for one in (code, late, f"{code}; import os; os.fork() or time.sleep(0.2)".replace("import os", "import os, time")):
        assert subprocess.run([sys.executable, "-c", one], check=False, timeout=60).returncode == 0


def test_a_long_line_is_not_matched() -> None:
    assert Boxed(b"a*").match(b"a" * LONGEST_LINE) is not None
    assert Boxed(b"a*").match(b"a" * (LONGEST_LINE + 1)) is None


def test_another_thread_matches_without_the_clock() -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(Boxed(b"a+").match(b"aa")))
    thread.start()
    thread.join()
    assert found[0] is not None
