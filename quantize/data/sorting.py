"""From candidates to the dataset: what is no good is rejected with its reason, twins are dropped, the rest goes to its split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from quantize.data.cleaning import fault_of, masked
from quantize.data.families import Split
from quantize.data.items import Item, Rejected
from quantize.data.twins import Twins

ORDER = (Split.TEST, Split.VALIDATION, Split.TRAIN)
"""Of two items that are alike the one for judging stays, so that nothing like it is trained on."""


@dataclass
class Sorted:
    """The items of each split, what was rejected by reason, and what a person should look at."""

    items: dict[Split, list[Item]] = field(default_factory=lambda: {split: [] for split in Split})
    rejected: Counter[str] = field(default_factory=Counter)
    review: list[Rejected] = field(default_factory=list)
    masked: int = 0


def sort(candidates: Iterable[tuple[Split, Item | Rejected]]) -> Sorted:
    """All candidates sorted; those of one split stay in their order."""
    found, twins, ids = Sorted(), Twins(), set()
    grouped: dict[Split, list[Item | Rejected]] = {split: [] for split in Split}
    for split, one in candidates:
        grouped[split].append(one)
    for split in ORDER:
        for one in grouped[split]:
            if isinstance(one, Rejected):
                found.rejected[one.reason] += 1
                found.review += [one] * one.doubtful
                continue
            item = masked(one)
            found.masked += item is not one
            reason = fault_of(item) or (
                "a duplicate" if item.id in ids else "a near-duplicate" if twins.has(item) else ""
            )
            if reason:
                found.rejected[reason] += 1
            else:
                ids.add(item.id)
                found.items[split].append(item)
    return found
