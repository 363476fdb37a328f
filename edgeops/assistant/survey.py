"""Reads sources from end to end and returns their incidents: intake and detection joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from edgeops.detect.incidents import group
from edgeops.detect.reading import read_source
from edgeops.detect.rulebook import RuleBook
from edgeops.hooks import Reader
from edgeops.records import Event, Reading, Signal, Skipped

MOST_SIGNALS = 20_000


def strongest(signals: list[Signal]) -> list[Signal]:
    """All of them while there is room, else the stronger half."""
    if len(signals) <= MOST_SIGNALS:
        return signals
    return sorted(signals, key=lambda signal: -signal.score)[: MOST_SIGNALS // 2]


def survey(
    sources: Iterable[Reader | Skipped],
    rules: RuleBook,
    gap: timedelta,
    wanted: Callable[[Event], bool] = lambda _: True,
    progress: Callable[[str, int], None] = lambda source, lines: None,
) -> Reading:
    """One pass over the sources. wanted narrows the signals (by time); progress hears each source and its lines when read."""
    signals: list[Signal] = []
    rare: list[Event] = []
    names: list[str] = []
    skipped: list[Skipped] = []
    notes: list[str] = []
    lines = left_out = 0
    for source in sources:
        if isinstance(source, Skipped):
            skipped.append(source)
            continue
        seen = read_source(source, rules, gap)
        signals += [s for s in seen.signals if wanted(s.event)]
        before, signals = len(signals), strongest(signals)
        left_out += before - len(signals)
        rare += [event for event in seen.rare if wanted(event)]
        names.append(source.source)
        notes += [f"{source.source}: {note}" for note in source.notes]
        if seen.forgotten:
            notes.append(
                f"{source.source}: so many kinds of errors that {seen.forgotten} of the weaker ones were left out"
            )
        lines += seen.lines
        progress(source.source, seen.lines)
    if left_out:
        notes.append(f"There were so many errors in all that {left_out} of the weaker ones were left out.")
    incidents = group(signals, rare, rules, gap)
    return Reading(incidents, lines, tuple(names), tuple(skipped), tuple(notes))
