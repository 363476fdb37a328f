"""What happens in a scene: a fault with its cascade, or loud lines without one, among what healthy systems write."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from edgeops.records import Fault, Role, Rule
from quantize.data.styles import Said
from quantize.data.tables import ANY, Planted, Saying, Scenery, Story
from quantize.data.variables import Fresh, Host
from quantize.data.voices import voice

ROOT, AGAIN, SYMPTOM, EFFECT, BAIT, WELL, PLANTED, LOUD, KEY = (
    "root", "root-again", "symptom", "effect", "bait", "well", "planted", "loud", "key",
)  # fmt: skip
_ANYWHERE = (
    ("booking", "log4j"),
    ("payroll", "json"),
    ("docstore", "bracket"),
    ("ledgerd", "syslog"),
    ("importer", "bracket"),
)
_TRAVELS = ("nginx", "haproxy", "java", "python", "node", "apache", "php", "kubernetes", "monitoring")
_FAR = 0.3
BEFORE, AFTER = timedelta(minutes=7), timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a scene plays: its hosts, its first moment, its dice and fresh names."""

    hosts: tuple[Host, ...]
    start: datetime
    dice: random.Random
    fresh: Fresh
    scenery: Scenery

    def said(self, line: Saying, host: str, at: datetime, part: str, peer: str = "") -> Said:
        """A line with fresh values; peer is the host that it speaks of, if any may not be."""
        known = tuple(one for one in self.hosts if one.name == peer) or self.hosts
        return Said(at, host, line.unit, line.style, line.level, Fresh(self.dice, hosts=known).fill(line.text), part)

    def host(self) -> str:
        return self.dice.choice(self.hosts).name


def cascade(fault: Fault, faults: Mapping[str, Fault], stage: Stage) -> Iterator[Said]:
    """The fault's own lines, those of up to two faults that it leads to, and complaints of programs that depend on it."""
    dice, host = stage.dice, stage.host()
    rules = list(zip(fault.rules, fault.samples, strict=True))
    causes = [pair for pair in rules if pair[0].role is Role.CAUSE]
    symptoms = [pair for pair in rules if pair[0].role is not Role.CAUSE]
    at = stage.start
    for rule, sample in dice.sample(causes, min(len(causes), 1 if dice.random() < 0.7 else 2)):
        yield from _stated(fault, rule, sample, host, at, stage, ROOT)
        at += timedelta(seconds=dice.uniform(0.01, 2))
    for rule, sample in dice.sample(symptoms, min(len(symptoms), dice.randint(0, 1))):
        at += timedelta(seconds=dice.uniform(0.05, 9))
        yield from _stated(fault, rule, sample, host, at, stage, SYMPTOM)
    known = [faults[name] for name in fault.leads_to if name in faults]
    for effect in dice.sample(known, min(len(known), dice.choice((0, 1, 1, 2)))):
        at += timedelta(seconds=dice.lognormvariate(2.0, 0.8))
        where = stage.host() if effect.family in _TRAVELS else host
        rule, sample = dice.choice(list(zip(effect.rules, effect.samples, strict=True)))
        yield from _stated(effect, rule, sample, where, at, stage, f"{EFFECT} {effect.id}")
    yield from complaints(stage, host, at)


def _stated(fault: Fault, rule: Rule, sample: str, host: str, at: datetime, stage: Stage, part: str) -> Iterator[Said]:
    dice = stage.dice
    own = voice(fault, rule.services, dice.choice(_ANYWHERE), stage.fresh.renewed(sample, rule.pattern), dice)
    level = "warning" if own.level == "error" and dice.random() < 0.15 else own.level
    for number in range(1 if dice.random() < 0.6 else dice.randint(2, 5)):
        again = number and part == ROOT
        yield Said(at, host, own.unit, own.style, level, own.text, AGAIN if again else part)
        at += timedelta(seconds=dice.lognormvariate(0.5, 1.0))


