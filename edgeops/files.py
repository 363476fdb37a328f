"""Files appear whole: written beside their place, synced, then moved there. A kill or a full disk leaves the old one. And a file's hash."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read (0600). Raises OSError and leaves nothing half-written."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    os.fchmod(handle, 0o600)  # whatever the umask
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which only its owner can read and which gets its name at the end, when it is whole.

    Raises FileExistsError where the name is taken, OSError; leaves nothing half-written.
    """
    _refuse(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    os.fchmod(handle, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        _named(Path(name), path)
    finally:
        Path(name).unlink(missing_ok=True)


def _named(file: Path, path: Path) -> None:
    """Give a file a name that nothing has."""
    try:
        path.hardlink_to(file)
    except FileExistsError:
        raise
    except OSError:  # sticks (FAT) know no second name for a file
        _refuse(path)
        file.rename(path)


def _refuse(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
