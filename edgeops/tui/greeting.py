"""For somebody who is new here: what this machine has, logs that can be read, samples that were shipped."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import edgeops
from edgeops.health.machine import journals
from edgeops.intake.sources import find, log_of
from edgeops.records import Skipped
from edgeops.watch.meters import Gauge, Meters

LOGS = ("/var/log",)
MOST_LOGS = 8
"""So many logs are opened at once."""
MOST_BYTES = 64 << 20
_LOOKED_AT = 2_000
_FIRST = ("syslog", "messages", "kern.log", "auth.log", "secure", "daemon.log", "user.log")
"""What tells most of a machine, wherever it has such."""

SAMPLES: tuple[tuple[str, str, str], ...] = (
    (
        "01-oom-kill-behind-502.log",
        "nginx answers 502: the kernel killed what was behind it",
        "nginx 返回 502：内核杀掉了后端进程",
    ),
    ("02-disk-full-postgres-panic", "PostgreSQL panics: a backup filled the disk", "PostgreSQL 崩溃：备份占满了磁盘"),
    ("21-chinese-order-service", "a service that logs in Chinese", "用中文写日志的订单服务"),
    (
        "19-in-house-sorter",
        "an in-house program that no rule knows (wants a model)",
        "规则不认识的自研程序（需要模型）",
    ),
)
"""Name below `samples`, and what it is in English and in Chinese."""


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log that can be read, and its bytes."""

    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Host:
    """What was found: the meters, logs that can be read (the system's, then the last written to), how many cannot, journal files that can."""

    meters: Meters
    logs: tuple[LogFile, ...] = ()
    denied: int = 0
    journal: int = 0


def survey(folder: Path, places: Sequence[str] = LOGS) -> Host:
    """Look around on this machine; folder is where our data will lie."""
    found, denied = _logs(places)
    return Host(Gauge().read(folder), found, denied, len(journals()[1]))


def _logs(places: Sequence[str]) -> tuple[tuple[LogFile, ...], int]:
    """Logs in use that are no larger together than what is read in a moment, and how many may not be read."""
    seen, denied = [], 0
    for number, one in enumerate(find([place for place in places if Path(place).is_dir()])):
        if number >= _LOOKED_AT:
            break
        if isinstance(one, Skipped):
            denied += not os.access(one.source, os.R_OK)
        elif not os.access(one, os.R_OK):
            denied += 1
        elif log_of(one) == one:
            with suppress(OSError):
                about = Path(one).stat()
                seen.append((about.st_mtime_ns, LogFile(one, about.st_size)))
    found: list[LogFile] = []
    room = MOST_BYTES
    for _, log in sorted(seen, key=lambda pair: (Path(pair[1].path).name not in _FIRST, -pair[0])):
        if log.bytes and log.bytes <= room and len(found) < MOST_LOGS:
            found.append(log)
            room -= log.bytes
    return tuple(found), denied


def samples() -> Path | None:
    """Where the shipped samples are; in a checkout the package has a link to them."""
    place = Path(edgeops.__file__).parent / "samples"
    return place if place.is_dir() else None
