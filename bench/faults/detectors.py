"""The detectors that are compared: ours, and three simple ones that are handed our parsed events and our templates.

`error words`: a line that says error, fail, fatal… is an alarm. `new event`: a line whose template was not among the first
lines (the history). `count vector`: a minute whose counts of templates are further from every minute of the history than
those are from each other. Alarms within five minutes are one incident; its root is its first alarm (of a count vector: the
first line of the template that deviates most).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bench.faults.scenes import Place
from edgeops import hooks
from edgeops.assistant.survey import survey
from edgeops.detect.mining import runs
from edgeops.detect.rulebook import RuleBook
from edgeops.detect.templates import pattern_of
from edgeops.hooks import Reader
from edgeops.intake.reader import LogReader, open_reader

GAP = timedelta(minutes=5)
_MINUTE = timedelta(minutes=1)
_WORDS = re.compile(r"error|fail|fatal|critical|panic|exception|denied|refused|unable|abort|corrupt", re.IGNORECASE)
_SHAPE = str.maketrans("", "", "0123456789")


@dataclass(frozen=True, slots=True)
class Heard:
    """A parsed message, for the simple detectors."""

    at: datetime
    place: Place
    text: str
    template: str


@dataclass(frozen=True, slots=True)
class Found:
    """An incident: where its root stands, and the place and time of each line that it is made of."""

    root: Place
    lines: tuple[tuple[Place, datetime | None], ...]


def opened(files: Iterable[Path]) -> Iterator[Reader]:
    """Readers with all formats."""
    formats = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
    for path in files:
        reader = open_reader(str(path), formats=formats)
        assert isinstance(reader, LogReader), reader
        yield reader


def heard(files: Iterable[Path]) -> list[Heard]:
    """All messages with a time, in order of time."""
    found = []
    known: dict[str, str] = {}
    for reader in opened(files):
        name = Path(reader.source).name
        for run in runs(reader):
            for at in range(len(run.keys)):
                event = reader.event(
                    run.block.line(reader.source, run.start + at), run.more if len(run.keys) == 1 else ()
                )
                if event.time is None:
                    continue
                shape = event.message.translate(_SHAPE)
                template = known.get(shape) or known.setdefault(shape, pattern_of(event.message))
                found.append(Heard(event.time, (name, event.line.number), event.line.text, template))
    return sorted(found, key=lambda one: one.at)


def ours(files: Sequence[Path], rules: RuleBook) -> list[Found]:
    """What edgeops finds, worst first."""
    found = []
    for incident in survey(opened(files), rules, GAP).incidents:
        places = [((Path(s.event.line.source).name, s.event.line.number), s.event.time) for s in incident.signals]
        found.append(Found(places[incident.root][0], tuple(places)))
    return found


def error_words(events: Sequence[Heard], history: datetime) -> list[Found]:
    return _grouped([one for one in events if _WORDS.search(one.text)])


def new_event(events: Sequence[Heard], history: datetime) -> list[Found]:
    known = {one.template for one in events if one.at < history}
    return _grouped([one for one in events if one.template not in known])


def count_vector(events: Sequence[Heard], history: datetime) -> list[Found]:
    """Minutes unlike every minute of the history."""
    windows: dict[int, list[Heard]] = {}
    for one in events:
        windows.setdefault(int(one.at.timestamp() // _MINUTE.total_seconds()), []).append(one)
    counts = {minute: Counter(one.template for one in lines) for minute, lines in windows.items()}
    past = [count for minute, count in counts.items() if minute * 60 < history.timestamp()][-60:]
    if len(past) < 3:
        return []
    usual = max(_nearest(count, [other for other in past if other is not count]) for count in past)
    mean: Counter[str] = sum(past, Counter())
    alarms = []
    for minute, count in sorted(counts.items()):
        if minute * 60 >= history.timestamp() and _nearest(count, past) > usual:
            worst = max(count, key=lambda name: (count[name] - mean[name] / len(past), name))
            alarms.append(next(one for one in windows[minute] if one.template == worst))
    return _grouped(alarms)


def _nearest(count: Counter[str], others: Iterable[Counter[str]]) -> int:
    return min(sum(abs(count[name] - other[name]) for name in count.keys() | other.keys()) for other in others)


def _grouped(alarms: Iterable[Heard]) -> list[Found]:
    """Alarms within GAP of each other are one incident; the one with most alarms is the worst."""
    groups: list[list[Heard]] = []
    for one in alarms:
        if not groups or one.at - groups[-1][-1].at > GAP:
            groups.append([])
        groups[-1].append(one)
    groups.sort(key=len, reverse=True)
    return [Found(group[0].place, tuple((one.place, one.at) for one in group)) for group in groups]


PEERS: dict[str, Callable[[Sequence[Heard], datetime], list[Found]]] = {
    "error words": error_words,
    "new event": new_event,
    "count vector": count_vector,
}
