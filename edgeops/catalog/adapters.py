"""Our adapters: those that came with edgeops and those promoted on this site, which go before them; which is in service, and the way back.

Below `own` each adapter has a folder: its versions, and `history.json`, which says what is in service. That one file appears
whole, so a crash leaves the old or the new adapter in service, never none.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

# msgspec: reads the history back and refuses what does not fit.
import msgspec

from edgeops import paths
from edgeops.catalog.part import digest, disk, sync_folder
from edgeops.catalog.release import MANIFEST, Release, check_files, read_release
from edgeops.catalog.store import lock
from edgeops.errors import CatalogError, HashMismatch
from edgeops.files import write_whole
from edgeops.records import UNFITTED, Trust

SHIPPED = Path(__file__).parent
"""Holds the folders `ops-*`; in the checkout they are links to those in models/."""
OPS = "ops"
"""Adapters' names begin with it, and the folder of promoted ones below the models is called so."""
KEPT = 5
"""Versions of an adapter that one can roll back to."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter that can be loaded beside its base. shipped: it came with edgeops."""

    name: str
    version: str
    path: str
    sha256: str
    bytes: int
    base: str
    base_sha256: str
    licence: str
    created: datetime
    shipped: bool
    trust: Trust = UNFITTED


class Entry(msgspec.Struct, frozen=True):
    """Something that was done: `promote` or `rollback` to a version ("" = the shipped one). manifest is its hash, key who signed."""

    action: str
    version: str
    at: datetime
    manifest: str = ""
    key: str = ""


class History(msgspec.Struct, frozen=True):
    """stack: the versions in service, the present one last; empty means the shipped one."""

    stack: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def active(self) -> str:
        return self.stack[-1] if self.stack else ""

    def manifest(self, version: str) -> str:
        """The hash of the manifest that was promoted under this version."""
        return next((e.manifest for e in reversed(self.entries) if e.version == version and e.manifest), "")


