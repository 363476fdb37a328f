"""Where edgeops keeps things: the XDG directories, or one directory named by EDGEOPS_HOME.

Nothing is created until it is asked for. Directories are ours alone (0700); one that belongs to somebody else or that
everybody may write to is refused, because a model, a store or a key could be planted there (RELIABILITY A18).
No home, or a read-only one, is no error: `writable` is then None and the caller keeps nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgeops.errors import ConfigError

PRIVATE = 0o700
NOWHERE = Path("/dev/null/no-home")
"""Stands for the home directory of somebody who has none; nothing can be made below it, by root neither."""
_XDG = {
    "config": ("XDG_CONFIG_HOME", ".config"),
    "data": ("XDG_DATA_HOME", ".local/share"),
    "cache": ("XDG_CACHE_HOME", ".cache"),
    "state": ("XDG_STATE_HOME", ".local/state"),
}


@dataclass(frozen=True, slots=True)
class Paths:
    """The four places, as paths that may not exist yet."""

    config: Path
    data: Path
    cache: Path
    state: Path

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def store_file(self) -> Path:
        return self.data / "store.db"

    @property
    def models_dir(self) -> Path:
        return self.data / "models"

    @property
    def adapters_dir(self) -> Path:
        """Adapters that were promoted on this site."""
        return self.models_dir / "ops"

    @property
    def prefix_dir(self) -> Path:
        """Saved states of the prompt's constant prefix (KV cache), safe to delete."""
        return self.cache / "prefix"

    @property
    def pack_cache_dir(self) -> Path:
        """The starter pack in its compiled form, safe to delete."""
        return self.cache / "pack"

    @property
    def traces_dir(self) -> Path:
        """Traces of errors that nobody expected."""
        return self.state / "traces"


def find(environ: Mapping[str, str] = os.environ) -> Paths:
    """The places that the environment names; below NOWHERE when it names none. Touches no disk."""
    if given := environ.get("EDGEOPS_HOME"):
        root = Path(given).absolute()
        return Paths(root, root, root / "cache", root / "state")
    home = Path(environ.get("HOME") or NOWHERE).absolute()
    return Paths(
        **{name: _xdg(environ, variable, home / below) / "edgeops" for name, (variable, below) in _XDG.items()}
    )


def _xdg(environ: Mapping[str, str], variable: str, default: Path) -> Path:
    given = Path(environ.get(variable, ""))
    return given if given.is_absolute() else default  # the XDG specification: a relative path is to be ignored


def private(directory: Path) -> Path:
    """The directory, created 0700 with its parents if it was missing.

    Raises ConfigError when it cannot be made, is no directory, belongs to another user or is open to all.
    """
    if NOWHERE in directory.parents:
        raise ConfigError("HOME is not set, so nothing can be kept; set EDGEOPS_HOME to a directory.")
    try:
        _make(directory)
    except OSError as error:
        raise ConfigError(
            f"The directory {directory} cannot be made ({error.strerror}); "
            "set EDGEOPS_HOME to a directory that you can write to."
        ) from error
    if refusal := unsafe(directory):
        raise ConfigError(refusal)
    return directory


def _make(directory: Path) -> None:
    if directory.is_dir():
        return
    if directory != directory.parent:
        _make(directory.parent)
    try:
        directory.mkdir(mode=PRIVATE)
    except FileExistsError:
        if not directory.is_dir():  # another edgeops may just have made it
            raise
    else:
        directory.chmod(PRIVATE)  # whatever the umask


def writable(directory: Path) -> Path | None:
    """Like `private`, but None where nothing can be kept (read-only disk, no home): the caller does without."""
    try:
        private(directory)
    except ConfigError:
        return None
    return directory if os.access(directory, os.W_OK | os.X_OK) else None


def unsafe(path: Path) -> str:
    """Why nothing of ours may be read from or written to this directory or file, or "" when all is well."""
    mine = os.geteuid()
    try:
        link, target = path.lstat(), path.stat()
    except OSError as error:
        return f"{path} cannot be examined ({error.strerror}); check its permissions."
    for status in (link, target):
        if status.st_uid not in (mine, 0):
            return (
                f"{path} belongs to user {status.st_uid}, not to you ({mine}); "
                "change its owner or set EDGEOPS_HOME to a directory of your own."
            )
    if target.st_mode & stat.S_IWOTH:
        return f"Everybody may write to {path}; run 'chmod o-w {path}' or set EDGEOPS_HOME to a directory of your own."
    return ""


def from_home(name: str | Path) -> Path:
    """What a person named, `~` and `~user` read as a shell does; as it stands where there is no such home."""
    return Path(os.path.expanduser(name))  # noqa: PTH111 (Path.expanduser raises for a user that there is not)
