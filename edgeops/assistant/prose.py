"""Tidies what a small model writes: it repeats itself, and it is cut off when it may write no more."""

from __future__ import annotations

import re

REPEATED_WORDS = 7
MARK = " [...]"
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+")
_REF = re.compile(r"\[[LKH]\d+\]")
_NO_FAULT = re.compile(r" ?\[K[0?]\]")
_CLAUSE_END = re.compile(r"\][.。]?|[.。;；,，]")


def tidy(text: str, ended: str) -> str:
    """The text up to where it begins to repeat itself; a text that was cut off ends with its last whole clause and a mark.

    The marks for `none of these` and `these lines do not tell` name nothing, and are left out.
    """
    kept = _NO_FAULT.sub("", text).strip()
    again = _repetition(kept)
    if again is not None:
        kept = kept[:again]
    if again is None and ended != "length":
        return kept
    ends = [found.end() for found in _CLAUSE_END.finditer(kept)]
    whole = kept[: ends[-1]] if ends and ends[-1] > len(kept) // 3 else kept
    return whole.rstrip(" ,，;；、") + (MARK if ended == "length" and again is None else "")


def _repetition(text: str) -> int | None:
    """Where a run of words that stood before begins again (refs do not count as words)."""
    words = list(_WORD.finditer(_REF.sub(lambda m: " " * len(m.group()), text)))
    seen: set[tuple[str, ...]] = set()
    for i in range(len(words) - REPEATED_WORDS + 1):
        run = tuple(w.group().lower() for w in words[i : i + REPEATED_WORDS])
        if run in seen:
            return words[i].start()
        seen.add(run)
    return None
