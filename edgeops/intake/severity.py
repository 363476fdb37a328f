"""How bad a line is: from the word or number of its level field, or guessed from its text when it has none.

Digits never decide: lines of one shape differ only in digits, and must get the same severity. So `3 errors`
and `0 errors` are both summaries that say nothing.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from edgeops.intake.cues import CUES, HARMLESS, ROUTINE, UNDERSTATED
from edgeops.records import Severity

_WORDS: dict[Severity, str] = {
    Severity.DEBUG: "trace trc verbose verb v debug ddebug subdebug debug1 debug2 debug3 debug4 debug5 dbg db d fine finer finest",
    Severity.INFO: "info information informational inf i log success audit",
    Severity.NOTICE: "notice note n",
    Severity.WARNING: "warning warn wrn wa w",
    Severity.ERROR: "error err er e severe failure failed",
    Severity.CRITICAL: "critical crit cri c alert",
    Severity.FATAL: "fatal ftl f emergency emerg panic dpanic",
}
LEVELS = {word: level for level, words in _WORDS.items() for word in words.split()}
"""Every level word in lower case."""

_PRIORITIES = (
    Severity.FATAL,
    Severity.CRITICAL,
    Severity.CRITICAL,
    Severity.ERROR,
    Severity.WARNING,
    Severity.NOTICE,
    Severity.INFO,
    Severity.DEBUG,
)
_TEXT_LIMIT = 800
_MOST_KEPT = 1024
_DIGITS = str.maketrans(dict.fromkeys("123456789", "0"))
# A level that the message itself begins with: `level=info`, `[warn]`, `ERROR:`, `DEBUG `, `warning: `.
_STATED = re.compile(
    r"\W{0,40}(?:[\w.-]{1,30}: )?(?:level=\"?([A-Za-z]{3,9})\b|([A-Za-z]{3,9})(?: ?[:\]|](?!\w)|(?<=[A-Z]{4}) ))"
)
_NOT_STATED = {"failed", "failure", "success", "audit", "log", "fine", "verbose"}
_compiled = cache(re.compile)


def severity_of(word: str) -> Severity:
    """The severity that a level word means ("WARN", "err", "E", "[Error]"); NONE for a word that is no level."""
    return LEVELS.get(word.strip(" []<>()|:,*").lower(), Severity.NONE)


def of_priority(priority: int) -> Severity:
    """The severity of a syslog priority (facility * 8 + severity) or of a bare syslog severity 0..7."""
    return _PRIORITIES[priority & 7]


def guess(message: str) -> Severity:
    """The severity that a message without a level suggests; NONE when nothing in it is alarming."""
    stated = _stated(message)
    if stated >= Severity.WARNING:
        return stated
    text = message[:_TEXT_LIMIT].lower()
    if stated != Severity.NONE and not any(needle in text for needle in UNDERSTATED):
        return stated
    return _sounding(text.translate(_DIGITS))


@lru_cache(_MOST_KEPT)
def _sounding(text: str) -> Severity:
    """The severity that a text in lower case suggests, whatever its digits are: they are all 0."""
    cues = [cue for cue in CUES if cue[0] in text]
    if not cues:
        return Severity.NONE
    for needle, pattern in HARMLESS:
        if needle in text:
            text = _compiled(pattern).sub(" ", text)
    found = max((severity for _, severity, pattern in cues if _compiled(pattern).search(text)), default=Severity.NONE)
    if found == Severity.ERROR and any(needle in text for needle in ROUTINE):
        return Severity.WARNING
    return found


def _stated(message: str) -> Severity:
    """The level that a message itself begins with."""
    found = _STATED.match(message)
    if found is None:
        return Severity.NONE
    word = (found[1] or found[2]).lower()
    return Severity.NONE if word in _NOT_STATED else LEVELS.get(word, Severity.NONE)