def complaints(stage: Stage, broken: str, at: datetime) -> Iterator[Said]:
    """What programs say that depend on something broken: one to three kinds of lines, some of them often.

    They are programs of the broken host, or such of others as speak of it.
    """
    dice = stage.dice
    for line in dice.sample(stage.scenery.effects, dice.randint(1, 3)):
        far = "<peer>" in line.text or dice.random() < _FAR
        host, begun = stage.host() if far else broken, at + timedelta(seconds=dice.uniform(1, 50))
        for _ in range(dice.choice((1, 1, 2, 4))):
            yield stage.said(line, host, begun, EFFECT, broken)
            begun += timedelta(seconds=dice.uniform(0.5, 15))


def healthy(said: Sequence[Said], stage: Stage) -> Iterator[Said]:
    """What the hosts, the programs of the scene and one more write in good health around it."""
    dice, scenery = stage.dice, stage.scenery
    span = (BEFORE + AFTER).total_seconds()
    weights = [line.weight for line in scenery.everywhere]
    for host in stage.hosts:
        for line in dice.choices(scenery.everywhere, weights, k=dice.randint(5, 14)):
            yield stage.said(line, host.name, stage.start - BEFORE + timedelta(seconds=dice.random() * span), "")
    speaking = {(one.host, one.unit, one.style) for one in said if (one.unit, one.style) in scenery.programs}
    speaking.add((stage.host(), *dice.choice(sorted(scenery.programs))))
    for where, unit, style in sorted(speaking):
        lines = scenery.programs[unit, style]
        for line in dice.choices(lines, [line.weight for line in lines], k=dice.randint(3, 9)):
            yield stage.said(line, where, stage.start - BEFORE + timedelta(seconds=dice.random() * span), "")


def baits(stage: Stage) -> Iterator[Said]:
    """One or two red herrings, mostly shortly before the fault."""
    for story in stage.dice.sample(stage.scenery.herrings, stage.dice.randint(1, 2)):
        yield from told(story, stage, stage.start + timedelta(seconds=stage.dice.uniform(-170, 40)), BAIT)


def told(story: Story, stage: Stage, at: datetime, part: str) -> Iterator[Said]:
    """A story on one host; names that it repeats stay the same. Lines that say why are KEY."""
    host, fresh, pace = stage.host(), stage.fresh.again(), stage.dice.uniform(0.6, 1.5)
    for line in story.lines:
        moment = at + timedelta(seconds=line.delay * pace)
        yield Said(moment, host, line.unit, line.style, line.level, fresh.fill(line.text), KEY if line.key else part)


def recovery(said: Sequence[Said], family: str, stage: Stage) -> Iterator[Said]:
    """The end of a fault: a line of what was broken, where its family has one, and one of what depended on it."""
    dice, ends = stage.dice, stage.scenery.recoveries
    root = next(one for one in said if one.part == ROOT)
    own = [line for line in ends.get(family, ()) if line.style in (root.style, "syslog")]
    complained = {one.unit for one in said if one.part == EFFECT}
    others = [line for line in ends[ANY] if line.unit in complained] or [ends[ANY][0]]
    at = max(one.at for one in said) + timedelta(seconds=dice.uniform(3, 30))
    for line in (*dice.sample(own, min(1, len(own))), dice.choice(others)):
        # As a warning, as programs do that want it to be read: else only the lines beside an error are.
        yield replace(stage.said(line, root.host, at, WELL), level="warning")
        at += timedelta(seconds=dice.uniform(0.5, 20))


def plant(text: Planted, said: Sequence[Said], stage: Stage) -> Iterator[Said]:
    """A line that carries an instruction, close to the root in time."""
    dice = stage.dice
    root = next(one for one in said if one.part == ROOT)
    carrier = dice.choice(stage.scenery.carriers)
    line = replace(carrier, text=carrier.text.replace("<>", text.text))
    host = root.host if dice.random() < 0.7 else stage.host()
    yield stage.said(line, host, root.at + timedelta(seconds=dice.uniform(-12, 25)), PLANTED)
