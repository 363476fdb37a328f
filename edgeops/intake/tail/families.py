"""Which files are one log, rotated: told by their names alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import PurePath

_PACKED = r"(?:\.(?:gz|bz2|xz|zst|lz4|Z))"
_DATE = r"(?:\d{4}-?\d\d-?\d\d(?:[-_T.]?\d{1,6}){0,2}|\d{10})"
_TURN = rf"(?:\.\d{{1,3}}|[.-]{_DATE}(?:[.-]\d{{1,3}})?|[.-]old)"
# app.log.1, app.log-20240501.gz, app.log.old
_BEHIND = re.compile(rf"^(.+?)({_TURN}{_PACKED}?|{_PACKED})$")
# app.1.log, app-2024-05-01.log.gz
_AMID = re.compile(rf"^(.*?[A-Za-z].*?)({_TURN})(?!{_PACKED}$)(\.[A-Za-z][A-Za-z0-9]{{0,5}}){_PACKED}?$")
_ADDRESS = re.compile(r"(?:^|\D)\d{1,3}\.\d{1,3}\.\d{1,3}$")


# Asked of every name at every scan.
@lru_cache(1 << 17)
def family_of(path: str) -> str:
    """The path that a log and its rotated, packed predecessors share: that of the file in use."""
    directory, slash, name = path.rpartition("/")
    for form in (_AMID, _BEHIND):
        found = form.match(name)
        # 10.0.0.1.log and web-10.0.0.1 are logs of their own.
        if found and not _ADDRESS.search(found[1]):
            name = found[1] + (found[3] if form is _AMID else "")
            break
    return directory + slash + name


def is_rotated(path: str) -> bool:
    """Whether the name is that of a predecessor, not of a file in use."""
    return family_of(path) != path


def archives(paths: Collection[str]) -> set[str]:
    """Which members of one family are no longer written: all but the file in use, or the youngest where none has its name."""
    plain = [path for path in paths if not re.search(_PACKED + r"\Z", path)]
    if any(not is_rotated(path) for path in plain):
        return {path for path in paths if is_rotated(path)}
    return set(paths) - set(by_age(plain)[-1:])


def by_age(paths: Iterable[str]) -> list[str]:
    """Members of one family, the oldest first, the file in use last."""
    return sorted(paths, key=_age)


def _age(path: str) -> tuple[int, int, str]:
    """`.3` is older than `.2`, but `-20240502` is younger than `-20240501`."""
    if not is_rotated(path):
        return 2, 0, path
    digits = re.sub(r"\D", "", PurePath(path).name.removeprefix(PurePath(family_of(path)).stem))
    if len(digits) >= 8:
        return 1, int(digits.ljust(20, "0")[:20]), path
    return 0, -int(digits or 0), path
