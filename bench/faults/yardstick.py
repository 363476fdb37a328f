"""Runs every detector over faults and over normal stretches, and counts: recall, roots, delay, false incidents."""

from __future__ import annotations

import csv
import math
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from statistics import median

from bench.faults import cascades
from bench.faults.detectors import PEERS, Found, heard, opened, ours
from bench.faults.healthy import softwares, stream
from bench.faults.scenes import (
    AFTER,
    BEFORE,
    Scene,
    background,
    beginning,
    beside,
    chatter,
    clocks,
    names,
    written,
)
from edgeops.detect.mining import runs
from edgeops.detect.rulebook import RuleBook
from edgeops.knowledge.starter import read_folder
from edgeops.records import Fault, Role
from quantize.data.files import Place
from quantize.data.filling import Filler

KINDS = ("in the pack", "held out", "stories")
OURS = "edgeops"
_BESIDE_LOGHUB = 0.25
_LOUD_LABELS = ("ERROR", "FATAL", "SEVERE", "FAILURE", "E", "error", "F")


@dataclass(frozen=True, slots=True)
class Case:
    """A fault to put into a scene: one of the pack (known, or held out with its rules) or a story."""

    kind: str
    name: str
    seed: int


@dataclass(slots=True)
class Tally:
    """What one detector did with the faults of one kind."""

    faults: int = 0
    found: int = 0
    rooted: int = 0
    worst: int = 0
    others: int = 0
    seconds: list[float] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    misrooted: list[str] = field(default_factory=list)


@cache
def pack() -> dict[str, Fault]:
    """The faults of the starter pack."""
    return {fault.id: fault for fault in read_folder().faults}


