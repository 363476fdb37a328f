"""All checks in their order. None needs the network, none changes anything (but what verifying a model notes)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from edgeops import hooks, paths
from edgeops.catalog.adapters import Rack
from edgeops.catalog.choose import memory_available_mb
from edgeops.catalog.entries import read_catalog
from edgeops.catalog.store import Shelf
from edgeops.health import machine, places, reasoning
from edgeops.health.check import Check, told


def examine(environ: Mapping[str, str], now: datetime, registry: Any, deep: bool = False) -> Iterator[Check]:
    """Each finding as soon as it is there. deep takes longer: every page of the store, every byte of the models."""
    where = paths.find(environ)
    config, settings = places.settings(where, environ)
    yield machine.python(sys.version_info[:3])
    yield places.permissions(where)
    yield config
    written = None
    try:
        # Here, so that an installation without its database is told of instead of failing.
        from edgeops.health import keeping
    except ImportError:
        yield machine.sqlite((), ())
    else:
        yield machine.sqlite(keeping.linked(), keeping.SAFE_SINCE)
        yield keeping.store(where.store_file, deep)
        yield keeping.search(where.store_file)
        written = keeping.latest(where.store_file)
    yield reasoning.embedder(hooks.embedder(registry))
    shelf = Shelf(where.models_dir, read_catalog())
    if settings.remote.url:
        yield Check("model", True, f"the server {settings.remote.url} is asked, as the settings say; it was not tried")
    else:
        flaws: list[str] = []
        adapters = Rack(where.adapters_dir).adapters(flaws.append)
        yield reasoning.model(shelf, settings.model.name, memory_available_mb(), adapters)
        yield from (told("adapter", flaw) for flaw in flaws)
        yield reasoning.runtime()
    yield reasoning.sandbox(allowed=settings.model.allow_unsandboxed)
    if deep:
        yield reasoning.hashes(shelf, now)
    yield machine.space(*machine.free_space(where.data))
    yield machine.clock(now, written)
    yield machine.inotify(*machine.limits())
    yield machine.open_files(machine.most_open())
    yield machine.journal(*machine.journals())
