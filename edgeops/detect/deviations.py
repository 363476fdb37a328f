"""What is not as usual, each with a score and a sentence that a person can check.

None of these alone is reason enough to call somebody unless its score reaches `LOUD` of `edgeops.detect.roots`.
"""

from __future__ import annotations

from datetime import datetime

from edgeops.detect.habits import Habit
from edgeops.detect.spans import NAMES
from edgeops.detect.templates import id_of
from edgeops.records import Event, Severity, Signal, SignalKind


def burst(habit: Habit, event: Event, count: int, usual: tuple[int, int], begun: datetime, width: int) -> Signal:
    """A pattern that came far more often in a span than ever before. usual: the usual count, and the highest until then."""
    often, most = usual
    score = 0.3 + 0.1 * (count >= 10 * max(most, 2)) + 0.1 * (habit.severity >= Severity.WARNING)
    habitual = f"usually {often} (at most {most})" if most else "never seen before"
    reason = f"{count} in the {NAMES[width]} at {_clock(begun, width)}, {habitual}"
    return Signal(SignalKind.BURST, score, reason, event, id_of(habit.pattern), count)


def silence(habit: Habit, event: Event, missed: int, width: int) -> Signal:
    """A pattern that came as regularly as a heartbeat, and then no more. missed: the spans without it; event: its last message."""
    steady = habit.beats >= 50 and habit.slowest <= habit.period + max(1, habit.period // 8)
    score = 0.3 + 0.1 * steady + 0.1 * (steady and missed >= 8 * habit.period)
    reason = (
        f"came every {_length(habit.period, width)}, {habit.beats} times in a row, then not for {_length(missed, width)} "
        "while the source went on"
    )
    return Signal(SignalKind.SILENCE, score, reason, event, id_of(habit.pattern))


def ratio(event: Event, bad: int, asked: int, usual: float, begun: datetime, width: int) -> Signal:
    """A span in which far more of the messages were errors than usual. usual: the share of errors before; event: the first error."""
    what = "requests failed (5xx)" if event.format == "access" else "messages were errors"
    share = bad / asked
    reason = (
        f"{bad} of {asked} {what} in the {NAMES[width]} at {_clock(begun, width)} ({share:.0%}), usually {usual:.1%}"
    )
    return Signal(SignalKind.RATIO, 0.5 + 0.1 * (share >= 0.5), reason, event, "", bad)


def novel(habit: Habit, event: Event, lines: int) -> Signal:
    """A pattern that this source never had in so many lines."""
    score = 0.25 + 0.1 * (habit.severity >= Severity.WARNING)
    reason = f"never seen before in {lines} lines of this source, now {habit.count} times"
    return Signal(SignalKind.NOVEL, score, reason, event, id_of(habit.pattern), habit.count)


def _clock(time: datetime, width: int) -> str:
    return f"{time:%Y-%m-%d}" if width >= 1440 else f"{time:%H:%M}"


def _length(spans: int, width: int) -> str:
    """So many spans in words."""
    minutes = spans * width
    for unit, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % unit == 0 or minutes >= 10 * unit:
            count = round(minutes / unit)
            return f"{count} {name}{'s' * (count > 1)}"
    return ""
