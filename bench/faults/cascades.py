"""Faults as messages: cascades of the pack (the cause, its symptoms, the faults it leads to) and the hand-written stories."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from edgeops.records import Fault, Role
from quantize.data.filling import Filler
from quantize.data.styles import Said
from quantize.data.voices import voice

Hosts = Sequence[str]

_ANYWHERE = (
    ("orders", "log4j"),
    ("billing", "json"),
    ("agent", "bracket"),
    ("backupd", "syslog"),
    ("InvoicePrinter", "pipe"),
)
_ELSEWHERE = ("nginx", "haproxy", "java", "python", "node", "apache")
_COMPLAINTS = (
    ("orders", "log4j", "error", "OrderController - request <int 10000 99999> ended with an internal error"),
    ("billing", "json", "error", "job <uuid> failed after <int 1 30> s"),
    ("portal", "bracket", "error", "page /account/<int 1 900> could not be built"),
    ("monitor", "syslog", "err", "check of service <shop|portal|api> is CRITICAL"),
)


def cascade(
    fault: Fault, faults: Mapping[str, Fault], hosts: Hosts, start: datetime, dice: random.Random
) -> Iterator[Said]:
    """The fault's own lines, then those of up to three faults that it leads to, then complaints of what depends on it."""
    fill = Filler(dice)
    host = dice.choice(hosts)
    yield from _stage(fault, host, start, dice, fill, first=True)
    effects = [
        faults[name]
        for name in dice.sample(fault.leads_to, min(len(fault.leads_to), dice.randint(0, 3)))
        if name in faults
    ]
    at = start
    for effect in effects:
        at += timedelta(seconds=dice.lognormvariate(2.3, 0.9))
        elsewhere = effect.family in _ELSEWHERE and dice.random() < 0.7
        yield from _stage(effect, dice.choice(hosts) if elsewhere else host, at, dice, fill, first=False)
    for unit, style, level, text in dice.sample(_COMPLAINTS, dice.randint(0, 2)):
        where = dice.choice(hosts)
        begun = start + timedelta(seconds=dice.uniform(3, 60))
        for _ in range(dice.randint(1, 12)):
            yield Said(begun, where, unit, style, level, fill.again().fill(text), "fault")
            begun += timedelta(seconds=dice.uniform(1, 20))


def _stage(
    fault: Fault, host: str, start: datetime, dice: random.Random, fill: Filler, *, first: bool
) -> Iterator[Said]:
    """The lines of one fault: one or two ways to state it, some symptoms; the first stage's statements are the root."""
    pairs = list(zip(fault.rules, fault.samples, strict=True))
    causes = [pair for pair in pairs if pair[0].role is Role.CAUSE]
    symptoms = [pair for pair in pairs if pair[0].role is not Role.CAUSE]
    anywhere = dice.choice(_ANYWHERE)
    chosen = (
        dice.sample(causes, min(len(causes), 1 if dice.random() < 0.6 else 2)) if first or dice.random() < 0.6 else []
    )
    at = start
    for rule, sample in chosen:
        yield from _repeated(
            fault, rule.services, anywhere, rule.pattern, sample, host, at, dice, fill, "root" if first else "fault"
        )
        at += timedelta(seconds=dice.uniform(0.01, 2))
    for rule, sample in dice.sample(symptoms, min(len(symptoms), dice.randint(0 if chosen else 1, 2))):
        at += timedelta(seconds=dice.uniform(0.05, 15))
        yield from _repeated(fault, rule.services, anywhere, rule.pattern, sample, host, at, dice, fill, "fault")


def _repeated(
    fault: Fault, services: Sequence[str], anywhere: tuple[str, str], pattern: str, sample: str, host: str,
    at: datetime, dice: random.Random, fill: Filler, part: str,
) -> Iterator[Said]:  # fmt: skip
    own = voice(fault, services, anywhere, sample, dice)
    for number in range(1 if dice.random() < 0.5 else dice.randint(2, 8)):
        varied = fill.vary(own.text, pattern)
        yield Said(
            at, host, own.unit, own.style, own.level, varied, part if number == 0 or part == "fault" else "root-again"
        )
        at += timedelta(seconds=dice.lognormvariate(0.5, 1.2))


@dataclass(frozen=True, slots=True)
class Story:
    """A fault that no pack knows. rows: (when, repeats, seconds of the repeats, mark, host, unit, style, level, text)."""

    id: str
    rows: tuple[tuple[float, int, float, str, str, str, str, str, str], ...]


@cache
def _told() -> dict[str, list[dict[str, str]]]:
    told: dict[str, list[dict[str, str]]] = tomllib.loads((Path(__file__).parent / "stories.toml").read_text("utf-8"))
    return told


@cache
def stories() -> tuple[Story, ...]:
    """All of `stories.toml`."""
    return tuple(Story(one["id"], tuple(map(_row, one["lines"].strip().split("\n")))) for one in _told()["story"])


def _row(line: str) -> tuple[float, int, float, str, str, str, str, str, str]:
    when, mark, host, unit, style, level, text = line.split(" ", 6)
    begun, _, repeats = when.partition("*")
    count, _, seconds = repeats.partition("/")
    return float(begun), int(count or 1), float(seconds or 0), mark, host, unit, style, level, text


def story(one: Story, hosts: Hosts, start: datetime, dice: random.Random) -> Iterator[Said]:
    """The story's messages, its hosts A, B and C being these hosts."""
    fill = Filler(dice)
    # Causes are told at their moment; what follows comes sooner or later than written.
    pace = dice.uniform(0.6, 1.4)
    for when, count, seconds, mark, host, unit, style, level, text in one.rows:
        for number in range(count):
            spread = seconds * (number + dice.random()) / count if count > 1 else 0.0
            at = start + timedelta(seconds=(when + spread) * pace)
            kept = fill if count == 1 else Filler(dice, fill.kept)
            part = "root" if mark == "!" and number == 0 else "fault"
            yield Said(at, hosts["ABC".index(host)], unit, style, level, kept.fill(text), part)


def baits(hosts: Hosts, start: datetime, dice: random.Random) -> Iterator[Said]:
    """One to three red herrings up to five minutes before the fault, and at times one after it."""
    told = _told()["bait"]
    moments = [-dice.uniform(20, 290) for _ in range(dice.randint(1, 3))] + [dice.uniform(5, 200)] * (
        dice.random() < 0.5
    )
    for moment in moments:
        fill, host = Filler(dice), dice.choice(hosts)
        for line in dice.choice(told)["lines"].strip().split("\n"):
            delay, unit, style, level, text = line.split(" ", 4)
            at = start + timedelta(seconds=moment + float(delay))
            yield Said(at, host, unit, style, level, fill.fill(text), "bait")
