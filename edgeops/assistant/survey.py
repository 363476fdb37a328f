"""Reads sources from end to end and returns their incidents: intake and detection joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from edgeops.detect.incidents import group
from edgeops.detect.reading import read_source
from edgeops.detect.rulebook import RuleBook
from edgeops.hooks import Reader
from edgeops.records import Event, Reading, Signal, Skipped


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
    lines = 0
    for source in sources:
        if isinstance(source, Skipped):
            skipped.append(source)
            continue
        seen = read_source(source, rules, gap)
        signals += [s for s in seen.signals if wanted(s.event)]
        rare += [event for event in seen.rare if wanted(event)]
        names.append(source.source)
        notes += [f"{source.source}: {note}" for note in source.notes]
        lines += seen.lines
        progress(source.source, seen.lines)
    incidents = group(signals, rare, rules, gap)
    return Reading(incidents, lines, tuple(names), tuple(skipped), tuple(notes))
