"""Scenes: hosts with healthy software (or a Loghub system) written to files, with or without a fault, and what is true of them."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.faults.healthy import softwares, stream
from quantize.data import files
from quantize.data.files import Place
from quantize.data.styles import Said

SKEW = 2.0
"""Seconds by which a host's clock may be wrong, either way."""
BEFORE, AFTER = timedelta(minutes=120), timedelta(minutes=12)


@dataclass(frozen=True, slots=True)
class Scene:
    """Files of one folder. root are the lines that state the cause, part all lines of the fault, first its stamp."""

    folder: Path
    root: frozenset[Place] = frozenset()
    part: frozenset[Place] = frozenset()
    first: datetime | None = None

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())


def written(said: Iterable[Said], folder: Path, skew: dict[str, float], *, old: bool = False) -> Scene:
    """Write messages to their hosts' files, each host by its own clock; old: syslog without year and fractions."""
    stood = files.written(said, folder, skew, old=old)
    part = [one for one in stood if one.said.part in ("root", "fault", "root-again")]
    return Scene(
        folder,
        frozenset(place for one in part if one.said.part == "root" for place in one.places),
        frozenset(place for one in part for place in one.places),
        min((one.at for one in part), default=None),
    )


def background(
    hosts: Sequence[str], start: datetime, end: datetime, dice: random.Random, rate: float = 1.0
) -> Iterator[Said]:
    """Three hosts' syslogs and four programs, in good health."""
    known = softwares()
    for host in hosts:
        yield from stream(known["host-syslog"], host, start, end, dice, rate)
    for name in dice.sample(sorted(set(known) - {"host-syslog", "anything"}), 4):
        yield from stream(known[name], dice.choice(hosts), start, end, dice, rate)


def chatter(said: Iterable[Said], start: datetime, end: datetime, dice: random.Random) -> Iterator[Said]:
    """What the programs of a fault write in good health: each has been there before."""
    known = {(one.unit, one.style): one for one in softwares().values()}
    for host, unit, style in sorted({(one.host, one.unit, one.style) for one in said}):
        if style != "syslog":
            software = known.get((unit, style)) or replace(softwares()["anything"], unit=unit, style=style)
            yield from stream(software, host, start, end, dice, rate=0.4 if (unit, style) in known else 1.0)


def names(dice: random.Random) -> list[str]:
    """Three hosts."""
    return [
        f"{dice.choice(kind)}{dice.randint(1, 9)}"
        for kind in (("app", "erp", "node"), ("web", "gw", "api"), ("db", "nas", "ops"))
    ]


def beginning(dice: random.Random) -> datetime:
    return datetime(2026, 3, dice.randint(2, 27), dice.randint(1, 21), dice.randint(0, 59), tzinfo=UTC)


def clocks(hosts: Sequence[str], dice: random.Random) -> dict[str, float]:
    return {host: dice.uniform(-SKEW, SKEW) for host in hosts}


def beside(system: Path, folder: Path) -> Path:
    """A real log copied into the scene's folder, for this run only."""
    copy = folder / f"other-{system.name}"
    shutil.copyfile(system, copy)
    os.utime(copy, (system.stat().st_mtime,) * 2)
    return copy
