"""From what a person names to logs: files, directories, globs and `-`; and how a file is opened without harm."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from edgeops.records import Skipped

_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst|Z)$")
_DATE = r"\d{4}-?\d\d-?\d\d(?:[-_T.]?\d{1,6})?"
_ROTATED = re.compile(rf"^(.*?)([.-])(\d{{1,3}}|{_DATE})()$|^(.*?)([.-])({_DATE})(\.[A-Za-z]{{2,4}})$")
_NOT_LOGS = {
    r"\.journal~?$": "is a binary journal file; export it first: journalctl --file NAME -o json > NAME.json",
    r"(?:^|/)[wbu]tmpx?(?:[.-]\d+)?$|(?:^|/)(?:lastlog|faillog|tallylog)$": "is a binary login record; read it with: last -f NAME",
    r"\.(?:7z|rar|cpio|iso)$": "is an archive of a kind that is not read; unpack it and name the directory",
    r"\.(?:png|jpe?g|gif|ico|svgz|webp|pdf|mp4|docx?|xlsx?|pptx?|od[tsp]|epub)$": "is a picture or document",
    r"\.(?:so|o|a|exe|dll|pyc|class|jar|war|ear|apk|whl|egg|rpm|deb|bin|img|qcow2|vmdk|db|sqlite3?|gguf|onnx|pcap)$": "is a binary file",
}
# Endless, and reading some of what is there takes it from others (/proc/kmsg, trace_pipe).
_KERNELS = ("/proc", "/sys", "/dev")
_SKIPPED_NAMES = [(re.compile(pattern), words) for pattern, words in _NOT_LOGS.items()]


INSIDE = "!/"
"""Stands between the name of an archive and that of a member."""


def parted(name: str) -> tuple[str, str]:
    """The file that a name means, and the member inside it if the name goes on into an archive."""
    file, _, inside = name.partition(INSIDE)
    return (file, inside) if inside and not os.path.lexists(name) else (name, "")


def find(arguments: Sequence[str], exclude: Sequence[str] = ()) -> Iterator[str | Skipped]:
    """Every log that the arguments name, once each, rotated files oldest first; and what was passed over, and why.

    exclude holds shell patterns for names or whole paths.
    """
    seen: set[tuple[int, int]] = set()
    for argument in arguments:
        if argument == "-":
            yield argument
            continue
        if not argument:
            yield Skipped("''", "The name is empty; name a file, a directory, or - for standard input.")
            continue
        names = [argument]
        if parted(argument)[1]:
            yield argument
            continue
        if not os.path.lexists(argument) and glob.has_magic(argument):
            # Path.glob takes no absolute pattern.
            names = sorted(glob.glob(argument, recursive=True), key=_age)  # noqa: PTH207
            if not names:
                yield Skipped(argument, "No file fits this pattern; check it, and quote it if the shell changed it.")
        for name in names:
            yield from _found(name, exclude, seen, named=name == argument)


def _found(name: str, exclude: Sequence[str], seen: set[tuple[int, int]], *, named: bool) -> Iterator[str | Skipped]:
    if any(fnmatchcase(name, pattern) or fnmatchcase(Path(name).name, pattern) for pattern in exclude):
        return
    try:
        status = Path(name).stat()
    except (OSError, ValueError) as error:
        yield Skipped(name, _why(error))
        return
    identity = (status.st_dev, status.st_ino)
    if stat.S_ISDIR(status.st_mode):
        if os.path.realpath(name) in _KERNELS:
            yield Skipped(name, "It shows the kernel's state and holds no logs; name a directory such as /var/log.")
            return
        if identity not in seen:
            seen.add(identity)
            yield from _listed(name, exclude, seen)
        return
    reason = _unfit(status.st_mode) or ("" if named else unlikely(name))
    if reason:
        yield Skipped(name, reason)
    elif identity not in seen:
        seen.add(identity)
        yield name


def _listed(directory: str, exclude: Sequence[str], seen: set[tuple[int, int]]) -> Iterator[str | Skipped]:
    try:
        names = sorted((path.name for path in Path(directory).iterdir()), key=_age)
    except OSError as error:
        yield Skipped(directory, _why(error))
        return
    for name in names:
        yield from _found(str(Path(directory, name)), exclude, seen, named=False)


class _Rotation(NamedTuple):
    """Of a file: the log that it is a part of; 0 for rotated by number, 1 by date, 2 for the file in use; its age in that."""

    log: str
    kind: int
    order: int
    joins: bool


def _rotation(name: str) -> _Rotation:
    bare = _PACKED.sub("", name)
    if (rotated := _ROTATED.match(bare)) is None:
        return _Rotation(bare, 2, 0, True)
    log, sign, mark, ending = rotated.groups()[:4] if rotated[1] is not None else rotated.groups()[4:]
    digits = re.sub(r"\D", "", mark)
    # `.3` is older than `.2`, but `-20240502` is newer than `-20240501`.
    if len(digits) >= 4:
        return _Rotation(log + ending, 1, int(digits.ljust(14, "0")), True)
    # worker-1 and 10.0.0.1 are logs of their own.
    return _Rotation(log, 0, -int(digits), sign == "." and any(map(str.isalpha, Path(log).name)))


def log_of(name: str) -> str:
    """The name of the log that a file is a part of: that of its rotated files, too."""
    return _rotation(name).log


def _age(name: str) -> tuple[str, int, int, str]:
    """A sort key: the log's name, then its rotated files from the oldest on, then the file in use."""
    return (*_rotation(name)[:3], name)


def families(found: Iterable[str | Skipped]) -> Iterator[tuple[str, ...] | Skipped]:
    """The files that are one log, rotated: oldest first, where the first of them was found. A file alone is a family."""
    logs: dict[str, list[str]] = {}
    order: list[str | Skipped] = []
    for one in found:
        if isinstance(one, Skipped):
            order.append(one)
            continue
        rotation = _rotation(one)
        log = rotation.log if rotation.joins and not parted(one)[1] else "\0" + one
        if log not in logs:
            order.append(log)
        logs.setdefault(log, []).append(one)
    for each in order:
        yield each if isinstance(each, Skipped) else tuple(sorted(logs[each], key=_age))


def unlikely(name: str) -> str:
    """Why a file of this name is no log; empty when it may be one."""
    for pattern, words in _SKIPPED_NAMES:
        if pattern.search(name):
            return f"It {words}.".replace("NAME", name)
    return ""


def _unfit(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    for test, words in ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISDIR, "a directory")):
        if test(mode):
            return f"It is {words}, not a log file; to read from a pipe use: edgeops explain - < NAME."
    return "It is a device, not a log file; name a regular file."


def _why(error: OSError | ValueError) -> str:
    """What a person can do about a file that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return "There is no such file; check the name and the directory."
    if isinstance(error, PermissionError):
        return "You are not allowed to read it; run as a user of its group (often adm), or copy it with sudo first."
    if isinstance(error, OSError) and error.errno == 40:
        return "It is a link that leads to itself; name the real file."
    words = error.strerror if isinstance(error, OSError) else str(error)
    return f"It cannot be opened ({words or error}); check the path and the disk."


def open_log(path: str) -> FileIO | Skipped:
    """A regular file, open for reading; never waits for a pipe's other end."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        return Skipped(path, _why(error))
    if reason := _unfit(os.fstat(fd).st_mode):
        os.close(fd)
        return Skipped(path, reason.replace("NAME", path))
    return FileIO(fd, "rb")
