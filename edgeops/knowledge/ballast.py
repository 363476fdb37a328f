"""A file of reserved space beside the store: on a full disk not even deleting works, until it is given up (RELIABILITY F24)."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

BYTES = 4 * 1024 * 1024
_NEEDED = 128 * 1024
_ROOM = 16
"""It is laid only where so many times its size is free."""


def place(store: Path) -> Path:
    return store.with_name(f"{store.name}.ballast")


def lay(store: Path) -> None:
    """Reserves the space, if the disk has plenty. What cannot be reserved is done without."""
    file = place(store)
    with suppress(OSError):
        if file.exists() or os.statvfs(store.parent).f_bavail * os.statvfs(store.parent).f_frsize < BYTES * _ROOM:
            return
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.fchmod(handle, 0o600)  # whatever the umask
            os.posix_fallocate(handle, 0, BYTES)
        finally:
            os.close(handle)


def full(store: Path) -> bool:
    """Whether the disk has no room left even for the small file that SQLite needs for reading."""
    with suppress(OSError):
        about = os.statvfs(store.parent)
        return about.f_bavail * about.f_frsize < _NEEDED
    return False


def spent(store: Path) -> bool:
    """Gives the space back if the disk is full; whether there was any."""
    if not (full(store) and place(store).exists()):
        return False
    drop(store)
    return True


def drop(store: Path) -> None:
    """Gives the space back, so that the store can be tidied on a full disk."""
    with suppress(OSError):
        place(store).unlink(missing_ok=True)
