"""The host the watch runs beside: giving way to others, and whether the model can be spared the processor now (/sys, /proc)."""

from __future__ import annotations

import ctypes
import os
import platform
from contextlib import suppress
from pathlib import Path

LEAST_CHARGE = 30
HOTTEST_C = 90
BUSIEST = 1.5
"""Percent of charge on battery, degrees, and runnable processes a processor, beyond which the model waits."""

_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_IDLE = 3 << 13
"""The number of the system call, and the class of those who get the disk when nobody else wants it (ioprio_set(2))."""


def give_way(nice: int) -> None:
    """Make this process so nice, and last at the disk; 0 leaves it as it is."""
    if nice <= 0:
        return
    with suppress(OSError):
        os.nice(max(0, nice - os.nice(0)))
    if number := _IOPRIO_SET.get(platform.machine()):
        ctypes.CDLL(None).syscall(number, 1, 0, _IDLE)


def pause(sys: Path = Path("/sys"), proc: Path = Path("/proc"), processors: int | None = None) -> str:
    """Why the model should wait, as a sentence; empty when it need not. What the host does not tell counts as fine."""
    left = charge(sys)
    if left is not None and left < LEAST_CHARGE:
        return f"On battery with {left} % left; the model waits for power."
    degrees = heat(sys)
    if degrees >= HOTTEST_C:
        return f"The processor is at {degrees} °C; the model waits until it is cooler."
    if load(proc) / (processors or os.cpu_count() or 1) > BUSIEST:
        return "The host is busy; the model waits for its processors."
    return ""


def charge(sys: Path) -> int | None:
    """The charge of the battery in use; None on power, or where there is no battery."""
    found = [read(supply / "capacity") for supply in _below(sys / "class/power_supply") if _discharges(supply)]
    return min((int(text) for text in found if text.isdecimal()), default=None)


def _discharges(supply: Path) -> bool:
    return read(supply / "type") == "Battery" and read(supply / "status") == "Discharging"


def heat(sys: Path) -> int:
    """Degrees of the hottest processor; 0 where the host does not tell."""
    texts = [
        read(zone / "temp")
        for zone in _below(sys / "class/thermal")
        if read(zone / "type").startswith(("x86_pkg", "cpu"))
    ]
    return max((int(text) // 1000 for text in texts if text.lstrip("-").isdecimal()), default=0)


def load(proc: Path) -> float:
    """How many processes want to run, over the last minute, without the model's own."""
    with suppress(ValueError, IndexError):
        return float(read(proc / "loadavg").split()[0])
    return 0.0


def _below(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(folder.iterdir())
    return []


def read(file: Path) -> str:
    """A small file of the kernel; empty where it cannot be read."""
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text().strip()
    return ""
