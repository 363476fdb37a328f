"""What is followed: files, directories and globs, looked at again and again without much cost.

A directory is listed anew only when it says that it changed; each file in it costs one stat a scan. Names that begin with a dot
are left alone (editors and rsync write there). A rotated predecessor belongs to its log whatever the glob says.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from edgeops.intake.tail.families import family_of, is_rotated
from edgeops.intake.tail.folders import Folders
from edgeops.intake.tail.text import Look, file_time_ns, look_of

_MOST_NAMES = 1 << 17


class Change(NamedTuple):
    """What a scan found otherwise than the one before. roots are those that could be listed."""

    files: dict[str, Look]
    changed: set[str]
    gone: set[str]
    roots: set[str]


class Scope:
    """include and exclude are shell patterns for names or whole paths; without include everything found is meant."""

    def __init__(
        self,
        roots: Sequence[str],
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        wall_ns: Callable[[], int] = file_time_ns,
    ) -> None:
        self.roots = tuple(dict.fromkeys(map(os.path.normpath, roots)))
        self.files: dict[str, Look] = {}
        self.refused: dict[str, str] = {}
        self.root_of: dict[str, str] = {}
        self._include, self._exclude = tuple(include), tuple(exclude)
        self._folders = Folders(wall_ns)

    @property
    def links(self) -> set[str]:
        """The symbolic links among the files."""
        return self._folders.links

    def scan(self) -> Change:
        """Look at everything once."""
        self._folders.turn()
        paths: dict[str, str] = {}
        roots = {root for root in self.roots if self._gather(root, paths)}
        self.refused = self._folders.refused
        before, self.files, self.root_of = self.files, {}, paths
        changed = {path for path in paths if self._has_changed(path, before.get(path))}
        return Change(self.files, changed, before.keys() - self.files.keys(), roots)

    def _has_changed(self, path: str, before: Look | None) -> bool:
        """Look at one file."""
        try:
            # A Path for each file would double the cost of a scan.
            status = os.stat(path)  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            self.refused[path] = f"It cannot be looked at ({error.strerror})."
            if before is not None:
                self.files[path] = before
            return False
        if (
            before is not None
            and before[3] == status.st_mtime_ns
            and before[2] == status.st_size
            and before[1] == status.st_ino
            and before[0] == status.st_dev
        ):
            self.files[path] = before
            return False
        if stat.S_ISREG(status.st_mode):
            self.files[path] = look_of(status)
            return True
        if not stat.S_ISDIR(status.st_mode):
            self.refused[path] = "It is a pipe, a socket or a device, not a file; it is not followed."
        return False

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

    def _gather(self, root: str, paths: dict[str, str]) -> bool:
        """Add the paths that a root names; whether it could be listed."""
        if os.path.isdir(root):  # noqa: PTH112 - asked at every scan
            return self._tree(root, root, paths, set())
        directory, _, pattern = root.rpartition("/")
        directory = directory or ("/" if root.startswith("/") else ".")
        if glob.has_magic(root):
            return self._globbed(directory, pattern, root, paths)
        found = self._folders.list(directory)
        if found is None:
            self._folders.refused.setdefault(root, "Its directory is not there or cannot be listed.")
            return False
        paths.setdefault(root, root)
        if not is_rotated(root):
            self._take((path for path in found.files if family_of(path) == root), root, paths)
        return True

    def _globbed(self, directory: str, pattern: str, root: str, paths: dict[str, str]) -> bool:
        # Path.glob takes no absolute pattern.
        places = glob.glob(directory, recursive=True) if glob.has_magic(directory) else [directory]  # noqa: PTH207
        done = False
        for place in places:
            if pattern == "**":
                done |= self._tree(place, root, paths, set())
            elif (found := self._folders.list(place)) is not None:
                done = True
                self._take((path for path in found.files if _named(path, pattern)), root, paths)
        if not done:
            self._folders.refused.setdefault(root, "No directory fits this pattern.")
        return done

    def _tree(self, directory: str, root: str, paths: dict[str, str], seen: set[tuple[int, int]]) -> bool:
        """The files of a directory and of those below it."""
        found = self._folders.list(directory)
        if found is None:
            self._folders.refused.setdefault(directory, "It cannot be listed; is it there, and may this user read it?")
            return False
        if found.state[:2] in seen:
            return True
        seen.add(found.state[:2])
        self._take(found.files, root, paths)
        for below in found.folders:
            if not _fits(below, self._exclude):
                self._tree(below, root, paths, seen)
        return True

    def _take(self, found: Iterable[str], root: str, paths: dict[str, str]) -> None:
        for path in found:
            if not self._left_out(path):
                paths.setdefault(path, root)

    def _left_out(self, path: str) -> bool:
        if not self._include and not self._exclude:
            return False
        names = (path, family_of(path))
        if self._include and not any(_fits(name, self._include) for name in names):
            return True
        return any(_fits(name, self._exclude) for name in names)


# Asked of every name at every scan.
@lru_cache(_MOST_NAMES)
def _named(path: str, pattern: str) -> bool:
    """Whether a name, or that of the file in use of its family, fits the last part of a glob."""
    return _fits(path, (pattern,)) or _fits(family_of(path), (pattern,))


@lru_cache(_MOST_NAMES)
def _fits(path: str, patterns: tuple[str, ...]) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(path, pattern) or fnmatchcase(name, pattern) for pattern in patterns)
