"""Bringing a model of one's own: hashed while it is copied, its header read elsewhere, put on the shelf under a checked name."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from edgeops import paths
from edgeops.catalog import onnxfolder
from edgeops.catalog.part import CHUNK, Progress, disk, megabytes, sync_folder
from edgeops.catalog.pull import Free, free_bytes
from edgeops.catalog.store import Say, Shelf, lock, stamp_of
from edgeops.errors import CatalogError, EdgeopsError
from edgeops.records import Installed, Model, Purpose

UNSTATED = "not stated"
_MARGIN = 16 << 20
_WORKING_MB = 320
"""What a run needs besides the file when the header does not tell: measured with the 0.5B at 4,096 tokens."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a model file's header says; empty or 0 where it does not. Without a family it cannot write answers."""

    family: str
    licence: str = ""
    context: int = 0
    memory_mb: int = 0


Probe = Callable[[Path], Facts]
"""Reads a header in a child process, since a hostile one may kill its reader. Raises EdgeopsError when it is no model."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to import: under which name and licence ("" = what the file says), copied or only linked to."""

    name: str = ""
    licence: str = ""
    link: bool = False


def bring(
    path: Path,
    shelf: Shelf,
    probe: Probe,
    wish: Wish,
    *,
    when: Callable[[], datetime],
    progress: Progress,
    say: Say,
    free: Free = free_bytes,
) -> Installed:
    """Puts a GGUF or ONNX file, or an exported ONNX folder as one file, on the shelf; a catalogue model is recognised by its hash.

    Raises CatalogError.
    """
    folder = _folder(path, wish) if path.is_dir() else None
    source, tail = (folder.model, folder.tail) if folder else (path, b"")
    wish = replace(wish, licence=wish.licence or folder.licence) if folder else wish
    with _opened(source) as stream:
        suffix, size = _kind(stream, source), os.fstat(stream.fileno()).st_size + len(tail)
        with _arrival(shelf, suffix, say) as arrival:
            own, sha256 = _arrive(stream, source, arrival, tail, wish.link, lambda done: progress(done, size), free)
            if folder and folder.sha256 and own != folder.sha256:
                raise onnxfolder.damaged(source, own, folder.sha256)
            if one := _here(shelf, sha256):
                say(f"This file is on the shelf already, as {one.model.name}.")
                return one
            model = _catalogued(shelf, sha256, say)
            model = model or _described(shelf, path, sha256, size, suffix, _facts(probe, arrival, source), wish)
            with disk(arrival):
                arrival.replace(target := shelf.path(model))
                sync_folder(shelf.folder)
                return shelf.record(model, target, stamp_of(target.stat()), when())


def _folder(path: Path, wish: Wish) -> onnxfolder.OnnxFolder:
    if wish.link:
        raise CatalogError(f"{path} is a folder, whose files become one on the shelf; import it without --link.")
    return onnxfolder.read(path)


@contextmanager
def _arrival(shelf: Shelf, suffix: str, say: Say) -> Iterator[Path]:
    """Where the file lies until it has its name; one import at a time, and nothing of an earlier one is left."""
    paths.private(shelf.folder)
    with lock(shelf.folder / ".import.lock", lambda: say("Another import runs; waiting for it.")):
        for stale in shelf.folder.glob(".arrival.*"):
            stale.unlink()
        arrival = shelf.folder / f".arrival{suffix}"
        try:
            yield arrival
        finally:
            arrival.unlink(missing_ok=True)


