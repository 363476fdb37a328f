"""One sitting with edgeops: settings, sources, casebook, model and store joined for a front end. CLI and TUI call this.

Everything heavy is opened when it is first needed: the known tier loads no model code and no database.
"""

from __future__ import annotations

import secrets
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from itertools import zip_longest
from typing import IO, TYPE_CHECKING

from edgeops import config, hooks, paths
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.explain import Counsel, explain_each
from edgeops.assistant.hiring import engine_of, engine_settings
from edgeops.assistant.normality import Normality
from edgeops.assistant.reasoned import Mind
from edgeops.assistant.survey import Seen, Survey, study
from edgeops.assistant.tour import Headway, Stop, Tour, cores, planned
from edgeops.errors import StoreError, UsageError
from edgeops.hooks import Engine, Format, Reader
from edgeops.intake.archives import open_readers
from edgeops.intake.formats import lnav
from edgeops.intake.formats.custom import custom
from edgeops.intake.log import LogReader
from edgeops.intake.reader import Heard, Limits
from edgeops.intake.rotation import joined
from edgeops.intake.sources import families, find
from edgeops.intake.zones import zone_of
from edgeops.knowledge.entry import Entry, Origin, Tally
from edgeops.records import Event, Explanation, Incident, Knowledge, Reading, Reply, Sampling, Skipped, Talk, Template

