"""The host's meters: processors, memory, disk, temperature, battery; what it does not tell is None."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from edgeops.watch import host

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Meters:
    """A moment of the host. cpu: share of all processors since the last look (0 to 1); memory and disk in MiB; heat in degrees C.

    charge: percent of the battery while it is in use.
    """

    cpu: float | None = None
    load: float = 0.0
    cores: int = 1
    memory_free: int = 0
    memory: int = 0
    disk_free: int = 0
    disk: int = 0
    heat: int | None = None
    charge: int | None = None


class Gauge:
    """Reads the meters; how busy the processors were is known from the second reading on. proc, sys: the kernel's."""

    def __init__(self, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> None:
        self._proc, self._sys = proc, sys
        self._before: tuple[int, int] | None = None

    def read(self, folder: Path) -> Meters:
        """The meters now; the disk is that of folder, or of the nearest above it that exists."""
        free, memory = _memory(self._proc)
        disk_free, disk = _disk(folder)
        return Meters(
            cpu=self._cpu(),
            load=host.load(self._proc),
            cores=os.cpu_count() or 1,
            memory_free=free,
            memory=memory,
            disk_free=disk_free,
            disk=disk,
            heat=host.heat(self._sys) or None,
            charge=host.charge(self._sys),
        )

    def _cpu(self) -> float | None:
        before, self._before = self._before, _ticks(self._proc)
        if before is None or self._before is None or self._before[1] <= before[1]:
            return None
        return (self._before[0] - before[0]) / (self._before[1] - before[1])


def _ticks(proc: Path) -> tuple[int, int] | None:
    """Ticks that the processors worked, and all; idle and waiting for disks are no work."""
    words = host.read(proc / "stat").partition("\n")[0].split()
    if len(words) < 6 or words[0] != "cpu" or not all(word.isdecimal() for word in words[1:9]):
        return None
    # Those of guests (from the ninth on) are counted in those of users already.
    numbers = [int(word) for word in words[1:9]]
    return sum(numbers) - numbers[3] - numbers[4], sum(numbers)


def _memory(proc: Path) -> tuple[int, int]:
    """MiB that are free, and that there are; 0 where nobody says."""
    about = dict(line.split(":", 1) for line in host.read(proc / "meminfo").splitlines() if ":" in line)
    free, all_ = ((about.get(name, "").split() or ["0"])[0] for name in ("MemAvailable", "MemTotal"))
    return (int(free) // 1024 if free.isdecimal() else 0), (int(all_) // 1024 if all_.isdecimal() else 0)


def _disk(folder: Path) -> tuple[int, int]:
    for place in (folder, *folder.parents):
        try:
            about = os.statvfs(place)
        except OSError:
            continue
        return about.f_bavail * about.f_frsize // _MIB, about.f_blocks * about.f_frsize // _MIB
    return 0, 0
