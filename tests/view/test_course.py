"""The bars over time and the kinds of lines, from tallies."""

from __future__ import annotations

from datetime import UTC, datetime

from edgeops.view.course import bars, kinds
from edgeops.view.tally import Stretch, Tally

BEGIN = int(datetime(2024, 5, 1, tzinfo=UTC).timestamp()) // 60


def test_lines_are_spread_over_the_time_that_their_stretch_covers() -> None:
    tallies = {at: Tally(60, (Stretch(BEGIN + 2 * at, BEGIN + 2 * at + 1, 60, 2, at),)) for at in range(5)}
    found = bars([tallies], 4)
    assert len(found) == 4
    assert round(sum(bar.lines for bar in found)) == 300
    assert found[0].time == datetime(2024, 5, 1, tzinfo=UTC)
    assert found[0].errors < found[-1].errors
    assert len(bars([tallies], 200)) == 200
    assert round(sum(bar.errors for bar in bars([tallies], 200))) == 10


def test_slabs_without_times_and_no_slabs_give_no_bars() -> None:
    assert bars([{0: Tally(5)}], 10) == []
    assert bars([], 10) == []
    assert len(bars([{0: Tally(5, (Stretch(BEGIN, BEGIN, 5, 0, 0),))}], 3)) == 3


def test_kinds_are_counted_over_files_and_name_the_patterns_they_are_of() -> None:
    one = Tally(6, (), {"started <number>": 5, "stopped": 1})
    found = kinds([{0: one}, {0: one, 1: one}])
    assert [(kind.template, kind.count) for kind in found] == [("started <number>", 15), ("stopped", 3)]
    assert found[1].patterns == ("stopped",)
