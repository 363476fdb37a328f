"""How a command is completed while it is typed: its name, a theme, or the path that it takes."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable
from itertools import islice

from textual.suggester import Suggester

from edgeops.paths import from_home
from edgeops.text import show

_LOOKED_AT = 5_000
_SPECIAL = re.compile(r"([\s'\"\\])")
_LAST_WORD = re.compile(r"(?:[^\s\\]|\\.)*$")


class Completion(Suggester):
    """names are completed as they are; after one of `quoted` or `bare` comes a path: as a shell would read it, or to the end."""

    def __init__(self, names: Iterable[str], quoted: Iterable[str], bare: Iterable[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names, self._quoted = tuple(names), frozenset(quoted)
        self._paths = sorted({*quoted, *bare}, key=len, reverse=True)

    async def get_suggestion(self, value: str) -> str | None:
        """What the line may become."""
        command = next((one for one in self._paths if value.startswith(f"{one} ")), "")
        if command:
            rest, quoted = value.removeprefix(f"{command} "), command in self._quoted
            return await self._path(value, last_word(rest) if quoted else rest, quoted)
        return next((name for name in self._names if name.startswith(value) and name != value), None)

    async def _path(self, value: str, typed: str, quoted: bool) -> str | None:
        # A directory on a share that hangs must not hang the keys.
        rest = await asyncio.to_thread(rest_of_path, unquoted(typed) if quoted else typed)
        return value + (_SPECIAL.sub(r"\\\1", rest) if quoted else rest) if rest else None


def last_word(text: str) -> str:
    """What is being typed, blanks before which a backslash stands included."""
    found = _LAST_WORD.search(text)
    return found[0] if found else ""


def unquoted(word: str) -> str:
    """A word without the backslashes that a shell takes away."""
    return re.sub(r"\\(.)", r"\1", word)


def rest_of_path(typed: str) -> str:
    """What comes after it in the first path that begins so, a slash after a directory; "" for none.

    Hidden files only where a dot is typed; no name that could not be shown as it is.
    """
    folder, _, begun = typed.rpartition("/")
    if not typed or (typed.startswith("~") and not folder):
        return ""
    place = from_home(f"{folder}/" if folder or typed.startswith("/") else ".")
    try:
        with os.scandir(place) as entries:
            fitting = [one for one in islice(entries, _LOOKED_AT) if _fits(one.name, begun)]
            first = min(fitting, key=lambda one: one.name, default=None)
            return f"{first.name}{'/' if first.is_dir() else ''}".removeprefix(begun) if first else ""
    except OSError:
        return ""


def _fits(name: str, begun: str) -> bool:
    hidden = name.startswith(".") and not begun.startswith(".")
    return name.startswith(begun) and not hidden and show(name) == name
