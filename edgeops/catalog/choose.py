"""Which model to load: the one asked for, the one set active, or the best that the free memory holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from edgeops.catalog.store import Shelf
from edgeops.records import Installed, Purpose

_MIB = 1 << 20


def choose(
    installed: Sequence[Installed], memory_available_mb: int, with_adapter: Collection[str] = ()
) -> Installed | None:
    """The best model for answers whose measured need fits into the memory; None when none does.

    One with an adapter, folded in or beside it (with_adapter: hashes of bases), goes before any plain one, for on incidents a small
    model that has learnt to read them does better than a larger one that has not (README, limits); then the largest.
    """
    answers = (one for one in installed if one.model.purpose is Purpose.ANSWERS)
    fitting = [one for one in answers if one.model.memory_mb <= memory_available_mb]

    def worth(one: Installed) -> tuple[bool, int, str]:
        taught = bool(one.model.adapter_sha256) or one.model.sha256 in with_adapter
        return taught, one.model.memory_mb, one.model.name

    return max(fitting, key=worth, default=None)


def active(
    shelf: Shelf,
    wanted: str,
    memory_available_mb: Callable[[], int],
    when: Callable[[], datetime],
    say: Callable[[str], None],
    with_adapter: Collection[str] = (),
) -> Installed | None:
    """The model to load, verified and unchanged since; None when none is installed or none fits.

    wanted is a name that goes before the active model ("" = none). A file that changed is hashed again first. with_adapter: see `choose`.
    Raises CatalogError when the model asked for or set active is not here, HashMismatch when its file is wrong.
    """
    name = wanted or shelf.chosen
    one = shelf.get(name) if name else choose(shelf.installed(), memory_available_mb(), with_adapter)
    if one is None or one.verified:
        return one
    say(f"{one.model.name} has not been verified since its file changed; checking it.")
    return shelf.verify(one, when(), lambda done, total: None)


def memory_available_mb(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """MiB that this process could still use: the kernel's MemAvailable, or less where a control group says so; 0 if unknown."""
    meminfo = dict(line.split(":", 1) for line in _lines(proc / "meminfo") if ":" in line)
    rooms = [int(meminfo.get("MemAvailable", "0 kB").split()[0]) * 1024]
    for line in _lines(proc / "self/cgroup"):
        controllers, path = line.split(":", 2)[1:]
        if not controllers:
            rooms += _rooms(cgroups, path, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            rooms += _rooms(
                cgroups / "memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
            )
    return max(min(rooms), 0) // _MIB


def _rooms(top: Path, path: str, limit: str, usage: str, cache: str) -> Iterator[int]:
    """Bytes that each control group from path up to the top leaves; page cache that can be dropped counts as free."""
    folder = top / path.strip("/")
    for group in (folder, *folder.parents):
        numbers = [*_lines(group / limit), *_lines(group / usage)]
        if len(numbers) == 2 and all(number.isdigit() for number in numbers):
            dropped = [line.split()[1] for line in _lines(group / "memory.stat") if line.split()[0] == cache]
            yield int(numbers[0]) - int(numbers[1]) + sum(map(int, dropped))
        if group == top:
            return


def _lines(path: Path) -> list[str]:
    """The lines of a small kernel file; none where it is missing."""
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return []
