"""The store opened for knowledge: the pack planted, the search ready, a damaged file saved. Command line, app and `ask` begin here."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from edgeops.errors import StoreError
from edgeops.knowledge import lock
from edgeops.knowledge.database import DAMAGE, DamagedStore, Database
from edgeops.knowledge.planting import plant
from edgeops.knowledge.rescue import copy
from edgeops.knowledge.salvage import salvage, unsound
from edgeops.knowledge.signs import doubted
from edgeops.knowledge.store import Store

AT_ONCE = 256
"""Passages that get their vectors when the library is opened (some 2 s); the others follow at the next openings."""


@contextmanager
def open_library(
    file: Path, registry: Any, now: datetime, say: Callable[[str], None] = lambda sentence: None, keep: bool = True
) -> Iterator[Store]:
    """The store at file, with the pack in it. say hears sentences for the person. Raises StoreError.

    keep=False (a home that is read-only, `--readonly`): a copy of what is there, thrown away afterwards.
    """
    faults = [fault for group in registry.hook.edgeops_faults() for fault in group]
    steps = [step for group in registry.hook.edgeops_steps() for step in group]
    with _opened(file, now, say) if keep else _borrowed(file, say) as store:
        plant(store, faults, steps, now)
        yield store


@contextmanager
def _borrowed(file: Path, say: Callable[[str], None]) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "store.db"
        if file.is_file():
            try:
                with closing(Database(file, readonly=True)) as source:
                    copy(source.connection, place)
            except (StoreError, OSError, *DAMAGE) as error:
                say(f"What is in {file} cannot be read ({error}); the starter pack is searched alone.")
        with Store(place) as store:
            yield store


def _opened(file: Path, now: datetime, say: Callable[[str], None]) -> Store:
    try:
        return _looked_through(Store(file))
    except DamagedStore:
        # A watch goes on writing to the file that it opened.
        with lock.held(file), _alone(file):
            try:
                return _looked_through(Store(file))  # another process may have saved it while we waited
            except DamagedStore as error:
                saved = salvage(file, now)
                say(f"{str(error).partition('. ')[0]}. {saved.told}")
                return Store(file)


def _looked_through(store: Store) -> Store:
    """The store; if something in it could not be read before, every row is tried first. Raises DamagedStore."""
    mark = doubted(store.path)
    if mark.exists():
        try:
            if broken := unsound(store.database.connection):
                raise DamagedStore(f"The store {store.path} is damaged (rows of {', '.join(broken)} cannot be read). ")
            mark.unlink(missing_ok=True)
        except BaseException:
            store.database.close()
            raise
    return store


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    try:
        with file.with_name(f"{file.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise StoreError(f"The store {file} is damaged and its directory cannot be written to ({error}).") from error
