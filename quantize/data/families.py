"""Which families of faults are for training, which for stopping in time, which for judging: a family is never in two of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from enum import StrEnum
from hashlib import blake2s


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


SHARES = {Split.TEST: 0.20, Split.VALIDATION: 0.10}
"""Of the faults (not of the families, which differ in size); the rest is for training."""


def parted(sizes: Mapping[str, int], seed: int) -> dict[str, Split]:
    """The split of each family. sizes: how many faults it has. The shares are met as closely as whole families allow."""
    total = sum(sizes.values())
    order = random.Random(f"families {seed}").sample(sorted(sizes), len(sizes))
    found: dict[str, Split] = {}
    for split, share in SHARES.items():
        wanted = max(1, round(total * share)) if len(order) - len(found) > 1 else 0
        for family in order:
            if family not in found and 0 < sizes[family] <= wanted:
                found[family] = split
                wanted -= sizes[family]
    return {family: found.get(family, Split.TRAIN) for family in sorted(sizes)}


def split_of(family: str, seed: int) -> Split:
    """The split of a family that is not of the pack (one of the site's own): the same each time that it is met."""
    place = int.from_bytes(blake2s(f"{seed}/{family}".encode()).digest()[:4]) / 2**32
    if place < SHARES[Split.TEST]:
        return Split.TEST
    return Split.VALIDATION if place < sum(SHARES.values()) else Split.TRAIN