def cases(per_kind: int, seed: int = 1) -> list[Case]:
    """So many faults of each kind. Every fault and story comes once before any comes twice (with other values)."""
    stated = [f.id for f in pack().values() if any(rule.role is Role.CAUSE for rule in f.rules)]
    tales = [story.id for story in cascades.stories()]
    chosen = []
    for kind, ids in (("in the pack", stated), ("held out", stated), ("stories", tales)):
        dice = random.Random(f"{kind}{seed}")
        order = dice.sample(ids, len(ids))
        chosen += [Case(kind, order[n % len(order)], seed + n // len(order)) for n in range(per_kind)]
    return chosen


def staged(case: Case, folder: Path, loghub: Path | None) -> tuple[Scene, datetime]:
    """The case written into a folder, and the end of the detectors' history."""
    dice = random.Random(f"{case.kind}{case.name}{case.seed}")
    hosts = names(dice)
    start = beginning(dice)
    systems = sorted(loghub.glob("*/*_2k.log")) if loghub and loghub.is_dir() else []
    if systems and dice.random() < _BESIDE_LOGHUB:
        start = _moment(beside(dice.choice(systems), folder), dice) or start
    said = list(cascades.baits(hosts, start, dice))
    if case.kind == "stories":
        (tale,) = (one for one in cascades.stories() if one.id == case.name)
        said += cascades.story(tale, hosts, start, dice)
    else:
        said += cascades.cascade(pack()[case.name], pack(), hosts, start, dice)
    said += list(chatter(said, start - BEFORE, start + AFTER, dice))
    said += background(hosts, start - BEFORE, start + AFTER, dice, rate=0.8)
    scene = written(said, folder, clocks(hosts, dice), old=dice.random() < 0.4)
    return scene, start - timedelta(minutes=6)


def _moment(path: Path, dice: random.Random) -> datetime | None:
    """A time in the middle half of a log."""
    times = []
    for reader in opened([path]):
        for run in runs(reader):
            times.append(reader.event(run.block.line(reader.source, run.start)).time)
    stamped = [time for time in times if time]
    return stamped[int(len(stamped) * dice.uniform(0.25, 0.75))] if stamped else None


def judge(tally: Tally, case: Case, scene: Scene, found: Sequence[Found], order: Mapping[Place, int]) -> None:
    """Count one case."""
    tally.faults += 1
    hits = [one for one in found if any(place in scene.part for place, _ in one.lines)]
    tally.others += sum(1 for one in found if one not in hits and not _foreign(one))
    if not hits:
        tally.missed.append(f"{case.name}/{case.seed}")
        return
    tally.found += 1
    tally.worst += hits[0] is found[0]
    if hits[0].root in scene.root:
        tally.rooted += 1
    else:
        tally.misrooted.append(f"{case.name}/{case.seed} {':'.join(map(str, hits[0].root))}")
    times = [(at, place) for one in hits for place, at in one.lines if place in scene.part and at]
    if times and scene.first:
        at, place = min(times)
        tally.seconds.append((at - scene.first).total_seconds())
        begun = min((order[one] for one in scene.part if one in order), default=0)
        tally.lines.append(max(0, order.get(place, begun) - begun))


def _foreign(found: Found) -> bool:
    """Whether it is about the Loghub system in the scene, which has errors of its own."""
    return any(name.startswith("other-") for (name, _), _ in found.lines)


Tallies = dict[str, dict[str, Tally]]


def faults(chosen: Iterable[Case], loghub: Path | None, peers: bool = True) -> Tallies:
    """Every detector on every case: tallies by detector and kind."""
    tallies: Tallies = defaultdict(lambda: defaultdict(Tally))
    for case in chosen:
        with tempfile.TemporaryDirectory() as name:
            scene, history = staged(case, Path(name), loghub)
            rules = book(case)
            events = heard(scene.files)
            order = {one.place: number for number, one in enumerate(events)}
            judge(tallies[OURS][case.kind], case, scene, ours(scene.files, rules), order)
            for peer, detect in PEERS.items() if peers else ():
                judge(tallies[peer][case.kind], case, scene, detect(events, history), order)
    return tallies


@lru_cache(maxsize=64)
def book(case: Case) -> RuleBook:
    """The rules that a detector may know when it is judged on the case."""
    return RuleBook(_without(case)) if case.kind in ("held out", "stories") else _whole()


@cache
def _whole() -> RuleBook:
    return RuleBook(pack().values())


def _without(case: Case) -> list[Fault]:
    """The pack without the fault of the case; for a story, without any fault whose rules fit one of its lines."""
    if case.kind == "held out":
        return [fault for fault in pack().values() if fault.id != case.name]
    fill = Filler(random.Random(case.seed))
    (tale,) = (one for one in cascades.stories() if one.id == case.name)
    texts = [fill.fill(row[-1]) for row in tale.rows if row[3] == "!"]
    known = {match.rule.fault for text in texts for match in RuleBook(pack().values()).match(text)}
    return [fault for fault in pack().values() if fault.id not in known]


@dataclass(slots=True)
class Quiet:
    """What the detectors say of normal lines: lines, days (of hosts), and each detector's incidents with an example."""

    lines: int = 0
    days: float = 0.0
    incidents: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    examples: list[str] = field(default_factory=list)


def normal(days: float, loghub: Path | None, seed: int = 1, peers: bool = True) -> Quiet:
    """Each healthy program for so many days on a host of its own, all of them together on three, and calm parts of Loghub.

    The simple detectors take the first fifth as their history and are judged on the rest.
    """
    quiet = Quiet()
    dice = random.Random(f"normal{seed}")
    start = datetime(2026, 3, 2, tzinfo=UTC)
    for software in softwares().values():
        if software.unit == "any":
            continue
        with tempfile.TemporaryDirectory() as name:
            said = stream(software, f"{software.name[:4]}1", start, start + timedelta(days=days), dice)
            written(said, Path(name), {})
            _listen(quiet, software.name, sorted(Path(name).iterdir()), days, peers)
    with tempfile.TemporaryDirectory() as name:
        hosts = names(dice)
        written(background(hosts, start, start + timedelta(days=days / 2), dice), Path(name), clocks(hosts, dice))
        _listen(quiet, "together", sorted(Path(name).iterdir()), 1.5 * days, peers)
    for system, lines in calm(loghub):
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "calm.log").write_text("".join(lines), encoding="utf-8")
            _listen(quiet, system, [Path(name) / "calm.log"], 0, peers)
    return quiet


def calm(loghub: Path | None) -> Iterator[tuple[str, list[str]]]:
    """Loghub systems without the lines that their label or their severity marks as bad. Systems without either are left out."""
    for table in sorted(loghub.glob("*/*_2k.log_structured.csv")) if loghub and loghub.is_dir() else ():
        log = table.with_name(table.name.removesuffix("_structured.csv"))
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        with table.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if "Level" not in rows[0] or len(rows) != len(lines) or rows[0]["Level"] == "combo":
            continue
        bad = [row.get("Label", "-") != "-" or row["Level"] in _LOUD_LABELS for row in rows]
        yield table.parent.name, [line for line, loud in zip(lines, bad, strict=True) if not loud]


def _listen(quiet: Quiet, what: str, files: list[Path], days: float, peers: bool) -> None:
    found = ours(files, RuleBook(pack().values()))
    quiet.incidents[OURS] += len(found)
    for one in found[:5]:
        name, number = one.root
        with (files[0].parent / name).open(encoding="utf-8", errors="replace") as file:
            quiet.examples.append(
                f"{what}: {next(line for n, line in enumerate(file, 1) if n == number).strip()[:200]}"
            )
    with_lines = sum(path.read_bytes().count(b"\n") for path in files)
    quiet.lines += with_lines
    quiet.days += days
    if not peers:
        return
    events = heard(files)
    history = events[len(events) // 5].at if events else datetime(2026, 1, 1, tzinfo=UTC)
    for peer, detect in PEERS.items():
        quiet.incidents[peer] += len(detect(events, history))


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def figures(tallies: Tallies, quiet: Quiet) -> dict[str, dict[str, dict[str, float]]]:
    """The yardstick in numbers: by detector and kind, with the false incidents under `normal`."""
    told: dict[str, dict[str, dict[str, float]]] = {}
    for detector, kinds in tallies.items():
        told[detector] = {kind: _numbers(tally) for kind, tally in kinds.items()}
        count = quiet.incidents.get(detector, 0)
        told[detector]["normal"] = {
            "lines": quiet.lines, "days": quiet.days, "incidents": count,
            "per_100k": 1e5 * count / max(quiet.lines, 1), "per_day": count / max(quiet.days, 1e-9),
        }  # fmt: skip
    return told


def _numbers(tally: Tally) -> dict[str, float]:
    low, high = wilson(tally.found, tally.faults)
    rooted_low, rooted_high = wilson(tally.rooted, tally.faults)
    shown = tally.found + tally.others
    precision = tally.found / shown if shown else 0.0
    recall = tally.found / max(tally.faults, 1)
    return {
        "faults": tally.faults, "recall": recall, "recall_low": low, "recall_high": high,
        "root": tally.rooted / max(tally.faults, 1), "root_low": rooted_low, "root_high": rooted_high,
        "worst": tally.worst / max(tally.faults, 1), "precision": precision,
        "f1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        "seconds": median(tally.seconds or [math.nan]), "lines": median(tally.lines or [math.nan]),
    }  # fmt: skip
