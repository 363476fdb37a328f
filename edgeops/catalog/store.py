"""The shelf: the folder of model files with its index, which remembers what was verified and how the file looked then.

A file counts as verified only while its size and times are those the index holds; after any change it must be hashed
again before it is used. The index and the choice of the active model are small files that appear whole.
"""

from __future__ import annotations

import dataclasses
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

# msgspec: reads the index back into records and refuses what does not fit.
import msgspec

from edgeops import paths
from edgeops.catalog.entries import find
from edgeops.catalog.part import digest, disk, sync_folder
from edgeops.errors import CatalogError, HashMismatch
from edgeops.records import Installed, Model, Purpose

Say = Callable[[str], None]
Stamp = tuple[int, int, int]


class _Row(msgspec.Struct):
    model: Model
    path: str
    verified: datetime
    stamp: Stamp


class _Index(msgspec.Struct):
    rows: dict[str, _Row] = {}
    active: str = ""


class Shelf:
    """Model files below folder. catalog tells files apart that were put there by hand. Raises CatalogError."""

    def __init__(self, folder: Path, catalog: Sequence[Model] = ()) -> None:
        self.folder, self.catalog = folder, tuple(catalog)
        self._index_file = folder / "installed.json"

    def path(self, model: Model) -> Path:
        return self.folder / model.file

    def installed(self) -> tuple[Installed, ...]:
        """Every model whose file is here with the right size, in the order of their names."""
        index = self._read()
        known: dict[str, tuple[Model, _Row | None]] = {model.name: (model, None) for model in self.catalog}
        for name, entry in index.rows.items():
            model = known[name][0] if name in known else entry.model
            known[name] = (model if model.sha256 == entry.model.sha256 else entry.model, entry)
        found = []
        for name, (model, row) in sorted(known.items()):
            path = Path(row.path) if row else self.path(model)
            if (stamp := _stamp(path)) and stamp[0] == model.bytes:
                verified = row.verified if row and row.stamp == stamp else None
                found.append(Installed(model, str(path), verified, active=name == index.active))
        return tuple(found)

    def get(self, name: str) -> Installed:
        """The installed model of that name. Raises CatalogError that says how to get it."""
        installed = self.installed()
        here = {one.model.name: one for one in installed}
        model = find((*(one.model for one in installed), *(m for m in self.catalog if m.name not in here)), name)
        if model.name not in here:
            raise CatalogError(f"{model.name} is not on this machine; `edgeops model pull {model.name}` fetches it.")
        return here[model.name]

    @property
    def chosen(self) -> str:
        """The name set by `use`, or ""."""
        return self._read().active

    def mark(self, name: str) -> None:
        """Remembers this name as the chosen one, whatever it names."""
        with self._changing() as index:
            index.active = name

    def use_any(self) -> None:
        """Leaves the choice to `choose` again."""
        self.mark("")

    def use(self, name: str) -> Installed:
        """Makes an installed model the active one."""
        one = self.get(name)
        if one.model.purpose is not Purpose.ANSWERS:
            raise CatalogError(f"{one.model.name} cannot write answers; `edgeops model list` shows which can.")
        self.mark(one.model.name)
        return dataclasses.replace(one, active=True)

    def remove(self, name: str) -> Installed:
        """Deletes an installed model's file (of a link the link) and forgets it. Raises CatalogError."""
        one = self.get(name)
        with self._changing() as index:
            with disk(path := Path(one.path)):
                path.unlink(missing_ok=True)
                sync_folder(path.parent)
            index.rows.pop(one.model.name, None)
            if index.active == one.model.name:
                index.active = ""
        return one

    def record(self, model: Model, path: Path, stamp: Stamp, when: datetime) -> Installed:
        """Remembers that the file at path was found right."""
        with self._changing() as index:
            index.rows[model.name] = _Row(dataclasses.replace(model, sources=()), str(path), when, stamp)
        return Installed(model, str(path), when, active=index.active == model.name)

    def verify(self, one: Installed, when: datetime, progress: Callable[[int, int], None]) -> Installed:
        """Hashes the file again and remembers that it is right. A wrong one is put aside as *.bad and HashMismatch raised."""
        path = Path(one.path)
        with disk(path), path.open("rb", buffering=0) as stream:
            stamp = stamp_of(os.fstat(stream.fileno()))
            found = digest(stream, lambda done: progress(done, one.model.bytes))
            same = stamp_of(os.fstat(stream.fileno())) == stamp
        if not same:
            raise CatalogError(f"{path} changed while it was read; verify it again when nothing writes to it.")
        if found != one.model.sha256:
            raise HashMismatch(
                f"{one.model.name} is damaged: its SHA-256 is {found}, but {one.model.sha256} is right. "
                f"{_put_aside(path)}; {self._again(one.model)} a good one."
            )
        try:
            return self.record(one.model, path, stamp, when)
        except CatalogError:  # a read-only shelf: the file is right, only nothing remembers it
            return dataclasses.replace(one, verified=when)

    def opened(self, one: Installed) -> int:
        """A descriptor of the very file that was verified: what stands at its path later does not matter.

        A file that does not look as it did then is hashed through the descriptor. Raises HashMismatch, CatalogError.
        """
        with disk(path := Path(one.path)):
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            row = self._read().rows.get(one.model.name)
            if row is None or row.stamp != stamp_of(os.fstat(fd)):
                with disk(path), open(fd, "rb", buffering=0, closefd=False) as stream:
                    found = digest(stream, lambda done: None)
                if found != one.model.sha256:
                    raise HashMismatch(
                        f"{one.model.name} was exchanged while it was opened; `edgeops model verify {one.model.name}` says more."
                    )
        except BaseException:
            os.close(fd)
            raise
        return fd

    def _again(self, model: Model) -> str:
        if any(known.sha256 == model.sha256 for known in self.catalog):
            return f"`edgeops model pull {model.name}` fetches"
        return "`edgeops model import` takes"

    @contextmanager
    def locked(self, model: Model, say: Say) -> Iterator[None]:
        """Only one process at a time fetches a model; the others wait, and say so."""
        paths.private(self.folder)
        busy = f"Another edgeops is fetching {model.name}; waiting for it."
        with lock(self.folder / f".{model.file}.lock", lambda: say(busy)):
            yield

    @contextmanager
    def _changing(self) -> Iterator[_Index]:
        paths.private(self.folder)
        with lock(self.folder / ".installed.lock", lambda: None):
            index = self._read()
            yield index
            self._write(index)

    def _read(self) -> _Index:
        if self.folder.exists() and (refusal := paths.unsafe(self.folder)):
            raise CatalogError(refusal)
        try:
            return msgspec.json.decode(self._index_file.read_bytes(), type=_Index)
        except (FileNotFoundError, NotADirectoryError):
            return _Index()
        except (OSError, msgspec.MsgspecError) as error:
            raise CatalogError(
                f"The index of models {self._index_file} cannot be read ({error}). "
                "Delete it; catalogue models are found again by themselves, others by `edgeops model import`."
            ) from error

    def _write(self, index: _Index) -> None:
        fresh = self._index_file.with_suffix(".new")
        with disk(self._index_file):
            with fresh.open("wb") as stream:
                stream.write(msgspec.json.format(msgspec.json.encode(index), indent=1))
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(self._index_file)
            sync_folder(self.folder)


def _put_aside(path: Path) -> str:
    """Renames a wrong file so that nothing finds it; gives the sentence about it."""
    aside = path.with_name(path.name + ".bad")
    try:
        path.replace(aside)
    except OSError as error:
        return f"It is not used, though it could not be renamed to {aside.name} ({(error.strerror or '').lower()})"
    return f"It is now called {aside.name} and is not used any more"


def stamp_of(status: os.stat_result) -> Stamp:
    """What changes when a file changes: size, and the times of its last change and of its status."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _stamp(path: Path) -> Stamp | None:
    try:
        return stamp_of(path.stat())
    except OSError:
        return None


@contextmanager
def lock(path: Path, wait: Callable[[], None]) -> Iterator[None]:
    """Holds the lock file at path; wait is called once when another process has it."""
    with disk(path):
        handle = path.open("ab")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