class Rack:
    """The adapters below own (promoted) and shipped (None: those that came with edgeops)."""

    def __init__(self, own: Path, shipped: Path | None = None) -> None:
        self.own, self._shipped = own, shipped or SHIPPED

    def adapters(self, say: Say) -> tuple[Adapter, ...]:
        """What is in service, one of each name, the promoted first. What cannot be used costs a sentence."""
        names, folders = self.names(), sorted(file.parent for file in self._shipped.glob(f"{OPS}-*/{MANIFEST}"))
        promoted = _noted([partial(self._promoted, name) for name in names], say)
        came = _noted([partial(_shipped, folder) for folder in folders], say)
        return (*promoted.values(), *(one for name, one in came.items() if name not in promoted))

    def _promoted(self, name: str) -> Adapter | None:
        history = self.history(name)
        if not history.active:
            return None
        release = read_release(self.own / name / history.active)
        if release.digest != history.manifest(history.active):
            raise HashMismatch(f"{release.folder} is not what was promoted: another manifest stands there.")
        return _adapter(release, False)

    def opened(self, adapter: Adapter) -> int:
        """A descriptor of the very file that has the right hash. Raises HashMismatch, CatalogError."""
        with disk(path := Path(adapter.path)):
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            with disk(path), open(fd, "rb", buffering=0, closefd=False) as stream:
                found = digest(stream, lambda done: None)
            if found != adapter.sha256:
                raise HashMismatch(
                    f"The adapter {adapter.name} is damaged: {path} has the SHA-256 {found}, but {adapter.sha256} is right."
                )
        except BaseException:
            os.close(fd)
            raise
        return fd

    def history(self, name: str) -> History:
        """What was done with the promoted versions of an adapter. Raises CatalogError."""
        if refusal := paths.unsafe(self.own) if self.own.exists() else "":
            raise CatalogError(refusal)
        file = self.own / name / "history.json"
        try:
            return msgspec.json.decode(file.read_bytes(), type=History)
        except (FileNotFoundError, NotADirectoryError):
            return History()
        except (OSError, msgspec.MsgspecError) as error:
            raise CatalogError(
                f"{file} cannot be read ({error}); move it aside, then the adapter that came with edgeops counts again."
            ) from error

    def promote(self, release: Release, key: str, when: datetime) -> Adapter:
        """Put a release in service: copied, hashed again, then in one write. key is who signed it. Raises CatalogError."""
        manifest = release.manifest
        with self._changing(manifest.name) as home:
            history = self.history(manifest.name)
            if history.active == manifest.version:
                raise CatalogError(f"{manifest.name} {manifest.version} is in service already; nothing was done.")
            with disk(home):
                _arrive(release, home / manifest.version)
            stack = (*(one for one in history.stack if one != manifest.version), manifest.version)[-KEPT:]
            done = Entry("promote", manifest.version, when, release.digest, key)
            self._write(home, History(stack, (*history.entries, done)))
            _sweep(home, stack)
        return _adapter(replace(release, folder=self.own / manifest.name / manifest.version), False)

    def rollback(self, name: str, when: datetime) -> str:
        """Put back what was in service before; the version, or "" for the shipped one. Raises CatalogError."""
        if not self.history(name).stack:
            raise CatalogError(f"No version of {name} was promoted here, so there is nothing to go back from.")
        with self._changing(name) as home:
            history = self.history(name)
            stack = history.stack[:-1]
            if stack:  # what cannot be used must not be put in service
                check_files(read_release(home / stack[-1]))
            before = stack[-1] if stack else ""
            done = Entry("rollback", before, when, history.manifest(before) if before else "")
            self._write(home, History(stack, (*history.entries, done)))
        return before

    def names(self) -> list[str]:
        """Those of which something was promoted here."""
        return sorted(file.parent.name for file in self.own.glob("*/history.json"))

    @contextmanager
    def _changing(self, name: str) -> Iterator[Path]:
        home = paths.private(self.own / name)
        with lock(home / ".lock", lambda: None):
            yield home

    @staticmethod
    def _write(home: Path, history: History) -> None:
        with disk(home):
            write_whole(home / "history.json", msgspec.json.format(msgspec.json.encode(history), indent=1))
            sync_folder(home)


def _noted(readers: Sequence[Callable[[], Adapter | None]], say: Say) -> dict[str, Adapter]:
    """What they give by its name; what cannot be used costs a sentence."""
    found = {}
    for read in readers:
        try:
            if one := read():
                found[one.name] = one
        except CatalogError as error:
            say(f"{error} It is not used.")
    return found


def _shipped(folder: Path) -> Adapter:
    return _adapter(read_release(folder), True)


def _adapter(release: Release, shipped: bool) -> Adapter:
    said = release.manifest
    return Adapter(
        said.name, said.version, str(release.file), said.adapter.sha256, said.adapter.bytes, said.base.file,
        said.base.sha256, said.licence, said.created, shipped, said.trust,
    )  # fmt: skip


def _arrive(release: Release, place: Path) -> None:
    """The release's files as a folder of their own, which appears whole; one that is there must be the same."""
    if place.exists():
        check_files(read_release(place))
        if read_release(place).digest != release.digest:
            raise CatalogError(f"Another release stands at {place} already; remove it first.")
        return
    fresh = place.with_name(f".{place.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=paths.PRIVATE)
    for file in sorted(release.folder.iterdir()):
        write_whole(fresh / file.name, file.read_bytes())
    copied = read_release(fresh)
    check_files(copied)
    if copied.digest != release.digest:
        raise CatalogError(f"{release.folder} changed while it was read; promote it again when nothing writes to it.")
    sync_folder(fresh)
    fresh.rename(place)
    sync_folder(place.parent)


def _sweep(home: Path, stack: Sequence[str]) -> None:
    """Versions that nobody can go back to any more, and what an interrupted promotion left."""
    for folder in home.iterdir():
        if folder.is_dir() and folder.name not in stack:
            shutil.rmtree(folder, ignore_errors=True)
