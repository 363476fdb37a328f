"""All sources are visited, by one process or by many, and what comes of it is the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edgeops.assistant import tour
from edgeops.assistant.crew import Heard
from edgeops.assistant.survey import Seen, Survey
from edgeops.assistant.tour import Headway, Stop, Tour, planned
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Skipped

NO_RULES = RuleBook([])
GAP = timedelta(minutes=5)


def test_the_plan_says_how_much_there_is_to_read(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(bytes(900))
    (tmp_path / "a.log.1.gz").write_bytes(bytes(100))
    archive = f"{tmp_path}/a.log.1.gz!/inside"
    gone = Skipped("gone.log", "There is no such file.")
    survey = Survey()
    files = (str(tmp_path / "a.log.1.gz"), str(tmp_path / "a.log"))
    stops = planned([files, gone, ("-",), (archive,)], 500, survey)
    assert stops == [Stop(files, 600, 100), Stop(("-",)), Stop((archive,), 100)]
    assert survey.reading(NO_RULES, GAP).skipped == (gone,)


@pytest.fixture(autouse=True)
def no_threads_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tour, "possible", lambda: True)


class Trip:
    """Stops of a size each, and what the survey says after a tour of them."""

    def __init__(self, sizes: list[int]) -> None:
        self.stops = [Stop((f"{number}.log",), size) for number, size in enumerate(sizes)]
        self.pids: list[str] = []
        self.headways: list[Headway] = []

    def visit(self, stop: Stop, heard: Heard) -> Iterator[Seen | Skipped]:
        heard(stop.size, 7)
        yield Skipped(stop.files[0], str(os.getpid()))

    def taken(self, workers: int) -> tuple[Skipped, ...]:
        survey = Survey()
        Tour(self.stops, self.visit, self.headways.append).take(survey, workers)
        skipped = survey.reading(NO_RULES, GAP).skipped
        self.pids = [one.reason for one in skipped]
        return skipped


def test_many_processes_take_part_where_there_is_much_to_read() -> None:
    trip = Trip([tour.WORTH_A_CREW] * 6)
    assert [one.source for one in trip.taken(3)] == [f"{number}.log" for number in range(6)]
    assert str(os.getpid()) not in trip.pids
    assert trip.taken(1) and set(trip.pids) == {str(os.getpid())}


@pytest.mark.parametrize("sizes", [[1000, 1000], [tour.WORTH_A_CREW * 2]])
def test_one_process_does_what_is_small_or_alone(sizes: list[int]) -> None:
    trip = Trip(sizes)
    trip.taken(8)
    assert set(trip.pids) == {str(os.getpid())}


def test_how_far_it_is_ends_with_everything() -> None:
    for workers in (1, 2):
        trip = Trip([3 << 20, 1 << 20, 0])
        trip.taken(workers)
        last = trip.headways[-1]
        assert (last.stops, last.of_stops, last.taken, last.of_bytes, last.lines) == (3, 3, 4 << 20, 4 << 20, 21)


def test_a_source_whose_process_was_killed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    trip = Trip([3 << 20, 2 << 20, 1 << 20])
    here = os.getpid()

    def visit(stop: Stop, heard: Heard) -> Iterator[Seen | Skipped]:
        if stop.files[0] == "1.log" and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        yield Skipped(stop.files[0], "read.")

    monkeypatch.setattr(trip, "visit", visit)
    skipped = trip.taken(2)
    assert [one.source for one in skipped] == ["0.log", "1.log", "2.log"]
    assert "ended before it was done (signal 9)" in skipped[1].reason
