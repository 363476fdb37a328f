"""A source that goes on for ever, read as it comes: what was new since asked last, as counts of templates and as signals.

It is read in chapters: at the end of one, what it taught is put to what is normal, and the next begins with that, so that
memory does not grow with time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from edgeops.detect.baseline import Lesson
from edgeops.detect.habits import Habit
from edgeops.detect.reading import Scan, rare
from edgeops.detect.rulebook import RuleBook
from edgeops.detect.templates import id_of
from edgeops.hooks import Block, Reader
from edgeops.records import Event, Line, Normal, Severity, Signal


@dataclass(frozen=True, slots=True)
class Count:
    """So many more messages of one template; last is the time of the latest, if it tells one."""

    template: str
    pattern: str
    severity: Severity
    count: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class News:
    """What was counted, and the signals that began or went on."""

    counts: tuple[Count, ...] = ()
    signals: tuple[Signal, ...] = ()


class Live:
    """One chapter of a source. file is the file's name by its first lines (empty: nothing is to be learnt of it)."""

    def __init__(self, reader: Reader, rules: RuleBook, gap: timedelta, normal: Normal, file: str) -> None:
        self._scan = Scan(reader, rules, gap, normal, file, live=True)
        self._scan.sightings.news()
        self._scan.habits.forgotten = self._forgotten
        self._counted: dict[str, int] = {}
        self._parted: list[Count] = []
        self._told: dict[tuple[str, str, int], int] = {}
        self._fresh = False

    @property
    def lines(self) -> int:
        """Lines read in this chapter."""
        return self._scan.lines

    @property
    def pending(self) -> tuple[Line, ...]:
        """The lines of the message that may go on: read, and counted nowhere yet."""
        open = self._scan.open
        return () if open is None else (open.block.line(self._scan.reader.source, open.at), *open.more)

    def read(self, block: Block) -> None:
        """The lines that come next."""
        self._scan.read(block)
        self._fresh = True

    def rest(self) -> None:
        """Nothing came for a while: the last message is complete."""
        self._fresh = self._fresh or self._scan.open is not None
        self._scan.rest()

    def news(self) -> News:
        """What is new since this was asked last."""
        if not self._fresh:
            return News()
        self._fresh = False
        counts = [*self._parted, *(self._count(habit) for habit in self._scan.habits)]
        self._parted = []
        # A pattern that was forgotten for want of room begins again at nothing.
        self._counted = {habit.pattern: habit.count for habit in self._scan.habits}
        unusual = [signal for signal in self._scan.course.signals() if self._is_news(signal)]
        return News(tuple(one for one in counts if one.count), (*self._scan.sightings.news(), *unusual))

    def _count(self, habit: Habit) -> Count:
        more = habit.count - self._counted.get(habit.pattern, 0)
        last = self._scan.habits.last(habit) if more else None
        return Count(id_of(habit.pattern), habit.pattern, habit.severity, more, last)

    def _forgotten(self, habit: Habit) -> None:
        self._parted.append(self._count(habit))
        self._counted.pop(habit.pattern, None)

    def _is_news(self, signal: Signal) -> bool:
        key = signal.kind.value, signal.template, signal.event.line.offset
        before, self._told[key] = self._told.get(key), signal.count
        return before != signal.count

    def rare(self) -> list[Event]:
        """Lines unlike all others of this chapter."""
        return rare(self._scan.shapes)

    def close(self) -> Lesson | None:
        """The chapter's end: what it taught."""
        return self._scan.close().lesson
