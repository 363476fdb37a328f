"""What a running watch tells on the terminal: each incident once, conclusion first; what comes again as a count; how it stands."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from edgeops.cli.answer import Painter
from edgeops.cli.console import Console
from edgeops.cli.scan import found
from edgeops.intake.feed import Gap
from edgeops.mask import mask
from edgeops.records import Explanation, Incident, Tier
from edgeops.text import counted
from edgeops.watch.explaining import Explained
from edgeops.watch.service import Service
from edgeops.watch.status import Status

AGAIN_S = 60.0
"""That an incident goes on is told at most so often."""
_GAPS_TOLD = 5


@dataclass(slots=True)
class _Known:
    """An incident as it was told last: when, and with how many lines; final when its best answer was told."""

    time: float
    lines: int
    answered: bool = False
    final: bool = False


@dataclass
class Teller:
    """Hears from the loop and writes to the console."""

    console: Console
    lang: str
    as_json: bool
    explains: bool = True
    bell: bool = False
    incidents: dict[str, _Known] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._painter = Painter(self.console.columns, self.console.colour, self.console.ascii_only)

    @property
    def live(self) -> bool:
        """Whether a person looks on."""
        return self.console.live

    def note(self, text: str) -> None:
        """A sentence for the person."""
        self.console.note(text)

    def news(self, incidents: Sequence[Incident]) -> None:
        """Incidents that are new or went on. Where they are explained, a new one is told with its first answer, which comes at once."""
        for one in incidents:
            known, lines = self.incidents.get(one.id), lines_of(one)
            if known is None:
                self.incidents[one.id] = _Known(time.monotonic(), lines, answered=not self.explains)
                if not self.explains:
                    self._bare(one)
                    self._ring()
            elif known.answered and lines > known.lines and time.monotonic() - known.time >= AGAIN_S:
                known.time, known.lines = time.monotonic(), lines
                if not self.as_json:
                    again = f"，共发生 {one.times} 次" if self.lang == "zh" else f", {one.times} times in all"
                    words = (
                        f"{one.id} 仍在继续：{lines} 行"
                        if self.lang == "zh"
                        else f"{one.id} goes on: {counted(lines, 'line')}"
                    )
                    self.console.say(words + (again if one.times > 1 else ""))
                    self.console.out.flush()

    def explained(self, one: Explained) -> Explanation | None:
        """An answer is ready. Returns it when it is the last word on an incident told for the first time."""
        known = self.incidents.setdefault(one.incident.id, _Known(time.monotonic(), lines_of(one.incident)))
        first, better = not known.answered, one.answer.tier is not Tier.INSUFFICIENT
        fresh = one.final and not known.final
        if first or (fresh and better):
            self._tell(one)
        if first:
            self._ring()
        known.answered, known.final = True, known.final or one.final
        return one.answer if fresh else None

    def _bare(self, incident: Incident) -> None:
        """An incident that nobody explains: its root line, with its place."""
        root = incident.signals[incident.root]
        if self.as_json:
            self.console.json(found(incident))
        else:
            self.console.write(self._painter.headline(_headline(incident)))
            self.console.say(f"{root.event.line.source}:{root.event.line.number}  {mask(root.event.message)}")
        self.console.out.flush()

    def _ring(self) -> None:
        if self.bell and self.live:
            self.console.hint("\a")

    def _tell(self, one: Explained) -> None:
        if self.as_json:
            self.console.json(one.answer)
        else:
            self.console.write(self._lines(one.incident, one.answer))
        self.console.out.flush()

    def _lines(self, incident: Incident, answer: Explanation) -> Iterator[str]:
        yield from self._painter.headline(_headline(incident))
        yield from self._painter.brief(answer)

    def lost(self, gaps: Sequence[Gap]) -> None:
        """Bytes that will never be read."""
        for gap in gaps[:_GAPS_TOLD]:
            self.note(f"{gap.source}: {told_gap(gap.loss.value, gap.start, gap.least, gap.most)}")
        if len(gaps) > _GAPS_TOLD:
            self.note(f"{len(gaps) - _GAPS_TOLD} more gaps; 'edgeops watch --status' lists them.")

    def farewell(self, service: Service) -> None:
        """What was done, in a sentence."""
        counters, took = service.loop.counters, time.monotonic() - self.began
        waits = service.explainer.waiting if service.explainer else 0
        self.note(
            f"Watched for {_duration(took)}: {counted(counters.lines, 'line')}, "
            f"{counted(len(self.incidents), 'incident')}, {counted(counters.gaps, 'gap')}."
            + (f" To be explained by the next watch: {counted(waits, 'incident')}." if waits else "")
            + (f" {service.explainer.paused}" if waits and service.explainer else "")
        )


def _headline(incident: Incident) -> str:
    places = " ".join((*incident.hosts[:2], *incident.units[:2]))
    return (
        f"{incident.id}  {incident.start:%Y-%m-%d %H:%M:%S}  {places}" if incident.start else f"{incident.id}  {places}"
    )


def lines_of(incident: Incident) -> int:
    """How many lines an incident has."""
    return sum(signal.count for signal in incident.signals)


def told_gap(reason: str, start: int, least: int, most: int | None) -> str:
    """A gap as a sentence."""
    if most is None:
        size = f"at least {counted(least, 'byte')}" if least else "perhaps some bytes, perhaps none,"
    else:
        size = counted(most, "byte") if least == most else f"between {least} and {most} bytes"
    return f"{size} from byte {start} on were never read ({reason})."


def told_status(watch: Status) -> Iterator[str]:
    """The status as lines for a person."""
    yield f"Running, process {watch.pid}." if watch.pid else "Not running; this is how it stood."
    yield (
        f"{counted(len(watch.sources), 'source')}, {counted(watch.lines, 'line')}, {counted(watch.templates, 'template')}, "
        f"{counted(watch.incidents, 'incident')}, "
        f"{watch.queue} wait to be explained"
        + (f", {watch.shed} explanations were given up for want of room." if watch.shed else ".")
    )
    for one in watch.sources:
        lag = (
            ""
            if one.lag == 0
            else ", not known how far behind"
            if one.lag is None
            else f", {counted(one.lag, 'byte')} behind"
        )
        gaps = f", {counted(one.gaps, 'gap')}" if one.gaps else ""
        yield f"{one.source}: {counted(one.offset, 'byte')}, {counted(one.lines, 'line')}{lag}{gaps}"
    for skipped in watch.troubles:
        yield f"Not followed: {skipped.source}: {skipped.reason}"
    for gap in watch.gaps:
        yield f"Gap: {gap.source}: {told_gap(gap.reason, gap.start, gap.least, gap.most)}"


def health(service: Service, lines: int, seconds: float) -> str:
    """How the watch does, in a line."""
    standings = [one for feed in service.loop.feeds for one in feed.standings()]
    behind, troubled = sum(one.lag for one in standings), sum(bool(one.trouble) for one in standings)
    waits = service.explainer.waiting if service.explainer else 0
    return (
        f"{counted(len(standings), 'source')}, {lines / seconds:.0f} lines/s, {counted(behind, 'byte')} behind, "
        f"{counted(service.loop.counters.gaps, 'gap')}, {counted(waits, 'incident')} to explain"
        + (f", {counted(troubled, 'source')} in trouble" if troubled else "")
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
