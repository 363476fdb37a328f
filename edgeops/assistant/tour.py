"""A visit to every source that is named: in this process, or by a crew where there is much to read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgeops.assistant.crew import Crew, Heard, Lost, Result, alone, possible
from edgeops.assistant.survey import Seen, Survey
from edgeops.records import Skipped

WORTH_A_CREW = 2 << 20
"""Bytes of logs below which one process is done before others have begun."""
_SWELLS = 8
"""What is packed holds about so many times its size."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Files that are read one after the other: one, or those of a rotated family. size is what will be read, in bytes."""

    files: tuple[str, ...]
    size: int = 0
    packed: int = 0

    @property
    def labour(self) -> int:
        """How much work it is."""
        return self.size + (_SWELLS - 1) * self.packed


@dataclass(frozen=True, slots=True)
class Headway:
    """How far a tour is; label is what was read last. of_bytes is 0 where it is not known, as of a pipe."""

    stops: int
    of_stops: int
    taken: int
    of_bytes: int
    lines: int
    label: str


def planned(families: Iterable[tuple[str, ...] | Skipped], most: int, survey: Survey) -> list[Stop]:
    """The stops; what is no source is told to the survey in its place. most: bytes that are read of a plain file."""
    stops: list[Stop] = []
    for number, files in enumerate(families):
        if isinstance(files, Skipped):
            survey.add((len(stops), -1, number), files)
        else:
            sizes = [_size(name, most) for name in files]
            stops.append(Stop(files, sum(size for size, _ in sizes), sum(size for size, packed in sizes if packed)))
    return stops


def _size(name: str, most: int) -> tuple[int, bool]:
    """How much will be read of a file, and whether it looks packed."""
    try:
        size = Path(name.partition("!/")[0] if not os.path.lexists(name) else name).stat().st_size
    except (OSError, ValueError):
        return 0, False
    packed = name.endswith((".gz", ".bz2", ".xz", ".zst", ".tgz", ".zip"))
    return (size if packed else min(size, most)), packed


@dataclass
class Tour:
    """The way through the stops. visit reads one and tells what it gave; progress hears how far it is."""

    stops: Sequence[Stop]
    visit: Callable[[Stop, Heard], Iterator[Seen | Skipped]]
    progress: Callable[[Headway], None] = lambda headway: None
    _done: set[int] = field(default_factory=set)
    _taken: int = 0
    _lines: int = 0
    _label: str = ""

    def __post_init__(self) -> None:
        self._label = self.stops[0].files[-1] if len(self.stops) == 1 else ""
        self._total = sum(stop.size for stop in self.stops)

    def take(self, survey: Survey, workers: int) -> None:
        """Make it with at most so many processes."""
        size = min(workers, len(self.stops))
        if size < 2 or sum(stop.labour for stop in self.stops) < WORTH_A_CREW or not possible():
            self._gather(survey, alone(self.stops, self.visit, self._heard))
            return
        # The largest first, so that none is left for the end; what is told hangs on the places, not on this.
        order = sorted(range(len(self.stops)), key=lambda number: -self.stops[number].labour)
        with Crew[Stop, Seen | Skipped](self.stops, self.visit, size, self._heard) as crew:
            self._gather(survey, crew.results(order))

    def _gather(self, survey: Survey, results: Iterator[Result[Seen | Skipped | Lost]]) -> None:
        for number, index, result in results:
            if isinstance(result, Lost):
                result = _lost(self.stops[number], result)
            survey.add((number, index), result)
            self._done.add(number)
            self._label = self.stops[number].files[-1]
            self._tell()

    def _heard(self, taken: int, lines: int) -> None:
        self._taken, self._lines = self._taken + taken, self._lines + lines
        self._tell()

    def _tell(self) -> None:
        taken = min(self._taken, self._total)
        self.progress(Headway(len(self._done), len(self.stops), taken, self._total, self._lines, self._label))


def _lost(stop: Stop, lost: Lost) -> Skipped:
    how = f"signal {-lost.code}" if lost.code < 0 else f"exit code {lost.code}"
    return Skipped(
        stop.files[-1],
        f"The process that read it ended before it was done ({how}), perhaps because memory ran out; "
        "read it alone, or set intake.workers to 1.",
    )


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))
