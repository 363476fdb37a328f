"""What models there are and what a person can do about them; for threads. The app and `edgeops model` go through the same doors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from edgeops import config, paths
from edgeops.assistant import procuring
from edgeops.catalog import importing
from edgeops.catalog.adapters import Adapter, Rack
from edgeops.catalog.choose import memory_available_mb
from edgeops.catalog.entries import find, read_catalog
from edgeops.catalog.listing import Listed, listing
from edgeops.catalog.measure import Speed, bench, children_rss_mb
from edgeops.catalog.pairing import pair, use
from edgeops.catalog.pull import Fetch, fetchers, free_bytes, pull
from edgeops.catalog.release import Manifest, read_release
from edgeops.catalog.removing import remove
from edgeops.catalog.store import Shelf
from edgeops.errors import CatalogError, EdgeopsError
from edgeops.hooks import Engine
from edgeops.paths import from_home
from edgeops.records import Finished, Installed, Model, Progress, Purpose, Reply, Script, Source
from edgeops.tui.jobs import Job

_SHORT = (8, 32)
"""Lines read and tokens written to measure a model: half of what `edgeops model bench` takes, since a person waits."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything that a person is shown. answering is the name of the model that would answer, "" for none; server: one asked instead.

    memory_mb and disk_bytes are free; cards are the manifests of our adapters by their names; notes what cannot be used, and why.
    """

    models: tuple[Listed, ...] = ()
    answering: str = ""
    server: str = ""
    memory_mb: int = 0
    disk_bytes: int = 0
    cards: Mapping[str, Manifest] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def any_here(self) -> bool:
        """Whether a model that can write answers is here, or a server is asked."""
        return bool(self.server) or any(one.installed and one.purpose == "answers" for one in self.models)


@dataclass
class Stockroom:
    """The models of one home. Each deed takes a job and raises EdgeopsError with a sentence; engine makes what answers, for a model's name."""

    environ: Mapping[str, str]
    now: Callable[[], datetime]
    engine: Callable[[str], Engine]
    catalogue: Callable[[], Sequence[Model]] = read_catalog
    fetch: Callable[[str], Mapping[str, Fetch]] = fetchers
    probe: importing.Probe = procuring.facts
    memory_mb: Callable[[], int] = memory_available_mb

    @property
    def _places(self) -> paths.Paths:
        return paths.find(self.environ)

    @property
    def _shelf(self) -> Shelf:
        return Shelf(self._places.models_dir, self.catalogue())

    def _adapters(self, say: Callable[[str], None] = lambda text: None) -> tuple[Adapter, ...]:
        return Rack(self._places.adapters_dir).adapters(say)

    def look(self) -> Stock:
        """What there is now; where something cannot be read, a note says so."""
        notes: list[str] = []
        adapters = self._adapters(notes.append)
        try:
            settings = config.load(self._places, self.environ)
        except EdgeopsError as error:
            notes.append(str(error))
            settings = config.Config()
        try:
            models = listing(self._shelf, adapters)
        except CatalogError as error:
            notes.append(str(error))
            models = ()
        return Stock(
            models=models,
            answering=self._answering(settings, adapters),
            server=settings.remote.url,
            memory_mb=self.memory_mb(),
            disk_bytes=_free(self._places.models_dir),
            cards={one.name: manifest for one in adapters if (manifest := _card(one))},
            notes=tuple(notes),
        )

    def answering(self) -> str:
        """The name of the model that would answer, or of the server; "" for none."""
        try:
            settings = config.load(self._places, self.environ)
        except EdgeopsError:
            return ""
        return settings.remote.url or self._answering(settings, self._adapters())

    def _answering(self, settings: config.Config, adapters: Sequence[Adapter]) -> str:
        try:
            shelf = self._shelf
            # Looked at only: what was not verified is not hashed for this.
            seen = _Glance(shelf.folder, shelf.catalog)
            found = pair(seen, adapters, settings.model.name, self.memory_mb, self.now, lambda text: None)
        except CatalogError:
            return ""
        return found.name if found else ""

    # ------------------------------------------------------------ what a person can do

    def pull(self, name: str, place: str, job: Job) -> Installed:
        """Fetch a model; from this place only, if one is named."""
        shelf, settings = self._shelf, config.load(self._places, self.environ).catalog
        model = find(shelf.catalog, name)
        carried = procuring.carried(self.environ, self._places, settings.folders)
        sources = [Source("path", place)] if place else [*model.sources, *carried]
        return pull(model, shelf, sources, self.fetch(settings.hub), when=self.now, progress=job.progress, say=job.say)

    def bring(self, path: Path, job: Job) -> Installed:
        """Import a model file."""
        return importing.bring(
            from_home(path),
            self._shelf,
            self.probe,
            importing.Wish(),
            when=self.now,
            progress=job.progress,
            say=job.say,
        )

    def carry(self, place: Path, job: Job) -> Installed:
        """What a person carried here: a model file, an exported ONNX folder, or a folder with one of the catalogue, the best that fits."""
        if place.is_file() or (place / "model.onnx").is_file():
            return self.bring(place, job)
        refusal: CatalogError | None = None
        answers = (one for one in self.catalogue() if one.purpose is Purpose.ANSWERS)
        for model in sorted(answers, key=lambda one: (one.memory_mb > self.memory_mb(), -one.memory_mb)):
            try:
                return self.pull(model.name, str(place), job)
            except CatalogError as error:
                refusal = refusal or error
        raise refusal or CatalogError("The catalogue has no model; import a file instead.")

    def verify(self, name: str, job: Job) -> Installed:
        """Hash a model again. Raises HashMismatch when it is wrong; it is put aside then."""
        shelf = self._shelf
        return shelf.verify(shelf.get(name), self.now(), job.progress)

    def use(self, name: str) -> str:
        """Make a model the one that answers, or leave it to the free memory ("")."""
        if not name:
            self._shelf.use_any()
            return self.answering()
        return use(self._shelf, self._adapters(), name).name

    def remove(self, name: str) -> Installed:
        """Delete a model's file."""
        return remove(self._shelf, self._adapters(), name)

    def bench(self, name: str, job: Job) -> Speed:
        """Measure a model here."""
        # The app has other processes; the model's is not there yet.
        others = children_rss_mb()
        return bench(_Heard(self.engine(name), job), lambda: max(children_rss_mb() - others, 0), *_SHORT)


class _Glance(Shelf):
    """A shelf on which a model counts as right until it is used."""

    def verify(self, one: Installed, when: datetime, progress: Callable[[int, int], None]) -> Installed:
        """See Shelf."""
        return one


@dataclass
class _Heard:
    """An engine whose replies a job is told of, so that it can be stopped."""

    engine: Engine
    job: Job

    def run(self, script: Script) -> Iterator[Reply]:
        self.job.check()
        for reply in self.engine.run(script):
            if isinstance(reply, Progress):
                self.job.progress(reply.done, reply.total)
            elif not isinstance(reply, Finished):
                self.job.check()
            yield reply


def _free(folder: Path) -> int:
    there = next(place for place in (folder, *folder.parents) if place.is_dir())
    try:
        return free_bytes(there)
    except OSError:
        return 0


def _card(adapter: Adapter) -> Manifest | None:
    try:
        return read_release(Path(adapter.path).parent).manifest
    except CatalogError:
        return None


def alone(environ: Mapping[str, str], name: str) -> dict[str, str]:
    """The environment of a session in which this model answers, whatever the settings say."""
    return {**environ, "EDGEOPS_REMOTE__URL": "", "EDGEOPS_MODEL__NAME": name}
