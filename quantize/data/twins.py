"""Items that are nearly the same: equal but for numbers and a few words. MinHash finds the pairs, their words decide."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any
from zlib import crc32

# numpy: hashes of all words at once; edgeops has it anyhow.
import numpy as np

from quantize.data.items import Item

SAME = 0.8
_BANDS, _ROWS = 16, 4
_RUN = 3
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w+|[^\w\s]")


class Twins:
    """Remembers items; tells of each new one whether its like was there."""

    def __init__(self) -> None:
        dice = np.random.default_rng(20_240_229)
        self._a = dice.integers(0, 1 << 64, _BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
        self._b = dice.integers(0, 1 << 64, _BANDS * _ROWS, dtype=np.uint64)
        self._buckets: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        self._known: list[frozenset[int]] = []

    def has(self, item: Item) -> bool:
        """Whether a like item (of the same task and language) was seen; if not, it is remembered."""
        runs = runs_of(f"{item.user}\n{' '.join(item.texts)}")
        keys = [(item.task, item.lang, place, *band) for place, band in enumerate(self._bands(runs))]
        near = {number for key in keys for number in self._buckets.get(key, ())}
        if any(len(runs & self._known[n]) >= SAME * len(runs | self._known[n]) for n in sorted(near)):
            return True
        for key in keys:
            self._buckets[key].append(len(self._known))
        self._known.append(runs)
        return False

    def _bands(self, runs: frozenset[int]) -> list[tuple[int, ...]]:
        values = np.fromiter(runs, dtype=np.uint64, count=len(runs))
        # Multiply and shift: the products run over on purpose, the upper halves are the hashes.
        least = ((values[:, None] * self._a + self._b) >> np.uint64(32)).min(axis=0)
        return [tuple(band) for band in least.reshape(_BANDS, _ROWS).tolist()]


def runs_of(text: str) -> frozenset[int]:
    """The runs of three words of a text, its numbers left out, each as a number."""
    words = _WORD.findall(_NUMBER.sub("0", text))
    return frozenset(crc32(" ".join(words[at : at + _RUN]).encode()) for at in range(max(1, len(words) - _RUN + 1)))
