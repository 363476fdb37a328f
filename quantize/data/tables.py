"""The scenery of staged logs, read from the tables beside this file: healthy lines, effects, red herrings, ends of faults, and more."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ANY = "any"


@dataclass(frozen=True, slots=True)
class Saying:
    """A line that a program may write; delay in seconds after the story's first, weight among its like.

    key: it says why, in a story whose end depends on that.
    """

    unit: str
    style: str
    level: str
    text: str
    delay: float = 0.0
    weight: float = 1.0
    key: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Lines that belong together."""

    id: str
    lines: tuple[Saying, ...]


@dataclass(frozen=True, slots=True)
class Planted:
    """An instruction for a log line. wants: `none` (no fault), `self` (its own line as the root) or `say` (the words `say`)."""

    id: str
    wants: str
    text: str
    say: str = ""


@dataclass(frozen=True, slots=True)
class Scenery:
    everywhere: tuple[Saying, ...]
    programs: dict[tuple[str, str], tuple[Saying, ...]]
    effects: tuple[Saying, ...]
    herrings: tuple[Story, ...]
    recoveries: dict[str, tuple[Saying, ...]]
    calm: tuple[Story, ...]
    thin: tuple[Story, ...]
    planted: tuple[Planted, ...]
    carriers: tuple[Saying, ...]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))


def _weighted(text: str) -> tuple[Saying, ...]:
    rows = (row.split(" ", 4) for row in text.strip().split("\n"))
    return tuple(Saying(unit, style, level, said, weight=float(weight)) for weight, unit, style, level, said in rows)


def _plain(text: str) -> tuple[Saying, ...]:
    return tuple(map(_saying, text.strip().split("\n")))


def _saying(row: str) -> Saying:
    unit, style, level, said = row.split(" ", 3)
    return Saying(unit, style, level, said)


def _story(told: dict[str, str]) -> Story:
    rows = (row.split(" ", 4) for row in told["lines"].strip().split("\n"))
    lines = tuple(
        Saying(unit, style, level, text, delay=float(delay.rstrip("!")), key=delay.endswith("!"))
        for delay, unit, style, level, text in rows
    )
    return Story(told["id"], lines)


@cache
def scenery() -> Scenery:
    """All tables."""
    healthy, planted = _read("healthy"), _read("planted")
    programs: dict[tuple[str, str], tuple[Saying, ...]] = defaultdict(tuple)
    for saying in _weighted(healthy["programs"]):
        programs[saying.unit, saying.style] += (saying,)
    ends: dict[str, tuple[Saying, ...]] = defaultdict(tuple)
    for one in _read("recoveries")["recovery"]:
        for family in one["families"]:
            ends[family] += _plain(one["lines"])
    return Scenery(
        everywhere=_weighted(healthy["everywhere"]),
        programs=dict(programs),
        effects=_plain(_read("effects")["lines"]),
        herrings=tuple(map(_story, _read("herrings")["herring"])),
        recoveries=dict(ends),
        calm=tuple(map(_story, _read("calm")["calm"])),
        thin=tuple(map(_story, _read("thin")["thin"])),
        planted=tuple(Planted(t["id"], t["wants"], t["text"], t.get("say", "")) for t in planted["text"]),
        carriers=tuple(_saying(one["line"]) for one in planted["carrier"]),
    )
