"""Blocks cut at the borders of minutes: by looking at few lines, but exactly."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgeops import hooks
from edgeops.detect.habits import Habits
from edgeops.detect.rulebook import RuleBook
from edgeops.detect.shapes import Shape, Shapes
from edgeops.detect.spans import Spans, width_for
from edgeops.hooks import Block
from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.records import Normal

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
MINUTE = int(START.timestamp()) // 60


def opened(path: Path) -> tuple[LogReader, Block, list[Shape]]:
    formats = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
    reader = open_reader(str(path), formats=formats)
    assert isinstance(reader, LogReader)
    block = next(reader.blocks())
    shapes = Shapes(reader, RuleBook([]), Habits(reader, Normal("a"), "", fresh=True))
    return reader, block, shapes.meet(block, reader.shapes(block))


def stamped(second: float) -> str:
    return f"{START + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ} host app[7]: all is well\n"


@pytest.mark.parametrize("seed", range(5))
def test_every_line_is_in_its_minute(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    seconds = sorted(dice.uniform(0, 6_000) ** dice.choice((1, 0.8)) for _ in range(700))
    (tmp_path / "a.log").write_text("".join(map(stamped, seconds)))
    reader, block, shapes = opened(tmp_path / "a.log")
    cut = Spans(reader).minutes(block, shapes)
    assert [at for lo, hi, _ in cut for at in range(lo, hi)] == list(range(len(shapes)))
    assert [minute - MINUTE for lo, hi, minute in cut for _ in range(lo, hi)] == [int(s) // 60 for s in seconds]


def test_few_lines_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.log").write_text("".join(stamped(second / 20) for second in range(8_000)))
    reader, block, shapes = opened(tmp_path / "a.log")
    looks = 0
    look = reader.minute

    def counted(raw: bytes) -> int:
        nonlocal looks
        looks += 1
        return look(raw)

    monkeypatch.setattr(reader, "minute", counted)
    assert len(Spans(reader).minutes(block, shapes)) == 7
    assert looks < 150


def test_lines_without_a_stamp_are_of_the_minute_before_them(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(
        stamped(0) + "bare words\n" * 10 + stamped(600) * 2 + "bare words\n" * 10 + stamped(660)
    )
    reader, block, shapes = opened(tmp_path / "a.log")
    assert Spans(reader).minutes(block, shapes) == [(0, 11, MINUTE), (11, 23, MINUTE + 10), (23, 24, MINUTE + 11)]


def test_a_log_without_times_is_one_slice(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("bare words\n" * 50)
    reader, block, shapes = opened(tmp_path / "a.log")
    assert Spans(reader).spans(block, shapes) == [(0, 50, -1)]
    assert Spans(reader).minutes(block, shapes) == [(0, 50, -1)]


def test_minutes_join_to_spans_of_a_width_that_suits_the_log(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("".join(stamped(20 * number) for number in range(300)))
    reader, block, shapes = opened(tmp_path / "a.log")
    spans = Spans(reader)
    widened = spans.widened(spans.minutes(block, shapes))
    assert spans.width == 10
    assert [hi - lo for lo, hi, _ in widened] == [30] * 10
    assert spans.time_of(widened[1][2]) == START + timedelta(minutes=10)
    assert spans.spans(block, shapes) == widened


@pytest.mark.parametrize(
    ("lines", "minutes", "width"),
    [(5, 1, 0), (100, 0, 1), (100, 3, 1), (100, 30, 10), (100, 100, 60), (100, 9_999, 1440)],
)
def test_the_width_is_the_narrowest_in_which_enough_lines_come(lines: int, minutes: int, width: int) -> None:
    assert width_for(lines, minutes) == width
