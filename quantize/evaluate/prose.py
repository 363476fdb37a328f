"""Ops text of our own that no training saw: the staged log lines of test incidents, and what the pack says of their faults."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2s
from itertools import zip_longest

from edgeops.records import Fault
from quantize.data.items import WRITE, Item

_LINE = "[L"


def documents(items: Iterable[Item], faults: Mapping[str, Fault], most: int, seed: int) -> list[str]:
    """Up to so many texts, each of another incident, the families of faults in turn, in both languages."""
    dice = random.Random(f"prose {seed}")
    fitting = [item for item in items if item.task == WRITE and item.fault in faults]
    by_family: dict[str, list[Item]] = {}
    for item in dice.sample(fitting, len(fitting)):
        by_family.setdefault(item.family, []).append(item)
    rounds = zip_longest(*(by_family[family] for family in sorted(by_family)))
    chosen = [item for round_ in rounds for item in round_ if item][:most]
    return [_document(item, faults[item.fault]) for item in chosen]


def _document(item: Item, fault: Fault) -> str:
    """Lines as they stand in a log, then the entry."""
    lines = [line.partition("] ")[2] for line in item.user.split("\n") if line.startswith(_LINE)]
    wording = fault.zh if item.lang == "zh" else fault.en
    return "\n".join([*lines, "", wording.title, wording.summary, wording.cause])


def name_of(texts: Sequence[str]) -> str:
    """Changes with the texts."""
    return blake2s("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
