"""Trouble that was over at once: the same program says, in the next lines, that what it named works again."""

from __future__ import annotations

import re
from functools import lru_cache

from edgeops.records import Signal

_AGAIN = re.compile(
    r"""\b(?:restored|recovered|recovers|resumed|reconnected|re-?established|resolved|succeeded|success(?:ful(?:ly)?)?|back\b|again\b
  |(?:is|are|now|link|status|state)[\s:=]+\"?(?:up|ready|online|healthy|ok)\b|became\ ready)""",
    re.VERBOSE | re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][\w/.:-]{3,}")
_LIKE = 2


def says_well(message: str) -> bool:
    """Whether the message says that something works, again or at all."""
    return _AGAIN.search(message[:300]) is not None


def has_recovered(signal: Signal) -> bool:
    """Whether a line shortly after the only occurrence says that the same thing is well again."""
    if signal.count > 1 or not signal.after:
        return False
    return _well_again(signal.event.message[:300], tuple(line.raw for line in signal.after))


# Windows are joined and parted, and each time the same signals are looked at anew.
@lru_cache(maxsize=4096)
def _well_again(message: str, after: tuple[bytes, ...]) -> bool:
    said = set(_WORD.findall(message.lower()))
    texts = (raw[:500].decode("utf-8", "replace") for raw in after)
    return any(_AGAIN.search(text) and len(said.intersection(_WORD.findall(text.lower()))) >= _LIKE for text in texts)
