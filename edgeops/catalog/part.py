"""The file on its way: a part file that is always a beginning of the model, and becomes the model when its hash is right.

Because every source serves the same bytes, what one source left behind is where the next one goes on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from edgeops.errors import CatalogError, HashMismatch
from edgeops.records import Model

CHUNK = 1 << 20
Progress = Callable[[int, int], None]
"""Told (bytes done, bytes in all); done never shrinks within one pull."""


def megabytes(size: int) -> str:
    """A size for a sentence: "491 MB", "1.1 GB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size} bytes"


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turns an OSError inside into a CatalogError about path."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise CatalogError(f"{path}: {reason}. Make room or mend the disk, then run this again.") from error


class Part:
    """An open part file. kept is how many usable bytes lie in it, done how many of them are hashed.

    Call resume first; write refuses a byte more than the model has. Raises CatalogError when the disk fails.
    scratch is a folder for whatever a source needs on the same disk. Leaving the context removes it, and an empty part.
    """

    def __init__(self, path: Path, model: Model, progress: Progress) -> None:
        self.path, self.model = path, model
        self.scratch = path.with_name(path.name + ".scratch")
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        with disk(path):
            self._file: BinaryIO = os.fdopen(os.open(path, flags, 0o644), "r+b", buffering=0)
            size = os.fstat(self._file.fileno()).st_size
        self.kept = size if size <= model.bytes else 0
        self.done = 0
        self._hash = hashlib.sha256()
        self._progress, self._shown = progress, 0

    def __enter__(self) -> Part:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        shutil.rmtree(self.scratch, ignore_errors=True)
        if not self.kept:
            self.path.unlink(missing_ok=True)

    @property
    def missing(self) -> int:
        return self.model.bytes - self.done

    def resume(self, at: int) -> None:
        """Goes on after the first `at` bytes, which are hashed again; the rest is cut off."""
        self._hash, self.done, self.kept = hashlib.sha256(), 0, min(at, self.kept)
        with disk(self.path):
            self._file.truncate(self.kept)
            self._file.seek(0)
            while data := self._file.read(CHUNK):
                self._count(data)

    def write(self, data: bytes) -> None:
        """Appends data. Raises HashMismatch when the model has no room for it."""
        if len(data) > self.missing:
            raise HashMismatch(
                f"{self.model.name}: more bytes came than the {self.model.bytes} that the catalogue says, "
                "so this is another file; it was deleted."
            )
        view = memoryview(data)
        with disk(self.path):
            while view:
                view = view[self._file.write(view) :]
        self._count(data)
        self.kept = self.done

    def _count(self, data: bytes) -> None:
        self._hash.update(data)
        self.done += len(data)
        self.report()

    def report(self, coming: int = 0) -> None:
        """Shows progress; coming bytes are on this machine but not joined yet."""
        self._shown = max(self._shown, min(self.done + coming, self.model.bytes))
        self._progress(self._shown, self.model.bytes)

    def clear(self) -> None:
        """Throws all of it away."""
        self.resume(0)

    def finish(self, target: Path) -> None:
        """Puts the file under its name, synced, when its hash is right. Raises HashMismatch when it is wrong."""
        found = self._hash.hexdigest()
        if found != self.model.sha256:
            raise HashMismatch(
                f"{self.model.name}: the {self.done} bytes that came have the SHA-256 {found}, but the catalogue says "
                f"{self.model.bytes} bytes with {self.model.sha256}; the file was deleted."
            )
        with disk(self.path):
            os.fsync(self._file.fileno())
            self.path.replace(target)
            sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename in folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(stream: BinaryIO, progress: Callable[[int], None]) -> str:
    """The SHA-256 of the rest of stream; progress is told the bytes read so far."""
    found, done = hashlib.sha256(), 0
    while data := stream.read(CHUNK):
        found.update(data)
        done += len(data)
        progress(done)
    return found.hexdigest()
