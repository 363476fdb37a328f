"""Evidence against budget: is the decisive line among the picked ones, for edgeops and for two simple pickers.

`error words` takes lines with alarming words in order; `rare templates` takes lines of the rarest templates first (Drain's, if
drain3 is installed, else ours). Cases: the failed builds of a folder (truth.json holds the decisive expression) and our samples.
"""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.faults.detectors import GAP, opened
from edgeops.assistant.evidence import select_all, select_quiet
from edgeops.assistant.survey import survey
from edgeops.detect.rulebook import RuleBook
from edgeops.detect.templates import pattern_of

BUDGETS = (1_000, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 20_000)
_WORDS = re.compile(
    r"error|fail|fatal|critical|panic|exception|denied|refused|unable|abort|corrupt|cannot", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Decided:
    """Files and a test for the decisive line."""

    name: str
    files: tuple[Path, ...]
    decides: Callable[[str], bool]


def builds(folder: Path) -> Iterator[Decided]:
    """Failed builds with a truth.json each."""
    for truth in sorted(folder.glob("*/truth.json")):
        decisive = re.compile(json.loads(truth.read_text(encoding="utf-8"))["decisive"])
        files = tuple(sorted(truth.parent.glob("*.log")))
        yield Decided(truth.parent.name, files, lambda text, decisive=decisive: bool(decisive.search(text)))  # type: ignore[misc]


def samples(folder: Path) -> Iterator[Decided]:
    """The shipped samples in which something is wrong: the root line or another that states the same break."""
    for one in tomllib.loads((folder / "truth.toml").read_text(encoding="utf-8"))["sample"]:
        if one["incidents"] != "wrong":
            continue
        place = folder / one["path"]
        files = tuple(sorted(place.iterdir())) if place.is_dir() else (place,)
        by_name = {path.name: path for path in files if path.suffix != ".gz"}
        wanted = set()
        for where in (one["root"], *one["alternatives"]):
            name, _, number = where.rpartition(":")
            if name in by_name:
                wanted.add(
                    by_name[name].read_text(encoding="utf-8", errors="replace").split("\n")[int(number) - 1].strip()
                )
        if wanted:
            yield Decided(one["path"], files, lambda text, wanted=wanted: text.split("\n")[0].strip() in wanted)  # type: ignore[misc]


def curve(cases: Sequence[Decided], rules: RuleBook) -> dict[str, dict[int, float]]:
    """For each picker and budget the share of cases whose decisive line was picked."""
    hits: dict[str, Counter[int]] = {"edgeops": Counter(), "error words": Counter(), "rare templates": Counter()}
    for case in cases:
        reading = survey(opened(case.files), rules, GAP)
        lines = [
            line for path in case.files for line in path.read_text("utf-8", "replace").splitlines() if line.strip()
        ]
        alarming, rare = [line for line in lines if _WORDS.search(line)], _rarest(lines)
        for budget in BUDGETS:
            chosen = (
                select_all(reading.incidents, budget) if reading.incidents else select_quiet(reading.rest, (), budget)
            )
            hits["edgeops"][budget] += any(case.decides(e.text) for e in chosen.evidence)
            hits["error words"][budget] += any(map(case.decides, _filled(alarming, budget)))
            hits["rare templates"][budget] += any(map(case.decides, _filled(rare, budget)))
    return {name: {budget: counts[budget] / max(len(cases), 1) for budget in BUDGETS} for name, counts in hits.items()}


def _rarest(lines: Sequence[str]) -> list[str]:
    """The lines, those of rare templates first."""
    if importlib.util.find_spec("drain3"):
        from bench.templates import drain

        templates = drain(lines)
    else:
        templates = [pattern_of(line) for line in lines]
    usual = Counter(templates)
    return [
        line
        for _, _, line in sorted((usual[t], n, line) for n, (t, line) in enumerate(zip(templates, lines, strict=True)))
    ]


def _filled(lines: Sequence[str], budget: int) -> Iterator[str]:
    """Lines from the first on until the budget is spent."""
    for line in lines:
        budget -= len(line) + 1
        if budget < 0:
            return
        yield line
