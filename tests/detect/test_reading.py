"""One pass over a real file: shapes, runs, borrowed times and rare lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from edgeops import hooks
from edgeops.detect.reading import Pass, read_source
from edgeops.detect.rulebook import RuleBook
from edgeops.intake.reader import open_reader
from edgeops.records import Fault, Role, Rule, Skipped, Wording

TEXT = Wording("t", "s", "c", "k")
RULES = RuleBook(
    [Fault("crash", "crash", "t", (), (Rule("crash", Role.CAUSE, "got signal {n:int} ;"),), (), TEXT, TEXT, (), ())]
)
START = datetime(2026, 5, 1, 8, tzinfo=UTC)


def read(folder: Path, lines: list[str]) -> Pass:
    path = folder / "a.log"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    formats = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
    reader = open_reader(str(path), formats=formats)
    assert not isinstance(reader, Skipped)
    return read_source(reader, RULES, timedelta(minutes=5))


def stamped(second: int, message: str) -> str:
    return f"{START + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ} host app[7]: {message}"


def test_lines_of_one_shape_close_in_time_are_one_signal_with_their_count(tmp_path: Path) -> None:
    found = read(tmp_path, [stamped(n, f"request failed for user {n}") for n in range(100)])
    assert [(s.count, s.event.line.number) for s in found.signals] == [(100, 1)]
    assert found.lines == 100


def test_a_pause_parts_two_runs_of_one_shape(tmp_path: Path) -> None:
    found = read(tmp_path, [stamped(n, "request failed") for n in (0, 1, 2, 900, 901)])
    assert [s.count for s in found.signals] == [3, 2]


def test_a_line_without_a_time_has_that_of_the_line_before_it(tmp_path: Path) -> None:
    calm = [stamped(n, f"page {n} sent") for n in range(20)]
    found = read(tmp_path, [*calm, "08:00:19 UTC - mysqld got signal 11 ;", *calm])
    (signal,) = found.signals
    assert signal.rule is not None
    assert signal.event.time == START + timedelta(seconds=19)
    assert signal.event.time_inferred


def test_a_line_seen_once_is_rare_unless_only_its_key_is_new(tmp_path: Path) -> None:
    calm = [stamped(n, f"page {n} sent") for n in range(600)]
    logins = [stamped(600 + n, f"Accepted publickey for anna {c * 30}") for n, c in enumerate("abcdef")]
    found = read(tmp_path, [*calm, *logins, stamped(700, "operator unplugged the left cable")])
    assert [event.message for event in found.rare] == ["operator unplugged the left cable"]


def test_a_line_seen_a_few_times_is_rare_when_it_came_in_one_stretch(tmp_path: Path) -> None:
    calm = [stamped(n, f"page {n} sent") for n in range(600)]
    stretch = [stamped(600 + n, "cable is loose again") for n in range(5)]
    spread = [stamped(200 * n, "belt was oiled") for n in range(1, 5)]
    lines = sorted([*calm, *stretch, *spread])
    assert [event.message for event in read(tmp_path, lines).rare] == ["cable is loose again"]


def test_ordinary_alarms_weigh_less(tmp_path: Path) -> None:
    found = read(tmp_path, [stamped(0, "kex_exchange_identification: failed"), stamped(1, "mount failed")])
    ordinary, real = sorted(found.signals, key=lambda s: s.event.line.number)
    assert ordinary.score == real.score / 2
    assert "ordinary" in ordinary.reason
