"""The machine: Python, SQLite, free space, clock, limits, the journal. Each check is a function of what was found."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edgeops.health.check import Check

PYTHON = (3, 11)
LEAST_BYTES = 256 << 20
LEAST_FILES = 1_000
LEAST_WATCHES = 8_192
LEAST_INSTANCES = 16
LEAST_OPEN = 256
BORN = datetime(2026, 1, 1, tzinfo=UTC)
"""Before this there was no edgeops: a clock that says so has lost its battery."""
FAR = datetime(2100, 1, 1, tzinfo=UTC)
SLACK = timedelta(days=1)
JOURNALS = (Path("/var/log/journal"), Path("/run/log/journal"))


def python(version: Sequence[int]) -> Check:
    """The interpreter."""
    shown = ".".join(map(str, version[:3]))
    if tuple(version[:2]) < PYTHON:
        return Check("python", False, f"Python {shown} is too old.", "Install Python 3.11 or newer, then `make run`.")
    return Check("python", True, f"Python {shown}")


def sqlite(version: Sequence[int], safe: Sequence[int]) -> Check:
    """The database library that is linked; none is ()."""
    shown, least = (".".join(map(str, numbers)) for numbers in (version, safe))
    again = "Reinstall pysqlite3: pip install --force-reinstall pysqlite3, or `make run` in the checkout."
    if not version:
        return Check("sqlite", False, "The store's SQLite cannot be loaded.", again)
    if tuple(version) < tuple(safe):
        return Check("sqlite", False, f"SQLite {shown} can corrupt a store that two processes write to.", again)
    return Check("sqlite", True, f"SQLite {shown} ({least} or newer is safe)")


def space(folder: Path, free: int, free_files: int | None) -> Check:
    """Where our data lie: free bytes, and files that can still be made (None: the file system does not count them)."""
    if free < LEAST_BYTES:
        detail = f"{free >> 20} MiB are free where {folder} is."
        return Check(
            "disk",
            False,
            detail,
            f"Free at least {LEAST_BYTES >> 20} MiB; `edgeops model list` shows what models take.",
        )
    if free_files is not None and free_files < LEAST_FILES:
        detail = f"Only {free_files} more files can be made where {folder} is."
        return Check("disk", False, detail, "Delete files there that nobody needs; the file system has no inodes left.")
    return Check("disk", True, f"{free >> 20:,} MiB are free where {folder} is")


def clock(now: datetime, latest: datetime | None) -> Check:
    """The time of day, beside the latest time that the store remembers."""
    fix = "Set the clock (date -s, or hwclock) before reading logs: times that logs do not state are taken from it."
    if not BORN <= now < FAR:
        return Check("clock", False, f"The clock says {now:%Y-%m-%d %H:%M} UTC.", fix)
    if latest and latest > now + SLACK:
        return Check(
            "clock",
            False,
            f"The clock says {now:%Y-%m-%d %H:%M} UTC, but the store was written at {latest:%Y-%m-%d %H:%M}.",
            fix,
        )
    return Check("clock", True, f"{now:%Y-%m-%d %H:%M} UTC")


def inotify(watches: int | None, instances: int | None) -> Check:
    """The kernel's limits for being told of changed files; None where the kernel has none of it."""
    if watches is None or instances is None:
        return Check("inotify", True, "The kernel tells of no changed files; `watch` looks for them itself.")
    if watches < LEAST_WATCHES or instances < LEAST_INSTANCES:
        detail = f"{watches} watches and {instances} instances are allowed; `watch` will look for changed files itself."
        fix = f"sysctl fs.inotify.max_user_watches={8 * LEAST_WATCHES} fs.inotify.max_user_instances={8 * LEAST_INSTANCES}"
        return Check("inotify", False, detail, fix)
    return Check("inotify", True, f"{watches} watches, {instances} instances")


def open_files(most: int) -> Check:
    """How many files this user may have open at once."""
    if most < LEAST_OPEN:
        detail = f"Only {most} files may be open at once; `watch` needs one for each log."
        return Check("open files", False, detail, "Raise it: ulimit -n 4096, or LimitNOFILE= in the unit.")
    return Check("open files", True, f"{most} may be open at once")


def journal(folders: Sequence[Path], readable: Sequence[Path]) -> Check:
    """Whether systemd's journal can be read: the folders that there are, and the files in them that we may read."""
    if not folders:
        return Check("journal", True, "This machine keeps no journal")
    if not readable:
        where = " or ".join(map(str, folders))
        detail = f"There is no journal file in {where} that you may read."
        return Check(
            "journal", False, detail, "Join the group: sudo usermod -aG systemd-journal $USER, then log in again."
        )
    return Check("journal", True, f"{len(readable)} files can be read")


# ---------------------------------------------------------------- finding out


def free_space(folder: Path) -> tuple[Path, int, int | None]:
    """The nearest folder that exists, its free bytes and the files that can still be made. Raises OSError."""
    there = next(place for place in (folder, *folder.parents) if place.is_dir())
    about = os.statvfs(there)
    return there, shutil.disk_usage(there).free, about.f_favail if about.f_files else None


def limits(proc: Path = Path("/proc")) -> tuple[int | None, int | None]:
    """The kernel's numbers of watches and instances."""

    def number(name: str) -> int | None:
        try:
            return int((proc / "sys/fs/inotify" / name).read_text("ascii"))
        except (OSError, ValueError):
            return None

    return number("max_user_watches"), number("max_user_instances")


def most_open() -> int:
    """Files that this process may be allowed to open: programs may raise the soft limit up to the hard one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return hard if hard != resource.RLIM_INFINITY else 1 << 20


def journals(places: Sequence[Path] = JOURNALS) -> tuple[list[Path], list[Path]]:
    """The journal's folders that hold anything or may not be looked into, and their files that can be read."""
    folders = [
        place
        for place in places
        if place.is_dir() and (not os.access(place, os.R_OK | os.X_OK) or any(place.iterdir()))
    ]
    return folders, [file for folder in folders for file in _journal_files(folder) if os.access(file, os.R_OK)]


def _journal_files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root, name) for name in names if name.endswith(".journal"))
