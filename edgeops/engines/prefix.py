"""Saved KV states of constant prefixes: one file each, keyed by all that the state depends on, checked on load, few in number."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from edgeops.files import write_whole

_MAGIC = b"edgeops-kv-1\n"
_DIGEST = 32
_MOST = 2 << 30
_STALE_S = 3600


class PrefixStore:
    """A folder of states for one model and one library. key is everything else that a state depends on.

    Nothing here raises: a state that cannot be read or written costs time, not the answer.
    """

    def __init__(self, folder: Path, key: str, keep: int = 4) -> None:
        self._folder = folder
        self._key = key
        self._keep = keep

    def load(self, tokens: Sequence[int]) -> bytes | None:
        """The state after these tokens, or None when there is no sound one."""
        path = self._path(tokens)
        try:
            data = _read(path)
        except OSError:
            return None
        head = len(_MAGIC) + _DIGEST
        if data[: len(_MAGIC)] != _MAGIC or hashlib.sha256(data[head:]).digest() != data[len(_MAGIC) : head]:
            self.drop(tokens)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return data[head:]

    def save(self, tokens: Sequence[int], state: bytes) -> None:
        """Keep the state; it appears whole or not at all. The oldest beyond `keep` go."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path(tokens), _MAGIC + hashlib.sha256(state).digest() + state)
            self._prune()
        except OSError:
            return

    def drop(self, tokens: Sequence[int]) -> None:
        """Forget the state of these tokens."""
        with contextlib.suppress(OSError):
            self._path(tokens).unlink()

    def _path(self, tokens: Sequence[int]) -> Path:
        said = f"{self._key}\n{','.join(map(str, tokens))}"
        return self._folder / f"{hashlib.sha256(said.encode()).hexdigest()[:40]}.kv"

    def _prune(self) -> None:
        """Remove all but the newest states, and what a killed process left half-written."""
        states = sorted(self._folder.glob("*.kv"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in states[self._keep :]:
            path.unlink(missing_ok=True)
        for path in self._folder.glob(".*.tmp"):
            if path.stat().st_mtime < time.time() - _STALE_S:
                path.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    """A regular file of our own, at most _MOST bytes. Raises OSError for anything else."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_size > _MOST:
            raise OSError(f"{path} is not a state of ours")
        return file.read()
