"""What is not as usual in a log: bursts, silences, shares of errors, and what a source never had."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgeops import hooks
from edgeops.detect.baseline import learnt
from edgeops.detect.reading import Pass, read_source
from edgeops.detect.rulebook import RuleBook
from edgeops.intake.reader import open_reader
from edgeops.records import Normal, Signal, SignalKind, Skipped

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
GAP = timedelta(minutes=5)
Read = Callable[..., Pass]
DEVIATIONS = (SignalKind.BURST, SignalKind.SILENCE, SignalKind.RATIO, SignalKind.NOVEL)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def call(lines: Iterable[tuple[float, str]], normal: Normal | None = None, name: str = "a.log") -> Pass:
        path = tmp_path / name
        stamped = (
            f"{START + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ} host app[7]: {text}\n"
            for second, text in sorted(lines)
        )
        path.write_text("".join(stamped), "utf-8")
        formats = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
        reader = open_reader(str(path), formats=formats)
        assert not isinstance(reader, Skipped)
        return read_source(reader, RuleBook([]), GAP, normal)

    return call


def calm(minutes: int, dice: random.Random, each: int = 40) -> list[tuple[float, str]]:
    """Requests that come at random, as people send them."""
    return [
        (60 * minute + dice.uniform(0, 60), f"request {dice.randint(1, 9999)} took {dice.randint(1, 99)} ms")
        for minute in range(minutes)
        for _ in range(round(dice.gauss(each, each / 8)))
    ]


def unusual(found: Pass) -> list[Signal]:
    return [signal for signal in found.signals if signal.kind in DEVIATIONS]


def test_a_calm_log_has_nothing_unusual(read: Read) -> None:
    for seed in range(5):
        assert unusual(read(calm(240, random.Random(seed)))) == []


def test_a_burst_is_told_with_what_is_usual(read: Read) -> None:
    dice = random.Random(1)
    lines = calm(120, dice) + [(60 * minute + 7, f"cache miss {minute}") for minute in range(0, 120, 2)]
    storm = [(60 * 100 + dice.uniform(0, 60), f"cache miss {n}") for n in range(412)]
    (burst,) = unusual(read(lines + storm))
    assert burst.kind is SignalKind.BURST
    assert burst.reason == "413 in the minute at 09:40, usually 1 (at most 1)"
    assert burst.event.message.startswith("cache miss")
    assert burst.event.time == START + timedelta(minutes=100)
    assert 0.3 <= burst.score < 0.5


def test_a_batch_job_that_comes_each_hour_alarms_but_once(read: Read) -> None:
    dice = random.Random(2)
    jobs = [(3600 * hour + 1800 + n / 8, f"row {n} copied") for hour in range(12) for n in range(300)]
    bursts = unusual(read(calm(720, dice) + jobs))
    assert [signal.event.time for signal in bursts if signal.event.time] == [START + timedelta(minutes=30)]


def test_too_little_history_makes_no_burst(read: Read) -> None:
    dice = random.Random(3)
    assert unusual(read(calm(20, dice) + [(60 * 15 + n / 10, f"cache miss {n}") for n in range(500)])) == []


@pytest.mark.parametrize("resumes", [False, True])
def test_a_heartbeat_that_stops_is_missed(read: Read, resumes: bool) -> None:
    dice = random.Random(4)
    beats = [(300 * n + dice.uniform(0, 5), f"heartbeat {n} sent") for n in range(40)]
    later = [(300 * n + dice.uniform(0, 5), f"heartbeat {n} sent") for n in range(60, 65)] if resumes else []
    (silence,) = unusual(read(calm(326, dice) + beats + later))
    assert silence.kind is SignalKind.SILENCE
    assert silence.event.message == "heartbeat 39 sent"
    assert silence.reason.startswith("came every 5 minutes, ")
    assert silence.reason.endswith("while the source went on")


def test_no_heartbeat_is_missed_where_the_whole_source_sleeps(read: Read) -> None:
    dice = random.Random(5)
    days = [
        (86400 * day + second, text)
        for day in range(3)
        for second, text in [*calm(300, dice), *((300 * n + 2, f"heartbeat {n} sent") for n in range(60))]
    ]
    assert unusual(read(days)) == []


def test_a_crowd_that_goes_home_is_no_heartbeat(read: Read) -> None:
    dice = random.Random(6)
    lines = calm(300, dice) + [
        (60 * n + dice.uniform(0, 60), f"order {n} of {n} paid")
        for n in range(150)
        for _ in range(dice.choice((0, 1, 1, 5)))
    ]
    assert unusual(read(lines)) == []


def test_a_share_of_errors_far_above_the_usual_one_is_told(read: Read) -> None:
    dice = random.Random(7)
    asked = [(second, text) for second, text in calm(120, dice)]
    failing = [(second, "error: request failed") for second, _ in calm(120, dice, 1)]
    broken = [(60 * 90 + dice.uniform(0, 60), "error: request failed") for _ in range(30)]
    found = [s for s in unusual(read(asked + failing + broken)) if s.kind is SignalKind.RATIO]
    (ratio,) = found
    assert ratio.event.message == "error: request failed"
    assert "messages were errors in the minute at 09:30" in ratio.reason
    assert ratio.score >= 0.5
    assert [s for s in unusual(read(asked + failing)) if s.kind is SignalKind.RATIO] == []


def test_a_template_that_the_source_never_had_is_novel(read: Read) -> None:
    dice = random.Random(8)
    before = read([*calm(60, dice), (9, "door opened")])
    assert before.lesson is not None
    normal = learnt(Normal("a"), before.lesson)
    lines = calm(60, dice) + [(7, "door opened")] + [(60 * n, "a sparrow sits on the antenna") for n in range(5)]
    (novel,) = [signal for signal in unusual(read(lines, normal)) if signal.kind is SignalKind.NOVEL]
    assert novel.event.message == "a sparrow sits on the antenna"
    assert novel.reason.startswith("never seen before in 2")


def test_what_was_learnt_from_a_file_does_not_change_what_the_file_shows(read: Read) -> None:
    dice = random.Random(9)
    lines = calm(120, dice) + [(60 * 100 + n / 8, f"cache miss {n}") for n in range(400)]
    first = read(lines)
    assert first.lesson is not None
    again = read(lines, learnt(Normal("a"), first.lesson))
    assert again.signals == first.signals
    assert unusual(first)


def test_a_burst_is_measured_by_what_was_learnt_of_older_files(read: Read) -> None:
    dice = random.Random(10)
    lesson = read(calm(200, dice) + [(60 * n, f"cache miss {n}") for n in range(200)], name="a.log.1").lesson
    assert lesson is not None
    normal = learnt(Normal("a"), lesson)
    lines = [*calm(20, random.Random(11)), *((300 + n / 10, f"cache miss {n}") for n in range(300))]
    assert unusual(read(lines)) == []
    (burst,) = unusual(read(lines, normal))
    assert burst.reason == "300 in the minute at 08:05, usually 1 (at most 1)"


def test_templates_are_told_with_their_counts_and_times(read: Read) -> None:
    found = read([*calm(30, random.Random(12)), (61, "door opened"), (1501, "door opened")])
    (door,) = [template for template in found.templates if template.pattern == "door opened"]
    assert (door.count, door.first, door.last) == (2, START + timedelta(seconds=61), START + timedelta(seconds=1501))
    assert sum(template.count for template in found.templates) == found.lines


def test_patterns_without_end_are_held_in_bounded_memory_and_errors_stay(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeops.detect.habits.MOST_PATTERNS", 100)
    monkeypatch.setattr("edgeops.detect.shapes.MOST_SHAPES", 150)
    dice = random.Random(13)
    chatter = [
        (n, " ".join("".join(dice.choices("abcdefgh", k=6)) for _ in range(dice.randint(3, 9)))) for n in range(30_000)
    ]
    found = read([*chatter, (5, "error: the array lost its battery")])
    assert "error: the array lost its battery" in {template.pattern for template in found.templates}
    assert len(found.templates) <= 100
