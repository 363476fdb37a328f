"""What is followed: files, directories and globs, looked at again and again without much cost.

A directory is listed anew only when it says that it changed; each file in it costs one stat a scan. Names that begin with a dot
are left alone (editors and rsync write there). A rotated predecessor belongs to its log whatever the glob says.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from edgeops.intake.sources import unlikely
from edgeops.intake.tail.families import family_of, is_rotated
from edgeops.intake.tail.text import Look, file_time_ns, is_racy, look_of

_KERNELS = ("/proc/", "/sys/", "/dev/")
_MOST_NAMES = 1 << 17
_LISTED_ANEW = 64
"""Every so many scans a directory is listed though it says that it did not change: some network file systems do not say."""


class Change(NamedTuple):
    """What a scan found otherwise than the one before. roots are those that could be listed."""

    files: dict[str, Look]
    changed: set[str]
    gone: set[str]
    roots: set[str]


@dataclass(slots=True)
class _Folder:
    """A directory's names. steady: they hold as long as the directory says that it did not change."""

    state: tuple[int, int, int] = (0, 0, 0)
    steady: bool = False
    age: int = 0
    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)


class Scope:
    """include and exclude are shell patterns for names or whole paths; without include everything found is meant."""

    def __init__(
        self,
        roots: Sequence[str],
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        wall_ns: Callable[[], int] = file_time_ns,
    ) -> None:
        self._wall = wall_ns
        self.roots = tuple(dict.fromkeys(map(os.path.normpath, roots)))
        self.files: dict[str, Look] = {}
        self.refused: dict[str, str] = {}
        self.links: set[str] = set()
        self.root_of: dict[str, str] = {}
        self._include, self._exclude = tuple(include), tuple(exclude)
        self._folders: dict[str, _Folder] = {}

    @property
    def folders(self) -> tuple[str, ...]:
        """The directories that were listed."""
        return tuple(self._folders)

    def scan(self) -> Change:
        """Look at everything once."""
        paths: dict[str, str] = {}
        self.refused, self.links = {}, set()
        listed: dict[str, _Folder] = {}
        roots = {root for root in self.roots if self._gather(root, paths, listed)}
        self._folders = listed
        files: dict[str, Look] = {}
        changed = set()
        before = self.files
        for path in paths:
            try:
                # A Path for each file would double the cost of a scan.
                status = os.stat(path)  # noqa: PTH116
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                self.refused[path] = f"It cannot be looked at ({error.strerror})."
                if path in before:
                    files[path] = before[path]
                continue
            if not stat.S_ISREG(status.st_mode):
                if not stat.S_ISDIR(status.st_mode):
                    self.refused[path] = "It is a pipe, a socket or a device, not a file; it is not followed."
                continue
            look = look_of(status)
            files[path] = look
            if before.get(path) != look:
                changed.add(path)
        gone = before.keys() - files.keys()
        self.files, self.root_of = files, paths
        return Change(files, changed, gone, roots)

    def covers(self, path: str) -> bool:
        """Whether a path, there or not, is one that the roots name."""
        if self._left_out(path):
            return False
        family = family_of(path)
        return any(
            root in (path, family)
            or path.startswith(root.rstrip("/") + "/")
            or (root == "." and not path.startswith("/"))
            or (glob.has_magic(root) and (fnmatchcase(path, root) or fnmatchcase(family, root)))
            for root in self.roots
        )

    def _gather(self, root: str, paths: dict[str, str], listed: dict[str, _Folder]) -> bool:
        """Add the paths that a root names; whether it could be listed."""
        if os.path.isdir(root):  # noqa: PTH112 - asked at every scan
            return self._tree(root, root, paths, listed, set())
        directory, _, pattern = root.rpartition("/")
        directory = directory or ("/" if root.startswith("/") else ".")
        if glob.has_magic(root):
            return self._globbed(directory, pattern, root, paths, listed)
        found = self._list(directory, listed)
        if found is None:
            self.refused.setdefault(root, "Its directory is not there or cannot be listed.")
            return False
        paths.setdefault(root, root)
        if not is_rotated(root):
            self._take((path for path in found.files if family_of(path) == root), root, paths)
        return True

    def _globbed(
        self, directory: str, pattern: str, root: str, paths: dict[str, str], listed: dict[str, _Folder]
    ) -> bool:
        # Path.glob takes no absolute pattern.
        places = glob.glob(directory, recursive=True) if glob.has_magic(directory) else [directory]  # noqa: PTH207
        done = False
        for place in places:
            if pattern == "**":
                done |= self._tree(place, root, paths, listed, set())
            elif (found := self._list(place, listed)) is not None:
                done = True
                self._take((path for path in found.files if _named(path, pattern)), root, paths)
        if not done:
            self.refused.setdefault(root, "No directory fits this pattern.")
        return done

    def _tree(
        self, directory: str, root: str, paths: dict[str, str], listed: dict[str, _Folder], seen: set[tuple[int, int]]
    ) -> bool:
        """The files of a directory and of those below it."""
        found = self._list(directory, listed)
        if found is None:
            self.refused.setdefault(directory, "It cannot be listed; is it there, and may this user read it?")
            return False
        if found.state[:2] in seen:
            return True
        seen.add(found.state[:2])
        self._take(found.files, root, paths)
        for below in found.folders:
            if not _fits(below, self._exclude):
                self._tree(below, root, paths, listed, seen)
        return True

    def _take(self, found: Iterable[str], root: str, paths: dict[str, str]) -> None:
        for path in found:
            if not self._left_out(path):
                paths.setdefault(path, root)

    def _list(self, directory: str, listed: dict[str, _Folder]) -> _Folder | None:
        """What is in a directory; from memory where it did not change. None if it cannot be listed."""
        if directory in listed:
            return listed[directory]
        folder = self._folders.get(directory) or _Folder()
        try:
            now = self._wall()
            status = os.stat(directory)  # noqa: PTH116 - asked at every scan
            state = (status.st_dev, status.st_ino, status.st_mtime_ns)
            if directory not in self._folders and (os.path.realpath(directory) + "/").startswith(_KERNELS):
                self.refused[directory] = (
                    "It shows the kernel's state and holds no logs; name a directory such as /var/log."
                )
                return None
            if state != folder.state or not folder.steady or folder.age >= _LISTED_ANEW:
                folder = _listing(directory, state, steady=not is_racy(status.st_mtime_ns, now))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if not folder.state[1]:
                return None
            # What was there is not gone only because it cannot be listed for now.
            self.refused[directory] = f"It cannot be listed anew ({error.strerror})."
        folder.age += 1
        listed[directory] = folder
        self.refused |= folder.refused
        self.links |= folder.links
        return folder

    def _left_out(self, path: str) -> bool:
        if not self._include and not self._exclude:
            return False
        names = (path, family_of(path))
        if self._include and not any(_fits(name, self._include) for name in names):
            return True
        return any(_fits(name, self._exclude) for name in names)


def _listing(directory: str, state: tuple[int, int, int], *, steady: bool) -> _Folder:
    folder = _Folder(state, steady)
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


# Asked of every name at every scan.
@lru_cache(_MOST_NAMES)
def _named(path: str, pattern: str) -> bool:
    """Whether a name, or that of the file in use of its family, fits the last part of a glob."""
    return _fits(path, (pattern,)) or _fits(family_of(path), (pattern,))


@lru_cache(_MOST_NAMES)
def _fits(path: str, patterns: tuple[str, ...]) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(path, pattern) or fnmatchcase(name, pattern) for pattern in patterns)
