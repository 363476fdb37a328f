"""Directories as they were listed: listed anew only when they say that they changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from edgeops.intake.sources import unlikely
from edgeops.intake.tail.text import is_racy

_KERNELS = ("/proc/", "/sys/", "/dev/")
_LISTED_ANEW = 64
"""Every so many scans a directory is listed though it says that it did not change: some network file systems do not say."""


@dataclass(slots=True)
class Folder:
    """A directory's names. steady: they hold as long as the directory says that it did not change."""

    state: tuple[int, int, int] = (0, 0, 0)
    steady: bool = False
    age: int = 0
    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)


class Folders:
    """The directories of one scan; each begins with `turn`. wall_ns is the clock of the file system."""

    def __init__(self, wall_ns: Callable[[], int]) -> None:
        self._wall = wall_ns
        self._before: dict[str, Folder] = {}
        self._now: dict[str, Folder] = {}
        self.refused: dict[str, str] = {}

    def turn(self) -> None:
        """A new scan begins."""
        self._before, self._now, self.refused = self._now, {}, {}

    @property
    def links(self) -> set[str]:
        """The symbolic links among the names."""
        return {link for folder in self._now.values() for link in folder.links}

    def list(self, directory: str) -> Folder | None:
        """What is in a directory; None if it cannot be listed."""
        if directory in self._now:
            return self._now[directory]
        folder = self._before.get(directory)
        try:
            folder = self._looked_at(directory, folder)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            # What was there is not gone only because it cannot be listed for now.
            self.refused[directory] = f"It cannot be listed ({error.strerror})."
        if folder is not None:
            folder.age += 1
            self._now[directory] = folder
            self.refused |= folder.refused
        return folder

    def _looked_at(self, directory: str, folder: Folder | None) -> Folder | None:
        now = self._wall()
        status = os.stat(directory)  # noqa: PTH116 - asked at every scan
        state = (status.st_dev, status.st_ino, status.st_mtime_ns)
        if folder is None and f"{os.path.realpath(directory)}/".startswith(_KERNELS):
            self.refused[directory] = (
                "It shows the kernel's state and holds no logs; name a directory such as /var/log."
            )
            return None
        if folder is not None and folder.steady and folder.state == state and folder.age < _LISTED_ANEW:
            return folder
        return _listing(directory, state, steady=not is_racy(status.st_mtime_ns, now))


def _listing(directory: str, state: tuple[int, int, int], *, steady: bool) -> Folder:
    folder = Folder(state, steady)
    prefix = "" if directory == "." else directory.rstrip("/") + "/"
    with os.scandir(directory) as entries:
        for entry in entries:
            path = prefix + entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                folder.links.add(path)
            if _is_folder(entry):
                folder.folders.append(path)
            elif words := unlikely(path):
                folder.refused[path] = words
            else:
                folder.files.append(path)
    folder.files.sort()
    folder.folders.sort()
    return folder


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A link that leads to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False
