"""The time line of an incident: what was said when, in order, with the pauses between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from edgeops.mask import mask
from edgeops.records import Severity
from edgeops.tui.answer import Cited
from edgeops.tui.cases import Case
from edgeops.tui.paint import OF_SEVERITY, Line
from edgeops.tui.phrases import Phrases

_PAUSE = timedelta(minutes=1)
_MOST = 200
_COURSE = 24


@dataclass(frozen=True, slots=True)
class Dated(Cited):
    """Leads where a citation of the same line leads, from another row."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was said, count times from then on."""

    time: datetime
    severity: Severity
    text: str
    count: int
    place: Dated
    is_root: bool


def moments(case: Case) -> list[Moment]:
    """In the order of time; of an incident whose logs were not read now, what its answer cites."""
    if case.incident:
        root = case.incident.signals[case.incident.root]
        found = [
            Moment(
                time,
                one.event.severity,
                one.event.message,
                one.count,
                Dated(one.event.line.source, one.event.line.number),
                one is root,
            )
            for one in case.incident.signals
            if (time := one.event.time)
        ]
    else:
        answer = case.explanation
        found = [
            Moment(one.time, one.severity, one.message, one.count, Dated(one.source, one.line), one.ref == answer.root)
            for one in (answer.evidence if answer else ())
            if one.time and answer
        ]
    return sorted(found, key=lambda moment: moment.time)


def lines(case: Case, say: Phrases, zone: tzinfo, ascii_only: bool) -> Iterator[Line]:
    """As lines of a sheet, each leading to its place; nothing where there are not two times."""
    found = moments(case)
    if len(found) < 2:
        return
    yield Line((("head", f"{say('time_line')}  "), ("bar", case.course(_COURSE, ascii_only))))
    before = found[0].time
    for moment in found[:_MOST]:
        if moment.time - before >= _PAUSE:
            yield Line((("dim", f"  {':' if ascii_only else '⋮'} {span(moment.time - before)}"),))
        before = moment.time
        mark = ("> " if ascii_only else "▶ ") if moment.is_root else "  "
        again = f" ({say('times', count=moment.count)})" if moment.count > 1 else ""
        text = mask(moment.text.split("\n")[0])
        yield Line(
            (
                ("mark", mark),
                ("dim", f"{moment.time.astimezone(zone):%m-%d %H:%M:%S} "),
                (OF_SEVERITY[moment.severity], text),
                ("dim", again),
            ),
            moment.place,
            copy=text,
        )
    if len(found) > _MOST:
        yield Line((("dim", f"  +{len(found) - _MOST}"),))


def span(passed: timedelta) -> str:
    """How long, in days, hours, minutes and seconds."""
    hours, rest = divmod(passed.seconds, 3600)
    days = f"{passed.days} d " if passed.days else ""
    return f"{days}{hours}:{rest // 60:02}:{rest % 60:02}"
