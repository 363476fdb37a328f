"""Our directories and files: whose they are, who else may read them; and the settings."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from edgeops import config
from edgeops.errors import ConfigError
from edgeops.health.check import Check, told
from edgeops.paths import NOWHERE, Paths, unsafe

MOST = 20_000
"""So many files are looked at."""
NAMED = 5
_ELSEWHERE = "Set EDGEOPS_HOME to a directory of your own."
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PUBLIC = frozenset(("models", "models.d"))
"""What is in these is no secret: a model may be shared by a team. Nobody else may write there all the same."""


def settings(paths: Paths, environ: Mapping[str, str]) -> tuple[Check, config.Config]:
    """The settings in force; the defaults where they are wrong."""
    try:
        found = config.load(paths, environ)
    except ConfigError as error:
        return told("config", str(error)), config.Config()
    where = paths.config_file if paths.config_file.exists() else "no file, which means the defaults"
    return Check("config", True, f"{where}"), found


def permissions(paths: Paths) -> Check:
    """Whether all of it is ours alone: directories 0700, files 0600."""
    if NOWHERE in paths.data.parents:
        return Check("permissions", False, "HOME is not set: nothing is kept.", _ELSEWHERE)
    tops = list(dict.fromkeys((paths.config, paths.data, paths.state, paths.cache)))
    there = [top for top in tops if top.is_dir()]
    for top in there:
        if refusal := unsafe(top):
            return told("permissions", refusal)
    for top in tops:
        nearest = next(place for place in (top, *top.parents) if place.exists())
        if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            return Check("permissions", False, f"{nearest} cannot be written to: nothing is kept.", _ELSEWHERE)
    open_ = [path for top in there for path in _open_to_others(top)]
    if open_:
        more = f" and {len(open_) - NAMED} more" if len(open_) > NAMED else ""
        shown = ", ".join(map(str, open_[:NAMED]))
        return Check("permissions", False, f"Others may look into {shown}{more}.", _closing(open_))
    if not there:
        return Check("permissions", True, f"nothing of ours is here yet; it will be in {paths.data}")
    return Check("permissions", True, f"{', '.join(map(str, there))}: yours alone")


def _open_to_others(top: Path) -> Iterator[Path]:
    """What others may read or write below a directory of ours; links are not followed."""
    if top.stat().st_mode & _OTHERS:
        yield top
    seen = 0
    for root, below, names in os.walk(top):
        for name in (*below, *names):
            seen += 1
            path = Path(root, name)
            about = path.lstat()
            shared = _PUBLIC & set(path.relative_to(top).parts)
            wrong = about.st_mode & (stat.S_IWGRP | stat.S_IWOTH if shared else _OTHERS)
            if wrong and not stat.S_ISLNK(about.st_mode) and about.st_uid == os.geteuid():
                yield path
        if seen > MOST:
            return


def _closing(paths: list[Path]) -> str:
    return "chmod go= " + " ".join(shlex.quote(str(path)) for path in paths)
