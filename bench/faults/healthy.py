"""Healthy software: streams of ordinary messages with a daily rhythm, batch jobs and restarts, from `healthy.toml`."""

from __future__ import annotations

import math
import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from quantize.data.filling import Filler
from quantize.data.styles import Said

_NIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Job:
    """What is written every so many hours: (delay in seconds, level, text)."""

    every: timedelta
    at: timedelta
    lines: tuple[tuple[float, str, str], ...]


@dataclass(frozen=True, slots=True)
class Software:
    """One program (or one host's syslog) in good health."""

    name: str
    unit: str
    style: str
    per_hour: float
    weights: tuple[float, ...]
    lines: tuple[tuple[str, str], ...]
    jobs: tuple[Job, ...]


def _rows(text: str) -> list[tuple[float, str, str]]:
    rows = [line.split(" ", 2) for line in text.strip().split("\n")]
    return [(float(first), level, rest) for first, level, rest in rows]


@cache
def softwares() -> dict[str, Software]:
    """All of `healthy.toml`, by name."""
    told = tomllib.loads((Path(__file__).parent / "healthy.toml").read_text(encoding="utf-8"))
    found = {}
    for one in told["software"]:
        rows = _rows(one["lines"])
        jobs = tuple(
            Job(timedelta(hours=job["every_h"]), timedelta(hours=job["at_h"]), tuple(_rows(job["lines"])))
            for job in one.get("job", ())
        )
        found[one["name"]] = Software(
            one["name"], one["unit"], one["style"], one["per_hour"],
            tuple(w for w, _, _ in rows), tuple((level, text) for _, level, text in rows), jobs,
        )  # fmt: skip
    return found


def _rhythm(at: datetime) -> float:
    """The share of the daytime rate: low at four in the morning, full in the afternoon."""
    hour = at.hour + at.minute / 60
    return _NIGHT + (1 - _NIGHT) * (1 - math.cos((hour - 4) / 24 * 2 * math.pi)) / 2


def stream(
    software: Software, host: str, start: datetime, end: datetime, dice: random.Random, rate: float = 1.0
) -> Iterator[Said]:
    """What the software writes between two moments, unsorted. rate multiplies how much."""
    fill = Filler(dice)
    hours = (end - start).total_seconds() / 3600
    middle = _rhythm(start + (end - start) / 2) if hours < 6 else 0.62
    count = int(software.per_hour * hours * rate * middle)
    picked: Sequence[tuple[str, str]] = dice.choices(software.lines, software.weights, k=count)
    for level, text in picked:
        at = start + dice.random() * (end - start)
        while hours >= 6 and dice.random() > _rhythm(at):
            at = start + dice.random() * (end - start)
        yield Said(at, host, software.unit, software.style, level, fill.again().fill(text))
    for job in software.jobs:
        yield from _runs(software, job, host, start, end, dice)


def _runs(
    software: Software, job: Job, host: str, start: datetime, end: datetime, dice: random.Random
) -> Iterator[Said]:
    moment = start.replace(hour=0, minute=0, second=0, microsecond=0) + job.at
    moment -= job.every * math.ceil((moment - start) / job.every)
    while moment < end:
        labels = Filler(dice)
        begun = moment + timedelta(seconds=dice.uniform(0, 120))
        for delay, level, text in job.lines:
            at = begun + timedelta(seconds=delay * dice.uniform(0.9, 1.1))
            if start <= at < end:
                yield Said(at, host, software.unit, software.style, level, labels.fill(text))
        moment += job.every
