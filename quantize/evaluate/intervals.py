"""Intervals of 95 %: Wilson for shares, the bootstrap (seeded) for what is no share. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from quantize.evaluate.record import Measure

T = TypeVar("T")
_Z = 1.959964
DRAWS = 1000


def share(right: int, n: int) -> Measure:
    """So many of n, with Wilson's interval, which holds for few items and at 0 and 1. n must be above 0."""
    p, zz = right / n, _Z * _Z
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    wide = _Z * math.sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    return Measure(p, max(0.0, middle - wide), min(1.0, middle + wide), n)


def of_all(verdicts: Sequence[bool]) -> Measure | None:
    """The share of what is true; None where there is nothing to judge by."""
    return share(sum(verdicts), len(verdicts)) if verdicts else None


def bootstrapped(
    items: Sequence[T], statistic: Callable[[Sequence[T]], float], seed: int, n: int = 0
) -> Measure | None:
    """The statistic of the items, with the middle 95 % of what items drawn again (with replacement) give.

    n is what the measure says it rests on, where an item holds several (tokens of a text).
    """
    if not items:
        return None
    dice = random.Random(seed)
    drawn = sorted(statistic(dice.choices(items, k=len(items))) for _ in range(DRAWS))
    low, high = drawn[round(0.025 * (DRAWS - 1))], drawn[round(0.975 * (DRAWS - 1))]
    return Measure(statistic(items), low, high, n or len(items))
