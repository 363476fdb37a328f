"""A conditional logit: which signal of an incident is the root, each likely as exp of its weighted marks."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from edgeops.detect.marks import Marks

SAMPLE = "samples"
FOLDS = 6
BOUNDS = {
    "preceded": (-inf, 0.0), "known and preceded": (-inf, 0.0), "own file preceded": (-inf, 0.0), "waiting": (-inf, 0.0),
    "quiet, and long before": (-inf, -3.5), "by itself": (-inf, 0.0), "other news": (-inf, 0.0), "familiar": (-inf, 0.0),
    "said alike": (-inf, 0.0), "harmless": (-inf, 0.0), "well again": (-inf, 0.0), "quiet and empty": (-inf, 0.0),
    "often": (-inf, 0.0), "symptom": (-inf, 0.0), "new and empty": (-inf, -2.0), "consequence": (-inf, -1.0),
    "trace": (-inf, -0.3), "brings others": (4.0, inf), "quiet": (-inf, 1.0),
}  # fmt: skip
"""What these marks may be worth: nothing that speaks against a signal may come to speak for it. Bounds other than 0 are known from
the samples and the tests, as too few scenes have such marks."""

_PULL = 1.5
_A_SAMPLE = 3.0
_STEPS, _STRIDE = 300, 0.05

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """The marks of an incident's signals, and which of them state the cause; none where the fault was not found."""

    kind: str
    name: str
    marks: Sequence[Marks]
    right: Sequence[bool]


def marks_in(choices: Iterable[Choice], without: Collection[str] = ()) -> list[str]:
    """The names of all marks."""
    return sorted({name for one in choices for marks in one.marks for name in marks}.difference(without))


def fitted(choices: Sequence[Choice], names: Sequence[str]) -> dict[str, float]:
    """What each mark is worth, by the choices that have a right signal."""
    known = [one for one in choices if any(one.right)]
    table = _table(known, names)
    spread = table.std(axis=0) + 1e-9
    table /= spread
    sizes = [len(one.right) for one in known]
    starts = np.cumsum([0, *sizes[:-1]])
    which = np.repeat(np.arange(len(known)), sizes)
    right = np.concatenate([np.array(one.right, dtype=float) for one in known])
    counts = np.array(_counts(known))[which]
    bounds = np.array([BOUNDS.get(name, (-inf, inf)) for name in names]).T * spread

    def slope(weights: Vector) -> Vector:
        worth = table @ weights
        odds = np.exp(worth - np.maximum.reduceat(worth, starts)[which])
        believed = odds / np.add.reduceat(odds, starts)[which]
        wanted = right * odds
        wanted /= np.add.reduceat(wanted, starts)[which] + 1e-300
        return np.asarray(table.T @ (counts * (wanted - believed)) - _PULL * weights)

    return dict(zip(names, (_climbed(slope, bounds) / spread).tolist(), strict=True))


def _counts(choices: Sequence[Choice]) -> list[float]:
    """How much each choice counts: 1 on the average of the staged ones."""
    kinds = Counter(one.kind for one in choices if one.kind != SAMPLE)
    share = {kind: kinds.total() / len(kinds) / count for kind, count in kinds.items()}
    return [share.get(one.kind, _A_SAMPLE) for one in choices]


def _table(choices: Iterable[Choice], names: Sequence[str]) -> Vector:
    return np.array([[float(marks.get(name, 0.0)) for name in names] for one in choices for marks in one.marks])


def _climbed(slope: Callable[[Vector], Vector], bounds: Vector) -> Vector:
    """The top of the hill whose slope is given (Adam's way), within the bounds (lowest, highest)."""
    weights = np.clip(np.zeros(bounds.shape[1]), *bounds)
    drift, swing = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        up = slope(weights)
        drift, swing = 0.9 * drift + 0.1 * up, 0.99 * swing + 0.01 * up * up
        pace = _STRIDE * (drift / (1 - 0.9**step)) / (np.sqrt(swing / (1 - 0.99**step)) + 1e-8)
        weights = np.clip(weights + pace, *bounds)
    return weights


def picked(choice: Choice, worth: Mapping[str, float]) -> int:
    """The position of the signal that the weights put first."""
    sums = [sum(worth.get(name, 0.0) * value for name, value in marks.items()) for marks in choice.marks]
    return max(range(len(sums)), key=sums.__getitem__)


def hits(choices: Iterable[Choice], worth: Mapping[str, float]) -> Counter[str]:
    """How often the first is right, by kind."""
    return Counter(one.kind for one in choices if one.marks and one.right[picked(one, worth)])


def judged(choices: Sequence[Choice], names: Sequence[str], folds: int = FOLDS) -> Counter[str]:
    """The same, each fault judged by weights that were fitted without it, whatever its seed."""
    faults = sorted({one.name for one in choices})
    random.Random(5).shuffle(faults)
    parts: dict[int, list[str]] = defaultdict(list)
    for number, fault in enumerate(faults):
        parts[number % folds].append(fault)
    found: Counter[str] = Counter()
    for part in parts.values():
        worth = fitted([one for one in choices if one.name not in part], names)
        found += hits((one for one in choices if one.name in part), worth)
    return found
