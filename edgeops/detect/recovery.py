"""Trouble that was over at once: the same program says, in the next lines, that what it named works again."""

from __future__ import annotations

import re

from edgeops.records import Signal

_AGAIN = re.compile(
    r"""\b(?:restored|recovered|recovers|resumed|reconnected|re-?established|resolved|succeeded|back\b|again\b
  |(?:is|are|now|link|status|state)[\s:=]+\"?(?:up|ready|online|healthy|ok)\b|became\ ready)""",
    re.VERBOSE | re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][\w/.:-]{3,}")
_LIKE = 2


def has_recovered(signal: Signal) -> bool:
    """Whether a line shortly after the only occurrence says that the same thing is well again."""
    if signal.count > 1 or not signal.after:
        return False
    said = set(_WORD.findall(signal.event.message[:300].lower()))
    return any(
        _AGAIN.search(line.text[:500]) and len(said.intersection(_WORD.findall(line.text[:500].lower()))) >= _LIKE
        for line in signal.after
    )
