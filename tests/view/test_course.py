"""The bars over time and the kinds of lines, from tallies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from edgeops.view.course import bars, kinds
from edgeops.view.scan import Tally

BEGIN = datetime(2024, 5, 1, tzinfo=UTC)


def test_lines_are_spread_over_the_time_that_their_slab_covers() -> None:
    tallies = {number: Tally(BEGIN + timedelta(minutes=number), 60, 2, number, {}) for number in range(5)}
    found = bars([tallies], 4)
    assert len(found) == 4
    assert sum(bar.lines for bar in found) == 300
    assert found[0].time == BEGIN
    assert found[0].errors < found[-1].errors


def test_slabs_without_times_and_no_slabs_give_no_bars() -> None:
    assert bars([{0: Tally(None, 5, 0, 0)}], 10) == []
    assert bars([], 10) == []
    assert len(bars([{0: Tally(BEGIN, 5, 0, 0)}], 3)) == 3


def test_kinds_are_counted_over_files_and_name_the_patterns_they_are_of() -> None:
    one = Tally(BEGIN, 3, 0, 0, {"started <number>": 5, "stopped": 1})
    found = kinds([{0: one}, {0: one, 1: one}])
    assert [(kind.template, kind.count) for kind in found] == [("started <number>", 15), ("stopped", 3)]
    assert found[1].patterns == ("stopped",)
