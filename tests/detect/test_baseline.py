"""What is known of a source and what a reading adds: a stretch of a file counts once, templates that are one become one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from edgeops.detect.baseline import MOST_TEMPLATES, Lesson, family_of, known_before, learnt, learnt_of, name_of
from edgeops.detect.templates import id_of
from edgeops.records import Normal, Severity, Template, Usual

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
NOTHING = Normal("/var/log/syslog")


def usual(pattern: str, count: int, severity: Severity = Severity.INFO, **more: int) -> Usual:
    last = START + timedelta(minutes=count)
    return Usual(Template(id_of(pattern), pattern, count, severity, START, last), spans=1, total=count, **more)


def lesson(*usuals: Usual, file: str = "f", end: int = 2_000) -> Lesson:
    return Lesson(file, end, 1, 30, sum(one.template.count for one in usuals), 2, 0.1, usuals)


@pytest.mark.parametrize(
    "path",
    [
        *("/var/log/syslog", "/var/log/syslog.1", "/var/log/syslog.2.gz", "/var/log/syslog-20260301.xz"),
        *(
            "/var/log/syslog-2026-03-01",
            "/var/log/syslog.old",
            "/var/log/syslog.1.zst",
            "/var/log/syslog-20260301-120000",
        ),
    ],
)
def test_rotated_logs_are_one_family(path: str) -> None:
    assert family_of(path) == "/var/log/syslog"


@pytest.mark.parametrize("path", ["/var/log/app.log", "/srv/node7", "/var/log/postgresql-15-main.log", ".1"])
def test_other_names_are_their_own_family(path: str) -> None:
    assert family_of(path) == path


def test_a_file_is_known_by_its_first_lines() -> None:
    assert name_of([b"a", b"b"]) == name_of(iter([b"a", b"b"])) != name_of([b"ab"])


def test_a_lesson_adds_up_with_what_was_known() -> None:
    once = learnt(NOTHING, lesson(usual("link up", 5, most=3)))
    twice = learnt(once, lesson(usual("link up", 7, most=2), usual("link down", 1), file="g", end=900))
    assert (twice.lines, twice.spans, twice.bad, dict(twice.files)) == (13, 60, 4, {"f": 2_000, "g": 900})
    up, down = twice.usuals
    assert (up.template.count, up.total, up.spans, up.most) == (12, 12, 2, 3)
    assert (up.template.first, up.template.last) == (START, START + timedelta(minutes=7))
    assert down.template.pattern == "link down"


def test_a_stretch_of_a_file_counts_once() -> None:
    once = learnt(NOTHING, lesson(usual("link up", 5)))
    assert learnt(once, lesson(usual("link up", 5))) is once
    assert learnt(once, lesson(usual("link up", 5), end=1_500)) is once
    assert learnt(once, lesson(usual("link up", 1), end=2_001)).lines == 6
    assert learnt(once, lesson(usual("link up", 5), file="")) is once


def test_templates_that_turn_out_to_be_one_become_one() -> None:
    normal = NOTHING
    for number in range(20):
        normal = learnt(
            normal, lesson(usual(f"quota of {'abcdefghijklmnopqrst'[number] * 6} exceeded", 2), file=str(number))
        )
    (only,) = normal.usuals
    assert (only.template.pattern, only.template.count) == ("quota of <*> exceeded", 40)


def test_what_is_remembered_is_bounded_and_keeps_rare_errors() -> None:
    words = ("".join(chr(97 + (n // 26**k) % 26) for k in range(3)) for n in range(3 * MOST_TEMPLATES))
    chatter = [usual(f"{word} {word * 2} {word * 3} {'x ' * (n % 40)}", 9) for n, word in enumerate(words)]
    normal = learnt(
        NOTHING, lesson(*chatter[: MOST_TEMPLATES // 2], usual("array lost its battery", 1, Severity.ERROR))
    )
    for part in range(2):
        normal = learnt(normal, lesson(*chatter[part * MOST_TEMPLATES : (part + 1) * MOST_TEMPLATES], file=str(part)))
    assert len(normal.usuals) <= MOST_TEMPLATES
    assert normal.usuals[0].template.pattern == "array lost its battery"
    for number in range(100):
        normal = learnt(replace(normal, usuals=()), lesson(usual("link up", 1), file=f"n{number}"))
    assert len(normal.files) <= 40


def test_long_histories_fade() -> None:
    normal = NOTHING
    for number in range(1_000):
        normal = learnt(replace(normal), lesson(usual("link up", 10), file=str(number)))
    assert normal.spans <= 20_000
    assert normal.usuals[0].spans <= normal.spans


def test_counts_of_spans_of_another_width_do_not_mix() -> None:
    once = learnt(NOTHING, lesson(usual("link up", 5, most=5)))
    wider = learnt(once, replace(lesson(usual("link up", 50, most=50), file="g"), width=10))
    (up,) = wider.usuals
    assert (wider.width, wider.spans, up.spans, up.total, up.template.count) == (10, 30, 1, 50, 55)


def test_what_a_file_taught_is_not_known_from_before_it() -> None:
    normal = Normal("a", lines=1_500, files=(("f", 900), ("g", 600)))
    assert (learnt_of(normal, "f"), learnt_of(normal, "x")) == (900, 0)
    assert (known_before(normal, "x"), known_before(normal, "f"), known_before(NOTHING, "f")) == (1_500, 0, 0)
