"""Lines that only report that something else went wrong: they are never the first suspect."""

from __future__ import annotations

import re
from functools import lru_cache

_LONGEST = 2000
_CONSEQUENCE = re.compile(
    r"""
    failed\ with\ result | main\ process\ exited | control\ process\ exited | process\ exited,\ code=
  | entered\ failed\ state | unit\ [\w@.\\:-]{1,80}\ (?:has\ )?failed\b | failed\ to\ start\ | failed\ to\ mount\ | dependency\ failed\ for
  | job\ .{1,80}\ failed\ with\ result | triggering\ onfailure | scheduled\ restart\ job | start\ request\ repeated\ too\ quickly
  | exit(?:ed|ing)?\ (?:with\ )?(?:status|code|value)\ \d | returned\ (?:a\ )?non-?zero | (?:exit|return)\ (?:status|code)[:=\ ]+[1-9]
  | \b(?:make|gmake|ninja|cmake)(?:\[\d+\])?:\ \*\*\* | subcommand\ failed | build\ stopped | command\ failed:
  | ^.{0,120}:\s*$ | ^failed:\ (?:\[code=\d+\]\ )?\S+\s*$
  | (?:giving|gave|given)\ up\b | (?:re-?)?try(?:ing)?\ (?:again\ )?in\ \d | will\ (?:be\ )?retr(?:y|ied) | \battempt\ \d+\ (?:of|/)\ ?\d
  | retries\ (?:exhausted|exceeded) | max(?:imum)?\ (?:number\ of\ )?(?:retries|attempts)\b
  | see\ .{1,60}\ for\ details | please\ (?:see|refer\ to|check)\b | errors?\ during\ | aborting\ due\ to | stopped\ with\ status
  | \b502\b | \b503\b | \b504\b | bad\ gateway | gateway\ time-?out | service\ unavailable
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_consequence(message: str) -> bool:
    """Whether the message says only that something failed, not why."""
    return _says_so(message[:_LONGEST])


# The same messages are asked about many times while they are grouped.
@lru_cache(maxsize=4096)
def _says_so(message: str) -> bool:
    return _CONSEQUENCE.search(message) is not None
