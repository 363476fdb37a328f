"""Logs to measure with: opened with all formats, and large ones made from small ones so that no cache is flattered."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edgeops import hooks
from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.records import Event

SHARED = Path(__file__).parents[2] / "shared"
SPAN = timedelta(days=30)
_LETTERS = "abcdef"
_HEX = re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{6,}\b")
_STAMPS = {
    r"\b1[0-9]{9}\b": "%s",
    r"\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d": "%Y-%m-%d-%H.%M.%S",
    r"\d{4}\.\d\d\.\d\d": "%Y.%m.%d",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d": "%Y-%m-%dT%H:%M:%S",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d": "%Y-%m-%d %H:%M:%S",
    r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d": "%y/%m/%d %H:%M:%S",
    r"\b\d{6} \d{6}\b": "%y%m%d %H%M%S",
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}": "%b %e %H:%M:%S %Y",
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d": "%b %e %H:%M:%S",
    r"\d\d-\d\d \d\d:\d\d:\d\d": "%m-%d %H:%M:%S",
    r"\d\d\.\d\d \d\d:\d\d:\d\d": "%m.%d %H:%M:%S",
}
_STAMP = re.compile("|".join(f"(?P<s{n}>{pattern})" for n, pattern in enumerate(_STAMPS)))
_FORMATS = list(_STAMPS.values())

Written = Callable[[datetime], str]


def opened(path: str | Path) -> LogReader:
    """A reader with all formats."""
    formats = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
    reader = open_reader(str(path), formats=formats)
    assert isinstance(reader, LogReader), reader
    return reader


def events_of(path: str | Path) -> Iterator[Event]:
    """The event of each line, with no account of the lines that continue it."""
    reader = opened(path)
    for block in reader.blocks():
        for at in range(len(block.lines)):
            yield reader.event(block.line(reader.source, at))


def replicated(events: Sequence[Event], copies: int, to: Path, *, seed: int = 7, pace: timedelta = SPAN) -> int:
    """Write the events' lines `copies` times, their times spread over `pace` in their own order; the number of lines.

    Within one copy an identifier stays the same wherever it stands; digits and hexadecimal letters of the messages differ from
    copy to copy, and every stamp in a line's header is written anew.
    """
    dice = random.Random(seed)
    rows = [_parted(event) for event in events]
    moments = list(_moments(events))
    width = pace / copies
    with to.open("w", encoding="utf-8") as out:
        for copy in range(copies):
            digits = str.maketrans("0123456789", "".join(dice.choices("123456789", k=10)))
            letters = str.maketrans(_LETTERS, "".join(dice.choices(_LETTERS, k=6)))
            for (head, message), moment in zip(rows, moments, strict=True):
                time = _START + width * (copy + moment)
                fresh = _HEX.sub(lambda found, table=letters: found[0].translate(table), message)  # type: ignore[misc]
                out.write(f"{''.join(p if isinstance(p, str) else p(time) for p in head)}{fresh.translate(digits)}\n")
    return copies * len(rows)


_START = datetime(2026, 3, 1, tzinfo=UTC)


def _moments(events: Sequence[Event]) -> Iterator[float]:
    """Where each event stands between the first time and the last, from 0 to 1; what goes back in time stands still."""
    times = [event.time for event in events if event.time]
    first, last = min(times, default=_START), max(times, default=_START)
    span = (last - first) / timedelta(seconds=1) or 1.0
    reached = 0.0
    for event in events:
        if event.time:
            reached = max(reached, (event.time - first) / timedelta(seconds=1) / span)
        yield reached


def _parted(event: Event) -> tuple[list[str | Written], str]:
    """The header in pieces, its stamps as functions of a time; and the message."""
    line = event.line.text.rstrip()
    at = len(line) - len(event.message) if event.message and line.endswith(event.message) else 0
    head: list[str | Written] = []
    done = 0
    for found in _STAMP.finditer(line, 0, at or len(line)):
        head += [line[done : found.start()], _writer(_FORMATS[int((found.lastgroup or "s0")[1:])])]
        done = found.end()
    return [*head, line[done:at]] if at else [line], line[at:] if at else ""


def _writer(form: str) -> Written:
    if form == "%s":
        return lambda time: str(int(time.timestamp()))
    return lambda time: time.strftime(form)
