"""What is known, as the app's thread for it holds it: found, read, compared, written. Raises EdgeopsError with a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, islice
from typing import TYPE_CHECKING

from edgeops import hooks, paths
from edgeops.assistant.steps import concrete
from edgeops.errors import StoreError
from edgeops.knowledge import history
from edgeops.knowledge.entry import Draft, Entry, Kind, Origin, Remark, Result, Tally, Version
from edgeops.knowledge.library import open_library
from edgeops.records import Action

if TYPE_CHECKING:
    from edgeops.knowledge.retrieval import Search
    from edgeops.knowledge.store import Store
    from edgeops.session import Session

MOST = 100
_AT_ONCE = 64
_MOST_COMPARED = 5_000


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry in a list. snippet is what of it fits the words."""

    id: str
    title: str
    kind: Kind
    trust: float
    outcomes: Tally
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search gave, in how many milliseconds; by_words: meanings were not looked at. words are empty for the latest."""

    words: str
    hits: tuple[Hit, ...]
    took_ms: float
    by_words: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """An entry with what belongs to it. checks and fixes are those of a known fault; disputed counts last versions that differ."""

    entry: Entry
    versions: tuple[Version, ...]
    remarks: tuple[Remark, ...]
    checks: tuple[Action, ...] = ()
    fixes: tuple[Action, ...] = ()
    disputed: int = 0


class Shelf:
    """Opened when something is first wanted of it; every method in one thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._opened = ExitStack()
        self._library: tuple[Store, Search] | None = None
        self._missing = 0

    def _open(self) -> tuple[Store, Search]:
        if self._library is None:
            session = self._session
            keeps = session.keep and paths.writable(session.paths.data) is not None
            store = self._opened.enter_context(
                open_library(session.paths.store_file, hooks.registry(), session.now(), session.say, keep=keeps)
            )
            search = store.search(hooks.embedder(hooks.registry()))
            # Nothing is made now: meanings are looked at once all of them are there.
            self._missing = search.fill(0)
            self._library = store, search
        return self._library

    def close(self) -> None:
        """Close the store."""
        self._library = None
        self._opened.close()

    def _kept(self) -> Store:
        """The store, to write to. Raises StoreError where nothing is kept."""
        session = self._session
        if not (session.keep and paths.writable(session.paths.data)):
            raise StoreError(f"Nothing is kept: --readonly was given, or {session.paths.data} cannot be written to.")
        return self._open()[0]

    # ------------------------------------------------------------ reading

    def find(self, words: str) -> Finding:
        """The entries that fit best; without words the latest, what people here wrote first."""
        begun = time.perf_counter()
        store, search = self._open()
        if words:
            whole = search.completed(words)
            found = search.find(whole, MOST, self._session.now(), meaning=not self._missing)
            hits = tuple(Hit(f.id, f.title, f.kind, f.trust, f.outcomes, f.snippet) for f in found)
        else:
            kinds = (Kind.NOTE, Kind.INCIDENT, Kind.RUNBOOK)
            own = sorted(
                chain.from_iterable(islice(store.entries.all(kind), MOST) for kind in kinds),
                key=lambda entry: entry.updated,
                reverse=True,
            )
            latest = islice(chain(own, store.entries.all(Kind.FAULT)), 4 * MOST)
            hits = tuple(Hit(e.id, e.title, e.kind, e.trust, e.outcomes) for e in latest)
        return Finding(words, hits, (time.perf_counter() - begun) * 1000, bool(words) and self._is_by_words)

    @property
    def _is_by_words(self) -> bool:
        """Whether a search looks at no meanings: some are missing, or nothing here knows them."""
        return bool(self._missing or (self._library and self._library[1].notes))

    def fill(self) -> bool:
        """Make some of the meanings that are missing (a fifth of a second); whether there are more."""
        _, search = self._open()
        if self._missing:
            self._missing = search.fill(_AT_ONCE)
        return self._missing > 0

    def read(self, name: str, lang: str) -> Reading:
        """An entry by its id."""
        store, _ = self._open()
        entry = store.entries.get(name)
        remarks = sorted(
            (*store.entries.outcomes(entry.id), *store.entries.comments(entry.id)), key=lambda one: one.time
        )
        with store.database.reading() as connection:
            disputed = len(history.disputed(history.of(connection, entry.id)))
        checks, fixes = self._steps(entry, lang)
        return Reading(entry, store.entries.versions(entry.id), tuple(remarks), checks, fixes, disputed)

    def _steps(self, entry: Entry, lang: str) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """The checks and fixes of a known fault, with their holes: no line fills them here."""
        book = self._session.book
        fault = book.faults.get(entry.id) if entry.kind is Kind.FAULT else None
        if fault is None:
            return (), ()
        checks, fixes = ([book.steps[name] for name in names] for names in (fault.checks, fault.fixes))
        return concrete(checks, {}, lang), concrete(fixes, {}, lang)

    # ------------------------------------------------------------ writing

    def change(self, read: Entry, title: str, body: str, by: Callable[[], Origin]) -> tuple[Entry, str]:
        """The entry with a new version, and who else changed it since it was read ("" for nobody)."""
        entries = self._kept().entries
        before = entries.get(read.id)
        changed = entries.edit(read.id, by().author, self._session.now(), title, body)
        return changed, before.origin.author if before.revision != read.revision else ""

    def add(self, title: str, body: str, by: Callable[[], Origin]) -> Entry:
        """A new note."""
        return self._kept().entries.put(Draft(Kind.NOTE, title, body, by()), self._session.now())

    def judge(self, name: str, result: Result, note: str, by: Callable[[], Origin]) -> Entry:
        """The entry with one more outcome."""
        entries = self._kept().entries
        entries.judge(name, result, by(), self._session.now(), note)
        return entries.get(name)


def compared(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, str]] | None:
    """The lines of both, each with ` `, `+` (new) or `-` (gone); None where there are too many."""
    if len(before) + len(after) > _MOST_COMPARED:
        return None
    marked: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=True).get_opcodes():
        if tag == "equal":
            marked += [(" ", line) for line in before[a:b]]
        else:
            marked += [("-", line) for line in before[a:b]]
            marked += [("+", line) for line in after[c:d]]
    return marked
