"""A staged scene: a plot written to files and read as a session reads them, with the truth about each line kept."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edgeops.assistant.casebook import Casebook
from edgeops.assistant.rehearsal import rehearse
from edgeops.hooks import Format
from edgeops.records import Evidence, Fault, Incident
from quantize.data import plots
from quantize.data.books import KNOWN, MODES, UNKNOWN, WORDS, Books
from quantize.data.families import Split
from quantize.data.files import Place, written
from quantize.data.plots import PLANTED, ROOT, Stage
from quantize.data.styles import Said
from quantize.data.tables import Planted, Scenery, Story
from quantize.data.variables import Fresh, hosts

RECOVERED, HERRING, INJECTED, CALM, THIN = "recovered", "red-herring", "planted", "nothing-wrong", "not-enough"
KINDS = {
    KNOWN: 13, WORDS: 36, UNKNOWN: 8, RECOVERED: 8, HERRING: 7, INJECTED: 13, CALM: 8, THIN: 7,
}  # fmt: skip
"""The kinds of scenes and how many of a hundred there are; the twisted ones are of one of the modes besides."""
_TWISTED = {KNOWN: 1, WORDS: 7, UNKNOWN: 1}
SKEW = 2.0
_BAITED = 0.4
"""So often a scene has red herrings that is not about them."""
_JOURNAL = 0.5
"""So often all programs of a host write to its syslog."""
_YEARS = datetime(2023, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """What a split's scenes are made of. faults may break first, books knows them; scenery holds the split's own stories.

    desk is an empty folder for the files of a scene while it is read.
    """

    split: Split
    seed: int
    faults: Sequence[Fault]
    books: Books
    scenery: Scenery
    formats: Sequence[Format]
    desk: Path


@dataclass(frozen=True, slots=True)
class Plot:
    """What was staged. fault is what broke first (None: nothing did, or nobody can tell); story is told where nothing did."""

    kind: str
    mode: str
    fault: Fault | None
    story: Story | None
    planted: Planted | None

    @property
    def family(self) -> str:
        return self.fault.family if self.fault else f"{self.kind}/{self.story.id if self.story else ''}"


@dataclass(frozen=True, slots=True)
class Scene:
    """A plot as it was read. incident: that of the staged lines, None where none was found."""

    number: int
    plot: Plot
    book: Casebook
    incident: Incident | None
    truth: Mapping[Place, Said]

    def said(self, evidence: Evidence) -> Said | None:
        """The message that stands at an evidence line."""
        return self.truth.get((Path(evidence.source).name, evidence.line))


def scene(world: World, number: int) -> Scene:
    """The scene of that number: the same each time."""
    dice = random.Random(f"{world.seed}/{world.split}/{number}")
    cast = hosts(dice, dice.choice((1, 2, 2, 3)))
    start = _YEARS + timedelta(seconds=dice.randrange(3 * 365 * 86400))
    stage = Stage(cast, start, dice, Fresh(dice, hosts=cast), world.scenery)
    plot = planned(world, number)
    said = list(_performed(plot, world, stage))
    said += plots.healthy(said, stage)
    book = world.books.of(plot.fault.id if plot.fault else "", plot.mode)
    return _read(number, plot, book, said, stage, world)


def planned(world: World, number: int) -> Plot:
    """What the scene of that number will be about."""
    dice = random.Random(f"plot {world.seed}/{world.split}/{number}")
    (kind,) = dice.choices(list(KINDS), list(KINDS.values()))
    if kind in (CALM, THIN):
        return Plot(kind, KNOWN, None, dice.choice(world.scenery.calm if kind == CALM else world.scenery.thin), None)
    mode = kind if kind in MODES else dice.choices(list(_TWISTED), list(_TWISTED.values()))[0]
    planted = dice.choice(world.scenery.planted) if kind == INJECTED else None
    return Plot(kind, mode, dice.choice(world.faults), None, planted)


def _performed(plot: Plot, world: World, stage: Stage) -> Iterator[Said]:
    """The messages of the plot, healthy ones aside."""
    if plot.story:
        yield from plots.told(plot.story, stage, stage.start, plots.LOUD)
        return
    assert plot.fault
    said = list(plots.cascade(plot.fault, {fault.id: fault for fault in world.books.faults}, stage))
    if plot.kind == RECOVERED:
        said += plots.recovery(said, plot.fault.family, stage)
    if plot.kind == HERRING or stage.dice.random() < _BAITED:
        said += plots.baits(stage)
    if plot.planted:
        said += plots.plant(plot.planted, said, stage)
    yield from said


def _read(number: int, plot: Plot, book: Casebook, said: list[Said], stage: Stage, world: World) -> Scene:
    if plot.fault and plot.kind != RECOVERED and stage.dice.random() < _JOURNAL:
        said = [replace(one, style="syslog") for one in said]
    skew = {host.name: stage.dice.uniform(-SKEW, SKEW) for host in stage.hosts}
    stood = written(said, world.desk, skew, old=stage.dice.random() < 0.35)
    files = sorted(world.desk.iterdir())
    reading = rehearse(files, book, world.formats, stage.start + plots.AFTER + timedelta(hours=1))
    for file in files:
        file.unlink()
    truth = {place: one.said for one in stood for place in one.places}
    bare = Scene(number, plot, book, None, truth)
    return replace(bare, incident=_of_the_plot(reading.incidents, bare))


def _of_the_plot(incidents: Sequence[Incident], scene: Scene) -> Incident | None:
    """The incident that holds most of what was staged, that with the root first."""

    def worth(incident: Incident) -> tuple[bool, int]:
        parts = [scene.truth[_place(s.event.line.source, s.event.line.number)].part for s in incident.signals]
        return ROOT in parts, sum(1 for part in parts if part and part != PLANTED)

    best = max(incidents, key=worth, default=None)
    return best if best and worth(best) > (False, 0) else None


def _place(source: str, number: int) -> Place:
    return Path(source).name, number


__all__ = [
    "CALM",
    "HERRING",
    "INJECTED",
    "KINDS",
    "KNOWN",
    "RECOVERED",
    "THIN",
    "UNKNOWN",
    "WORDS",
    "Plot",
    "Scene",
    "World",
    "scene",
]
