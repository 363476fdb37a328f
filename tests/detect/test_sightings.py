"""Runs of lines worth a look: how they part, what is parsed for them, and how many are held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgeops import hooks
from edgeops.detect.reading import Pass, read_source
from edgeops.detect.rulebook import RuleBook
from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.records import Fault, Role, Rule, Wording

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
TEXT = Wording("t", "s", "c", "k")


def rules(*patterns: str) -> RuleBook:
    return RuleBook([Fault(p, p, "t", (), (Rule(p, Role.CAUSE, p),), (), TEXT, TEXT, (), ()) for p in patterns])


def opened(folder: Path, lines: list[str]) -> LogReader:
    path = folder / "a.log"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    formats = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
    reader = open_reader(str(path), formats=formats)
    assert isinstance(reader, LogReader)
    return reader


def read(folder: Path, lines: list[str], *patterns: str) -> Pass:
    return read_source(opened(folder, lines), rules(*patterns), timedelta(minutes=5))


def stamped(minute: float, message: str) -> str:
    return f"{START + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ} host app[7]: {message}"


def test_what_comes_all_the_time_makes_ever_longer_runs(tmp_path: Path) -> None:
    found = read(tmp_path, [stamped(10 * n, f"error: job {n} failed") for n in range(2_000)])
    assert [signal.count for signal in found.signals] == [1] * 15 + [1_985]


def test_a_run_knows_its_first_and_its_last_line_and_those_around_it(tmp_path: Path) -> None:
    lines = [stamped(n / 60, f"page {n} sent") for n in range(60)]
    lines[10:40:10] = [stamped(n / 60, f"error: page {n} lost") for n in range(10, 40, 10)]
    (signal,) = read(tmp_path, lines).signals
    assert signal.last is not None
    assert (signal.event.line.number, signal.last.line.number, signal.count) == (11, 31, 3)
    assert signal.last.time == START + timedelta(seconds=30)
    assert [line.number for line in (*signal.before, *signal.after)] == [8, 9, 10, 12, 13, 14]


def test_lines_of_one_shape_fit_the_rules_that_their_numbers_name(tmp_path: Path) -> None:
    codes = [502, 503, 200] * 400
    lines = [stamped(n / 60, f"upstream answered {code} to {n % 90}") for n, code in enumerate(codes)]
    found = read(tmp_path, lines, "upstream answered 502", "upstream answered 503")
    counts = {signal.rule.fault: signal.count for signal in found.signals if signal.rule}
    assert counts == {"upstream answered 502": 400, "upstream answered 503": 400}
    assert len(found.signals) == 2


def test_a_number_that_stands_there_by_chance_begins_no_run(tmp_path: Path) -> None:
    lines = [stamped(n / 60, f"upstream answered 502 to {n % 90}") for n in range(100)]
    lines += [stamped(600 + n / 60, f"upstream answered 200 to {n}") for n in range(450, 550)]
    (signal,) = read(tmp_path, lines, "upstream answered 502").signals
    assert (signal.count, signal.last and signal.last.line.number) == (100, 100)


def test_few_of_very_many_lines_are_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = opened(tmp_path, [stamped(n / 600, f"error: job {n} failed with {n % 7}") for n in range(5_000)])
    parsed = 0
    event = reader.event

    def counted(*arguments: object) -> object:
        nonlocal parsed
        parsed += 1
        return event(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "event", counted)
    (signal,) = read_source(reader, rules(), timedelta(minutes=5)).signals
    assert signal.count == 5_000
    assert parsed < 10


def test_a_message_of_several_lines_is_one_of_its_run(tmp_path: Path) -> None:
    trace = ["Traceback (most recent call last):", '  File "a.py", line 3, in run', "ValueError: bad page"]
    lines = [line for n in range(30) for line in (stamped(n, "error: page lost"), *trace, stamped(n, f"page {n} sent"))]
    found = read(tmp_path, lines)
    (signal,) = found.signals
    assert (signal.count, len(signal.event.more), signal.last and signal.last.line.number) == (30, 3, 146)
    assert found.lines == 150


def test_no_more_runs_are_held_than_there_is_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeops.detect.sightings.MOST_HELD", 20)
    kinds = [chr(97 + n % 26) * (3 + n // 26) for n in range(100)]
    lines = [stamped(n, f"error: {kind} failed") for n, kind in enumerate(kinds)] + [stamped(200, "fatal: disk gone")]
    found = read(tmp_path, lines)
    assert len(found.signals) <= 21
    assert "fatal: disk gone" in {signal.event.message for signal in found.signals}
    assert found.forgotten >= 80
