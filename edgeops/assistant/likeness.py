"""The known faults that may be behind messages which no rule fits, and how likely each is. Their odds stand against NONE."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from hashlib import blake2s

from edgeops.assistant.casebook import Casebook

MOST_FAULTS = 4
NONE = 0.7
"""What code believes of `none of these`. 1 is likeliest; somewhat less finds as many right ones and more that are known."""
# How near the messages are to a fault in meaning tells most: fitted on 1,300 staged incidents of training families (log-likelihood on
# 329 of validation families -1.13; by the share of words -1.29, and words add nothing to the meaning).
_STEEP, _MIDDLE = 9.0, 4.75
# A fault that other lines state than the root is mostly its effect (fitted: 2.1; staged incidents have no rules that miss a line).
_EFFECT = 1.0
LEAST_ODDS = 0.03
_UNMEASURED = 0.15
MOST_CHARACTERS = 300


def offered(messages: Sequence[str], book: Casebook, seen: Sequence[str]) -> dict[str, float]:
    """At most MOST_FAULTS faults with their odds: those that rules saw in other lines, and what the messages, the likeliest root first, are like."""
    texts = [message[:MOST_CHARACTERS] for message in messages]
    found = {fault: odds(texts, book, fault, effect=True) for fault in seen[:MOST_FAULTS]}
    for fault in book.alike(texts):
        if len(found) < MOST_FAULTS and fault not in found and (own := odds(texts, book, fault)) >= LEAST_ODDS:
            found[fault] = own
    return found


def mixed(faults: Mapping[str, float], messages: Sequence[str]) -> dict[str, float]:
    """The faults in an order that tells nothing, the same for the same lines.

    With the likeliest first, a model learns to take the first, however little it fits, and what code believes counts twice.
    """
    mark = "".join(messages[:1]).encode("utf-8", "surrogatepass")
    return {fault: faults[fault] for fault in sorted(faults, key=lambda fault: blake2s(mark + fault.encode()).digest())}


def odds(messages: Sequence[str], book: Casebook, fault: str, effect: bool = False) -> float:
    """How likely a fault is against none of them."""
    cosines = book.likeness(messages, fault)
    if not cosines:
        return _UNMEASURED
    return math.exp(_STEEP * (max(cosines) + cosines[0]) / 2 - _MIDDLE - _EFFECT * effect)
