"""What one pattern does as a rule, learnt while it is read: how often it comes in a span of time, and whether it beats.

Time is counted in spans of one width (a minute, ten, an hour or a day), numbered from 1970 on. A span is judged by those before
it: `limit` is the count above which it is a burst, `quiet` the pause in spans above which a heartbeat has stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from edgeops.detect.baseline import known_before, learnt_of
from edgeops.detect.miner import Miner
from edgeops.detect.templates import id_of
from edgeops.hooks import Reader
from edgeops.records import Event, Line, Normal, Severity, Template, Usual

MOST_PATTERNS = 4_000
MOST_STRANGERS = 200
"""So many patterns of a source are held at once, and so many that it never had before."""
NEVER = 1 << 62
ENOUGH_SPANS = 30
"""So many spans of a source must be known before a count in one is unusual."""
LEAST_BURST = 20
LEAST_NEW = 50
_SIGMAS = 8.0
_TIMES = 3

BEATS = 8
"""So many equal pauses in a row make a heartbeat; more where the pattern comes in nearly every span."""
STEADY_BEATS = 30
MISSED = 4


@dataclass(slots=True)
class Habit:
    """The pattern and what was seen of it. now, here: the span that goes on and the count in it; active: the spans of its source then.

    spans, total, squares, most: spans that had it, the sums of their counts and of the squares, the highest. period, beats,
    slowest: the usual pause in spans, how many in a row were like it, the longest of these. known: the source had it before.
    learnt: what of spans, total, squares and count is no news; told: the count that the miner knows. latest: the last line, whose
    time a glance tells if timed; line: the same as a record, of a heartbeat.
    """

    pattern: str
    severity: Severity = Severity.NONE
    count: int = 0
    first: datetime | None = None
    now: int = -1
    here: int = 0
    active: int = 0
    limit: int = NEVER
    quiet: int = NEVER
    spans: int = 0
    total: int = 0
    squares: int = 0
    most: int = 0
    period: int = 0
    beats: int = 0
    slowest: int = 0
    known: bool = False
    learnt: tuple[int, int, int, int] = (0, 0, 0, 0)
    told: int = 0
    timed: bool = False
    latest: bytes = b""
    line: Line | None = None

    def turn(self, span: int, active: int) -> None:
        """The span that went on is over, another begins; active spans of the source were before it."""
        if (here := self.here) > 0:
            self.spans += 1
            self.total += here
            self.squares += here * here
            if here > self.most:
                self.most = here
        if 0 <= self.now < span:
            self._pause(span - self.now)
        self.now, self.active, self.here = span, active, 0
        # Whoever passes this is looked at closely (`is_burst`).
        self.limit = (
            NEVER if active < ENOUGH_SPANS else max(LEAST_BURST, _TIMES * self.most) if self.spans else LEAST_NEW
        )

    def rest(self) -> None:
        """The span that went on is over."""
        if self.here:
            self.spans += 1
            self.total += self.here
            self.squares += self.here * self.here
            self.most = max(self.most, self.here)
            self.here = 0

    @property
    def is_burst(self) -> bool:
        """Whether the count of the span that goes on is far above what is usual."""
        if self.here <= self.limit:
            return False
        mean = self.total / self.active
        return self.here > mean + _SIGMAS * sqrt(max(mean, self.squares / self.active - mean * mean) + 1)

    def _pause(self, pause: int) -> None:
        """Another pause between two spans that had the pattern."""
        period = self.period
        if pause == period or (period > 1 and abs(pause - period) <= max(period // 8, 1)):
            self.beats += 1
            self.slowest = max(self.slowest, pause)
            if self.beats >= (BEATS if period > 2 else STEADY_BEATS):
                self.quiet = MISSED * self.slowest if self.is_even else NEVER
        else:
            self.period, self.beats, self.slowest, self.quiet = pause, 1, pause, NEVER

    def has_stopped(self, span: int, active: int) -> bool:
        """Whether the heart missed so many beats by this span, the so-manieth of its source, while the source went on."""
        return self.now >= 0 and span - self.now > self.quiet and 2 * (active - self.active) > self.quiet

    @property
    def is_even(self) -> bool:
        """Whether it comes about as often in each span that has it: a heart beats, a crowd talks."""
        return self.spans > 0 and self.most * self.spans <= 2 * self.total

    @property
    def usual(self) -> int:
        """The usual count in a span that has it."""
        return round(self.total / self.spans) if self.spans else 0


class Habits:
    """The habits of one source's patterns, in bounded memory.

    file: the file's name by its first lines. fresh: the counts known before do not apply, as this very file may be in them;
    which patterns are known still does. lines: how many lines are known from before. forgotten hears of a habit before it is
    dropped for want of room.
    """

    def __init__(self, reader: Reader, normal: Normal, file: str, *, fresh: bool) -> None:
        self._reader, self._fresh = reader, fresh
        self._learnt = learnt_of(normal, file) > 0
        self.lines = known_before(normal, file)
        self._miner = Miner(MOST_PATTERNS, [usual.template for usual in normal.usuals])
        self._usuals = {usual.template.id: usual for usual in normal.usuals}
        self._habits: dict[str, Habit] = {}
        self.strangers: list[tuple[Habit, Event]] = []
        self.forgotten: Callable[[Habit], None] = lambda habit: None

    def of(self, pattern: str, event: Event) -> Habit:
        """The habit of a pattern; event is a message that shows it."""
        key = self._miner.template(pattern).pattern if self._usuals else pattern
        habit = self._habits.get(key)
        if habit is None:
            habit = self._habits[key] = self._new(key, event)
        habit.severity = max(habit.severity, event.severity)
        return habit

    def _new(self, pattern: str, event: Event) -> Habit:
        habit = Habit(pattern, first=event.time)
        usual = self._usuals.get(id_of(pattern)) if self._usuals else None
        if usual is not None:
            since = usual.template.first
            # What this very file taught is no older than its lines.
            habit.known = not self._learnt or since is None or event.time is None or since < event.time
            if not self._fresh:
                habit.spans, habit.total, habit.squares, habit.most = (
                    usual.spans,
                    usual.total,
                    usual.squares,
                    usual.most,
                )
                self._know(habit)
        if self.lines and not habit.known and len(self.strangers) < MOST_STRANGERS:
            self.strangers.append((habit, event))
        return habit

    @staticmethod
    def _know(habit: Habit) -> None:
        habit.learnt = (habit.spans, habit.total, habit.squares, habit.count)

    def know_all(self) -> None:
        """What was read so far was learnt before."""
        for habit in self._habits.values():
            self._know(habit)

    @property
    def are_too_many(self) -> bool:
        return len(self._habits) > MOST_PATTERNS

    def make_room(self) -> None:
        """Forget the patterns seen least, chatter before alarms; the miner keeps what it can of them. No shape may hold one."""
        self._tell()
        ranked = sorted(self._habits.values(), key=lambda habit: (habit.severity >= Severity.WARNING, habit.count))
        for habit in ranked[: -MOST_PATTERNS // 2]:
            self.forgotten(habit)
        self._habits = {habit.pattern: habit for habit in ranked[-MOST_PATTERNS // 2 :]}

    def templates(self) -> list[Template]:
        """All templates, the most frequent first. Not to be joined by more: ask once."""
        self._tell()
        return [template for template in self._miner.templates() if template.count]

    def usuals(self) -> tuple[Usual, ...]:
        """What was seen of each pattern beyond what was learnt before."""
        return tuple(self._usual(habit) for habit in self._habits.values() if habit.count > habit.learnt[3])

    def __iter__(self) -> Iterator[Habit]:
        return iter(self._habits.values())

    def _tell(self) -> None:
        for habit in self._habits.values():
            if habit.count:
                last = self.last(habit)
                self._miner.learn(habit.pattern, habit.count - habit.told, habit.severity, habit.first, last)
                habit.told = habit.count

    def _usual(self, habit: Habit) -> Usual:
        spans, total, squares, count = habit.learnt
        last = self.last(habit)
        template = Template(id_of(habit.pattern), habit.pattern, habit.count - count, habit.severity, habit.first, last)
        return Usual(
            template,
            habit.spans - spans,
            habit.total - total,
            habit.squares - squares,
            habit.most,
            habit.period,
            habit.beats,
            habit.slowest,
        )

    def last(self, habit: Habit) -> datetime | None:
        """When the pattern came last."""
        if not habit.latest:
            return habit.first
        return self._reader.time(habit.latest) if habit.timed else self._reader.event(Line("", 0, 0, habit.latest)).time