def _opened(path: Path) -> BinaryIO:
    """The file itself, links resolved once: what is hashed later is what was opened here."""
    advice = "Give the path of a GGUF or ONNX file, or of an exported ONNX folder."
    try:
        # O_NONBLOCK: a FIFO must not make us wait for its writer.
        handle = os.open(path.resolve(), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, up to Python 3.12
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise CatalogError(f"{path} cannot be opened: {reason}. {advice}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise CatalogError(f"{path} is not a plain file. {advice}")
    return os.fdopen(handle, "rb", buffering=0)


def _kind(stream: BinaryIO, path: Path) -> str:
    """The suffix that the file's first bytes call for. An ONNX file has no magic, but begins with its version field."""
    head = stream.read(4)
    stream.seek(0)
    if head == b"GGUF":
        return ".gguf"
    if path.suffix.lower() == ".onnx" and head[:1] == b"\x08":
        return ".onnx"
    raise CatalogError(
        f"{path} begins like neither a GGUF nor an ONNX file. Other formats must be converted first (`edgeops-quantize`)."
    )


def _arrive(
    stream: BinaryIO, path: Path, arrival: Path, tail: bytes, link: bool, progress: Callable[[int], None], free: Free
) -> tuple[str, str]:
    """Makes arrival a copy of stream with the tail behind it, or a link to path; gives the SHA-256 of stream and of the whole."""
    before = os.fstat(stream.fileno())
    if link:
        arrival.symlink_to(path.resolve())
        found = _read(stream, None, progress)
        own = found.hexdigest()
    else:
        room, needed = free(arrival.parent), before.st_size + len(tail) + _MARGIN
        if room < needed:
            raise CatalogError(
                f"{path} needs {megabytes(needed)} free in {arrival.parent}, but there are {megabytes(room)}; "
                f"free {megabytes(needed - room)}, or import it with --link."
            )
        with disk(arrival), arrival.open("xb", buffering=0) as copy:
            found = _read(stream, copy, progress)
            own = found.hexdigest()
            found.update(tail)
            _write(copy, tail)
            os.fsync(copy.fileno())
    after = os.fstat(stream.fileno())
    now = arrival.stat() if link else after
    if stamp_of(before) != stamp_of(after) or (now.st_dev, now.st_ino) != (after.st_dev, after.st_ino):
        raise CatalogError(f"{path} changed while it was read, so it was not imported. Import it when it is still.")
    return own, found.hexdigest()


def _read(stream: BinaryIO, copy: BinaryIO | None, progress: Callable[[int], None]) -> hashlib._Hash:
    found, done = hashlib.sha256(), 0
    while data := stream.read(CHUNK):
        found.update(data)
        if copy:
            _write(copy, data)
        done += len(data)
        progress(done)
    return found


def _write(copy: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[copy.write(view) :]


def _here(shelf: Shelf, sha256: str) -> Installed | None:
    """A verified model on the shelf with these very bytes."""
    return next((one for one in shelf.installed() if one.model.sha256 == sha256 and one.verified), None)


def _catalogued(shelf: Shelf, sha256: str, say: Say) -> Model | None:
    model = next((model for model in shelf.catalog if model.sha256 == sha256), None)
    if model:
        say(f"By its hash this is {model.name} of the catalogue.")
    return model


def _facts(probe: Probe, arrival: Path, path: Path) -> Facts:
    """The header of our copy; what is wrong with it is said of the file that the person named."""
    try:
        return probe(arrival)
    except EdgeopsError as error:
        raise type(error)(str(error).replace(str(arrival), str(path))) from error


def _described(shelf: Shelf, path: Path, sha256: str, size: int, suffix: str, facts: Facts, wish: Wish) -> Model:
    """A record of a file that no catalogue knows. Raises CatalogError when its name is taken or is none."""
    called = path.stem if path.suffix.lower() == suffix else path.absolute().name
    name = wish.name or re.sub(r"[^a-z0-9._-]+", "-", called.lower()).strip("-._")[:100]
    if not _NAME.fullmatch(name):
        raise CatalogError(f"{name!r} cannot be a model's name; give one of a-z, 0-9, '.', '_' and '-' with --name.")
    taken = {model.name for model in (*shelf.catalog, *(one.model for one in shelf.installed()))}
    if name in taken:
        raise CatalogError(f"Another model is called {name} already; give this one a name with --name.")
    file = f"{name}{suffix}"
    if (shelf.folder / file).exists():
        file = f"{name}-{sha256[:8]}{suffix}"
    return Model(
        name=name, file=file, bytes=size, sha256=sha256, licence=wish.licence or facts.licence or UNSTATED,
        family=facts.family, memory_mb=facts.memory_mb or size // (1 << 20) + _WORKING_MB,
        context=facts.context or 4096, note=f"{'Linked to' if wish.link else 'Imported from'} {path.name}.",
        purpose=Purpose.ANSWERS if facts.family else Purpose.OTHER,
    )  # fmt: skip
