"""One watcher a store, and none while its file is replaced: a lock that the kernel lets go of when its holder dies, with the holder's process id in it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edgeops.errors import StoreError

_TRIES, _PAUSE_S = 5, 0.05


def place(store: Path) -> Path:
    """The lock beside a store."""
    return store.with_name(f"{store.name}.watch")


@contextmanager
def held(store: Path) -> Iterator[None]:
    """Hold the lock. Raises StoreError with the process id of whoever holds it already."""
    file = place(store)
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"The lock {file} cannot be made ({error.strerror}); check its directory's permissions."
        ) from error
    try:
        if not _locked(handle):
            raise StoreError(
                f"Another 'edgeops watch' (process {holder(store) or 'unknown'}) watches for the store {store}; "
                "'edgeops watch --status' shows how it does. Stop it, or set another EDGEOPS_HOME."
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Who only asks who holds it (`holder`) holds it for a moment, so it is tried again."""
    for _ in range(_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(_PAUSE_S)
    return False


def holder(store: Path) -> int:
    """The process id of the watcher; 0 when none is running."""
    with suppress(OSError, ValueError):
        handle = os.open(place(store), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return 0
            return int(os.pread(handle, 32, 0))
        finally:
            os.close(handle)
    return 0
