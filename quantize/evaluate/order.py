"""Which incidents and questions are asked, and in which order: evenly by kind, so that any beginning of it is a fair sample. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeVar

T = TypeVar("T")


def evenly(items: Sequence[T], kind: Callable[[T], str], seed: int, most: int = 0) -> list[T]:
    """The items, one of each kind in turn until there are no more (of the kind, or `most` in all; 0: no limit)."""
    dice = random.Random(f"order {seed}")
    by_kind: dict[str, list[T]] = {}
    for item in items:
        by_kind.setdefault(kind(item), []).append(item)
    columns = [dice.sample(by_kind[name], len(by_kind[name])) for name in sorted(by_kind)]
    ordered = [item for row in zip_longest(*columns) for item in row if item is not None]
    return ordered[: most or None]


def interleaved(lists: Sequence[Sequence[T]], portion: int) -> Iterator[list[T]]:
    """Portions of about so many, each with its share of every list: what is not reached is left out of all alike."""
    placed = [((at + 0.5) / len(one), number, item) for number, one in enumerate(lists) for at, item in enumerate(one)]
    ordered = [item for _, _, item in sorted(placed, key=lambda entry: entry[:2])]
    for begin in range(0, len(ordered), portion):
        yield ordered[begin : begin + portion]
