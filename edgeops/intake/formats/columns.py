"""The columns that log headers are made of: stamps, levels, `[threads]`, `loggers:`, separators.

Each is an expression that takes the column and the space after it; its first group is what the column holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

from edgeops.intake.severity import LEVELS
from edgeops.intake.timestamps import STAMP


class Column:
    """What a column holds and how it looks. ends: nothing of the header comes after it."""

    def __init__(self, holds: str, source: bytes, *, ends: bool = False) -> None:
        self.holds, self.ends = holds, ends
        self._source = source

    @cached_property
    def match(self) -> Callable[[bytes, int], re.Match[bytes] | None]:
        """The column at this place of a line, if it is there. Compiled on first use."""
        return re.compile(self._source).match


# Words that stand for a level in a field of their own, but begin too many messages to be looked for in a line.
_AMBIGUOUS = {"failed", "failure", "success", "audit"}
_WORDS = "|".join(sorted((word for word in LEVELS if len(word) > 2 and word not in _AMBIGUOUS), key=len, reverse=True))
_ANY_CASE = b"(?i:" + _WORDS.encode() + rb")\d?(?![\w=/.])"
_CAPITALS = b"(?:" + _WORDS.upper().encode() + rb")\d?(?![\w=/.])"
_BEFORE_NAME = rb"(?:" + _WORDS.upper().encode() + rb")(?=/[\w-]{1,60}\])"
_LETTER = rb"[VDIWEF](?![\w/.\-=])"
_CODED = rb"(?:Db|In|No|Wa|Er|Cr|Al|Em)(?=\(\d{1,3}\))"
_AFTER_LEVEL = rb"(?:\(\d{1,3}\))?(?:\[\+\])?\s*[\])>*]{0,2}(?: ?[,:|] ?)?(?:\s+|$|(?=[\[(\w/]))"
_BRACKETED = rb"\[(?:[^\[\]]|\[[^\[\]]{0,80}\]){0,160}\]"
_GROUP = rb"(?:" + _BRACKETED + rb"|\([^()]{1,120}\)|\{[^{}]{1,120}\}|<[^<>]{1,80}>)"
_NAME = rb"\d{0,4}[A-Za-z_/#$*~][\w.$/@*#+<>~-]{0,120}"
# The stamp is atomic: a line must not match by leaving the end of its stamp over.
_STAMP = rb"[\[(<\"'|#*]{0,5} ?(?<![\w.])((?>" + STAMP + rb"))(?!\w)"

TIME = Column("time", _STAMP + rb"[\])>\"']?(?:\|| ?[,:;|](?=\s)|\))?(?:\s+|$|(?=[\[({<])|(?<=\|))")
TIME_INSIDE = Column("time", _STAMP + rb"[ ,:]+(?=[^\[\]]{0,160}\])")
"""A stamp that shares its brackets with the columns after it, as in `[<stamp> ERROR main] message`."""
LEVEL = Column(
    "level",
    rb"[\[(<|*]{0,2} *(" + _ANY_CASE + b"|" + _BEFORE_NAME + b"|" + _LETTER + b"|" + _CODED + b")" + _AFTER_LEVEL,
)
LEVEL_FIRST = Column(
    "level",
    rb"[\[(<|*]{0,2} *("
    + _CAPITALS
    + b"|"
    + _ANY_CASE
    + rb"(?= ?[\])>:|])|"
    + _LETTER
    + b"|"
    + _CODED
    + b")"
    + _AFTER_LEVEL,
)
"""A level that nothing else tells from the first word of a message: in capitals, or marked off."""
GROUP = Column("group", rb"(" + _GROUP + rb")(?: ?[:|-](?=\s))?(?:\s+|$|(?=[\[(<]))")
INSIDE = Column("group", rb"/?([^\s\[\]]{1,100}(?: [^\[\]]{0,100})?)\]:?\s+")
"""The rest of a header whose brackets were opened before its stamp or level."""
ANY = Column("column", rb"(" + _GROUP + rb"|\S{1,120})\s+")
PIPED = Column("column", rb"\s*([^|\s][^|]{0,80}?|)\s*\|\s*")
UNIT = Column(
    "unit",
    rb"(" + _NAME + rb")(?:\[(\d+)[^\]]{0,40}\]|\[[A-Z]{4,8}\]|\([^()\s]{0,60}\)(?:\[(\d+)\])?|:\d+\]?)?\s*:(?:\s+|$)",
    ends=True,
)
TAGGED = Column("unit", rb"(" + _NAME + rb"(?: [^\s\[\]()]{1,40}){0,2}?)(?:\[(\d+)\])? +[-|] +", ends=True)
DOTTED = Column("unit", rb"([A-Za-z_$][\w$]*(?:\.[\w$<>*-]+){1,12}(?::\d+)?)\s+(?![=:])")
ALIGNED = Column("unit", rb"(" + _NAME + rb")(?::\d{1,6})?(?:  +|\t+)")
NUMBER = Column("pid", rb"(\d{1,10}|0x[0-9a-f]{1,16})\s+")
DASH = Column("dash", rb"(-{1,3}|\||::|[*#:])\s+")

LEVEL_AHEAD = Column("level", rb".{0,60}?(?<![\w/.=-])(" + _CAPITALS + rb")(?=[\s\]:|,)])")
"""A level in capitals a little further on, in a line whose layout has none."""