if TYPE_CHECKING:
    from edgeops.knowledge.retrieval import Search
    from edgeops.knowledge.store import Store
    from edgeops.knowledge.talks import Hand, Heading, Recalled


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the sources: the last lines of each, and a span of time (an event without a time is always in it)."""

    last: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __call__(self, event: Event) -> bool:
        time = event.time
        return time is None or not ((self.since and time < self.since) or (self.until and time > self.until))


@dataclass
class Session:
    """environ, now and stdin come from the front end; say hears sentences for the person (never data)."""

    environ: Mapping[str, str]
    now: Callable[[], datetime]
    say: Callable[[str], None]
    stdin: IO[bytes] | None = None
    keep: bool = True

    @cached_property
    def paths(self) -> paths.Paths:
        return paths.find(self.environ)

    @cached_property
    def config(self) -> config.Config:
        return config.load(self.paths, self.environ)

    @cached_property
    def book(self) -> Casebook:
        return Casebook.from_hooks(hooks.registry())

    @cached_property
    def normality(self) -> Normality:
        """What is normal for the sources that are read."""
        return Normality()

    @cached_property
    def zone(self) -> tzinfo:
        """The zone of times that state none, in logs and from a person. Raises UsageError."""
        return zone_of(self.config.intake.zone, self.environ)

    @property
    def here(self) -> datetime:
        """The time now, in that zone."""
        return self.now().astimezone(self.zone)

    @cached_property
    def formats(self) -> list[Format]:
        """The formats of the configuration, then those of lnav's directories, then ours. Raises UsageError."""
        ours = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
        names = {one.name for one in ours}
        own = custom([(one.name, one.pattern, one.sample) for one in self.config.formats], names)
        names |= {one.name for one in own}
        found, notes = lnav.formats_in(lnav.folders(self.environ))
        for note in notes:
            self.say(note)
        return [*own, *(one for one in found if one.name not in names), *ours]

    def lang(self, asked: str = "auto") -> str:
        """`en` or `zh`: as asked, as configured, or as the locale says."""
        wanted = asked if asked != "auto" else self.config.lang
        if wanted != "auto":
            return wanted
        locale = next((v for k in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := self.environ.get(k))), "")
        return "zh" if locale.lower().startswith("zh") else "en"

    def open(
        self, arguments: Sequence[str], wanted: Wanted, *, whole: bool = False, named: str = ""
    ) -> Iterator[Reader | Skipped]:
        """The readers of all sources that the arguments name, one at a time.

        whole: to the last byte, whatever the settings say. named: only this format (and bare lines) is tried.
        Raises UsageError for a format that does not exist.
        """
        formats = _only(self.formats, named) if named else self.formats
        limits = self._limits(wanted)
        if whole:
            limits = replace(limits, max_bytes=sys.maxsize, max_stream=sys.maxsize, max_archive=sys.maxsize)
        for files in families(find(arguments)):
            if isinstance(files, Skipped):
                yield files
            else:
                yield from self._log(files, formats, limits)

    def _limits(self, wanted: Wanted) -> Limits:
        settings = self.config.intake
        return Limits(max_bytes=settings.max_bytes or sys.maxsize, max_line=settings.max_line, last=wanted.last)

    def _log(
        self,
        files: Sequence[str],
        formats: Sequence[Format],
        limits: Limits,
        heard: Callable[[int, int], None] = lambda taken, lines: None,
    ) -> Iterator[LogReader | Skipped]:
        """The readers of files that are one log, rotated; of an archive those of its members."""
        stdin, now, zone = self.stdin, self.now(), self.zone
        readers = (
            reader
            for file in files
            for reader in open_readers(
                file, formats=formats, limits=limits, stdin=stdin, now=now, zone=zone, heard=heard
            )
        )
        yield from joined(readers, files)

    def read(
        self,
        arguments: Sequence[str],
        wanted: Wanted | None = None,
        progress: Callable[[Headway], None] = lambda headway: None,
    ) -> Reading:
        """Read the sources, with as many processes as the settings allow, and find their incidents."""
        wanted = wanted or Wanted()
        gap = timedelta(seconds=self.config.detect.gap_s)
        formats, limits, rules = self.formats, self._limits(wanted), self.book.rules

        def visit(stop: Stop, heard: Heard) -> Iterator[Seen | Skipped]:
            for reader in self._log(stop.files, formats, limits, heard):
                if isinstance(reader, Skipped):
                    yield reader
                else:
                    normal = self.normality.of(reader.source)
                    yield study(reader, rules, gap, wanted, normal, learn=self.keep and normal is not None)

        survey = Survey()
        stops = planned(families(find(arguments)), limits.max_bytes, survey)
        self.normality.recall((name for stop in stops for name in stop.files), self.paths.store_file)
        Tour(stops, visit, progress).take(survey, self.config.intake.workers or cores())
        self.normality.hear(survey.lessons())
        return survey.reading(rules, gap)

    def known(self, sources: Sequence[str]) -> list[Template]:
        """The templates that were learnt of these sources."""
        self.normality.recall(sources, self.paths.store_file)
        normals = {normal.source: normal for name in sources if (normal := self.normality.of(name))}
        return [usual.template for normal in normals.values() for usual in normal.usuals]

    def explain(
        self,
        incidents: Sequence[Incident],
        lang: str = "en",
        tier: str = "auto",
        budget: int = 0,
        heard: Callable[[Reply], None] = lambda reply: None,
    ) -> Iterator[Explanation]:
        """The answer to each incident, in the order given. The model is started only when one needs it."""
        past, fared = self._experience(incidents)
        counsel = Counsel(
            book=self.book,
            lang=lang,
            tier=tier,
            budget=budget or self.config.evidence.budget_chars,
            mind=None if tier == "known" else lambda: self.mind,
            heard=heard,
            sampling=self._sampling,
            past=lambda template: past.get(template, ()),
            fared=lambda fault: fared.get(fault, Tally()),
        )
        yield from explain_each(incidents, counsel)

    def _experience(self, incidents: Sequence[Incident]) -> tuple[dict[str, list[Entry]], dict[str, Tally]]:
        """What helped before against each root's template, and how the answers of each suspected fault fared.

        A store that cannot be read costs a sentence.
        """
        if not self.paths.store_file.exists():
            return {}, {}
        from edgeops.assistant.memory import experience

        try:
            return experience(self.paths.store_file, incidents)
        except StoreError as error:
            self.say(str(error))
            return {}, {}

    def ask(
        self,
        said: str,
        talk: Talk,
        incidents: Sequence[Incident] = (),
        lang: str = "en",
        model: bool = True,
        heard: Callable[[Reply], None] = lambda reply: None,
    ) -> Talk:
        """The conversation with the answer to what was said, its last one; a new conversation gets its id."""
        # Only questions need this; every other command starts sooner without.
        from edgeops.assistant.dialogue.asking import ask
        from edgeops.assistant.dialogue.material import Bench

        bench = Bench(
            book=self.book,
            find=self.find,
            incidents=incidents,
            lang=lang,
            budget=self.config.evidence.budget_chars,
            mind=(lambda: self.mind) if model else None,
            heard=heard,
            sampling=self._sampling,
        )
        return ask(said, talk if talk.id else replace(talk, id=secrets.token_hex(4)), bench)

    def keep_talk(self, before: Talk, talk: Talk, by: Origin, hand: Hand | None = None) -> None:
        """Keep the last turn of a conversation, and its hand when one was taken up. A store that cannot be used costs a sentence."""
        if not self.keep or not paths.writable(self.paths.data):
            return
        from edgeops.assistant.dialogue.keeping import keep

        try:
            keep(self._library[1], before, talk, hand, by, self.now())
        except StoreError as error:
            self.say(str(error))

    def conclude(self, talk: Talk, hand: Hand, did: str, by: Origin, lang: str = "en") -> Entry:
        """What mended it becomes an entry, by which the next one is answered. Raises StoreError, UsageError."""
        if not self.keep or not paths.writable(self.paths.data):
            raise StoreError(f"Nothing was kept: --readonly was given, or {self.paths.data} cannot be written to.")
        from edgeops.assistant.dialogue.keeping import conclude

        return conclude(self._library[1], talk, hand, did, self.book, lang, by, self.now())

    def talks(self, words: str = "", most: int = 50) -> list[Heading]:
        """The conversations that were kept and have the words, best first; without words the latest. Raises StoreError."""
        from edgeops.knowledge.store import Store
        from edgeops.knowledge.talks import find

        if not self.paths.store_file.exists():
            return []
        with Store(self.paths.store_file, readonly=True) as store:
            return find(store.database, words, most)

    def recall(self, name: str = "") -> Recalled:
        """A conversation by its id or the beginning of it, else the latest. Raises StoreError."""
        from edgeops.assistant.dialogue.keeping import fitting
        from edgeops.knowledge.store import Store
        from edgeops.knowledge.talks import NONE_YET, recall

        if not self.paths.store_file.exists():
            raise StoreError(NONE_YET)
        with Store(self.paths.store_file, readonly=True) as store:
            recalled = recall(store.database, name)
        return replace(recalled, hand=fitting(recalled.hand, self.book))

    def find(self, query: str, most: int, lang: str) -> list[Knowledge]:
        """What is known about this: what the site wrote and the faults of the pack in turn, each best first.

        A store that cannot be used costs a sentence: the pack answers alone.
        """
        faults = self.book.search(query, most, lang)
        return [k for pair in zip_longest(self._written(query, most, lang), faults) for k in pair if k][: 2 * most]

    def _written(self, query: str, most: int, lang: str) -> list[Knowledge]:
        """Notes, runbooks and past incidents."""
        from edgeops.assistant.memory import written

        try:
            search, store, complete = self._library
            return written(search, store, query, most, lang, self.now(), complete)
        except StoreError as error:
            self.say(str(error))
            return []

    @cached_property
    def _library(self) -> tuple[Search, Store, bool]:
        """The search over all that is known, its store, and whether every passage can be found by its meaning.

        Both are open as long as this session. While vectors are missing, those that are there would push themselves forward.
        """
        from edgeops.knowledge.library import open_library

        folder = paths.writable(self.paths.data) if self.keep else None
        store = self._opened.enter_context(
            open_library(self.paths.store_file, hooks.registry(), self.now(), self.say, keep=folder is not None)
        )
        search = store.search(hooks.embedder(hooks.registry()))
        return search, store, not search.fill(0)

    @cached_property
    def _opened(self) -> ExitStack:
        """What is open as long as this session."""
        stack = ExitStack()
        weakref.finalize(self, stack.close)
        return stack

    def close(self) -> None:
        """Close the library if it is open: by the thread that asked first, to which SQLite's connection belongs."""
        self.__dict__.pop("_library", None)
        self._opened.close()

    def prepare(self) -> None:
        """Make some of the vectors that are missing (some 2 s): for when the person has their answer."""
        from edgeops.knowledge.library import AT_ONCE

        with suppress(StoreError):
            self._library[0].fill(AT_ONCE)

    @cached_property
    def mind(self) -> Mind:
        """The model, and how far its choices are trusted. Raises EngineError."""
        settings = engine_settings(self.config, self.paths, self.now, self.say)
        return Mind(engine_of(settings), settings.trust)

    @property
    def engine(self) -> Engine:
        """The configured engine: a server on the site's network if one is named, else the active model. Raises EngineError."""
        return self.mind.engine

    @property
    def _sampling(self) -> Sampling:
        model = self.config.model
        return Sampling(model.temperature, model.top_k, model.top_p)

    def remember(self, pairs: Sequence[tuple[Incident, Explanation]]) -> None:
        """Keep incidents and answers in the store, and what the sources taught. A store that cannot be used costs a sentence."""
        normals = self.normality.news() if self.keep else []
        if not self.keep or not (pairs or normals):
            return
        if not (folder := paths.writable(self.paths.data)):
            if self.paths.data.is_dir() and (refusal := paths.unsafe(self.paths.data)):
                self.say(f"Nothing was kept. {refusal}")
            return
        from edgeops.knowledge import normal  # a database is opened only when there is something to keep
        from edgeops.knowledge.store import Store

        try:
            with Store(folder / self.paths.store_file.name) as store:
                for incident, answer in pairs:
                    store.keep(incident, answer, self.now())
                if normals:
                    normal.keep(store.database, normals, self.now())
        except StoreError as error:
            self.say(str(error))


def _only(formats: Sequence[Format], name: str) -> list[Format]:
    """The format of that name; what it does not fit is read as bare lines."""
    chosen = [one for one in formats if one.name == name]
    if not chosen:
        known = ", ".join(sorted({one.name for one in formats}))
        raise UsageError(f"There is no format {name!r}; there are {known}.")
    return chosen
