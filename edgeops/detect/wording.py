"""Which words of a message tell it from others: how it opens, and what it speaks of."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"(?<![^\s=:(\"'])[A-Za-z_-]{2,16}(?![^\s=:,;.)\"'])")
_FIRST = 4
_LONGEST = 300
_PART = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_STEM = 6
_SHORTEST = 4

# What logs speak of whatever it is about.
_ANYTHING = frozenset(
    """about after because been before busy cannot client close closed code could daemon does each during error errors exception exit
    fail failed failure fatal file find found from have host http https info into invalid java kernel line main message missing more
    name node none null only open other over port process python read reached refused request response result return returned second
    seconds server service some start started starting status stop stopped stopping such system task than that their them there
    this thread time timed timeout took true false unable unknown used user using value warn warning when which while will with
    without write critical connect connection connections notice data tried trying""".split()
)


def opening(message: str) -> tuple[str, ...]:
    """The first four plain words: messages of one kind open alike, whatever they name."""
    return tuple(_WORD.findall(message[:_LONGEST])[:_FIRST])


# The same messages are asked about each time that windows are joined and parted.
@lru_cache(maxsize=4096)
def topics(message: str, unit: str = "") -> frozenset[str]:
    """The beginnings of the words that say what the message, of this unit, is about; words that any log uses are none."""
    words = (word.lower() for word in _PART.findall(f"{message[:_LONGEST]} {unit}"))
    return frozenset(word[:_STEM] for word in words if len(word) >= _SHORTEST and word not in _ANYTHING)
