"""The known faults that may be behind messages which no rule fits, and how likely each is. Their odds stand against NONE."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from hashlib import blake2s

from edgeops.assistant.casebook import Casebook

MOST_FAULTS = 4
NONE = 0.7
"""What code believes of `none of these`. 1 is likeliest; somewhat less finds as many right ones and more that are known."""
# How near a root's line is to a fault in meaning tells most; words, and the fault's title, summary and cause each by itself, add nothing to it.
# Fitted beside what our adapter says, on staged incidents of validation families: of 239 with a known fault 176 are judged rightly, of 214
# without 160; with one number for all roots (the mean of the first line's cosine and the greatest) 170 of 239 and 162 of 211.
_STEEP, _MIDDLE = 10.0, 4.4
# A fault that other lines state than the root is mostly its effect (fitted: 3; staged incidents have no rules that miss a line).
_EFFECT = 1.0
LEAST_ODDS = 0.05
_UNMEASURED = 0.15
MOST_CHARACTERS = 300


def offered(messages: Sequence[str], book: Casebook, seen: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """At most MOST_FAULTS faults: those that rules saw in other lines, and what the messages are like. With their odds if each of these were the root.

    messages: those of all that may be the root, the likeliest first; faults are looked for by the first of them.
    """
    texts = [message[:MOST_CHARACTERS] for message in messages]
    found = {fault: odds(texts, book, fault, effect=True) for fault in seen[:MOST_FAULTS]}
    for fault in book.alike(texts):
        if len(found) < MOST_FAULTS and fault not in found and max(own := odds(texts, book, fault)) >= LEAST_ODDS:
            found[fault] = own
    return found


def mixed(faults: Iterable[str], messages: Sequence[str]) -> list[str]:
    """The faults in an order that tells nothing, the same for the same lines.

    With the likeliest first, a model learns to take the first, however little it fits, and what code believes counts twice.
    """
    mark = "".join(messages[:1]).encode("utf-8", "surrogatepass")
    return sorted(faults, key=lambda fault: blake2s(mark + fault.encode()).digest())


def odds(messages: Sequence[str], book: Casebook, fault: str, effect: bool = False) -> tuple[float, ...]:
    """How likely a fault is against none of them, for each message as the root."""
    cosines = book.likeness(messages, fault)
    if cosines is None:
        return (_UNMEASURED,) * len(messages)
    return tuple(math.exp(_STEEP * cosine - _MIDDLE - _EFFECT * effect) for cosine in cosines)
