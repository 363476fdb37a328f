"""Which engine answers: a server on the site's network if the settings name one, else the model that is active here."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from edgeops import hooks, paths
from edgeops.config import Config
from edgeops.engines.settings import EngineSettings
from edgeops.errors import CatalogError, EngineError
from edgeops.hooks import Engine

if TYPE_CHECKING:
    from edgeops.catalog.adapters import Adapter, Rack


def engine_settings(
    config: Config, where: paths.Paths, now: Callable[[], datetime], say: Callable[[str], None]
) -> EngineSettings:
    """What the engine is to be started with. Raises EngineError when there is no model."""
    if not config.remote.url:
        return _local(config, where, now, say)
    remote = config.remote
    return EngineSettings(name=remote.model, url=remote.url, key_env=remote.key_env, timeout_s=config.model.timeout_s)


def engine_of(settings: EngineSettings) -> Engine:
    """The engine for these settings; the files that it was given open are closed with it."""
    factories = dict(pair for group in hooks.registry().hook.edgeops_engines() for pair in group)
    engine: Engine = factories[settings.engine](settings)
    for descriptor in (settings.fd, settings.adapter_fd):
        if descriptor >= 0:
            weakref.finalize(engine, os.close, descriptor)
    return engine


def _local(
    config: Config, where: paths.Paths, now: Callable[[], datetime], say: Callable[[str], None]
) -> EngineSettings:
    # The catalogue hashes files and runs pip: only wanted when a model really is.
    from edgeops.catalog.adapters import Rack
    from edgeops.catalog.choose import memory_available_mb
    from edgeops.catalog.entries import read_catalog
    from edgeops.catalog.pairing import pair
    from edgeops.catalog.store import Shelf

    wanted, rack = config.model, Rack(where.adapters_dir)
    try:
        shelf = Shelf(where.models_dir, read_catalog())
        chosen = pair(shelf, rack.adapters(say), wanted.name, memory_available_mb, now, say)
        fd = shelf.opened(chosen.model) if chosen else -1
    except CatalogError as error:
        raise EngineError(str(error)) from error
    if chosen is None:
        raise EngineError(
            "No model is installed that fits into the free memory; "
            "'edgeops model list' shows what there is and 'edgeops model pull NAME' fetches one."
        )
    model, cache = chosen.model.model, paths.writable(where.prefix_dir)
    settings = EngineSettings(
        name=model.name,
        path=chosen.model.path,
        fd=fd,
        sha256=model.sha256,
        family=model.family,
        context=min(wanted.context, model.context),
        threads=wanted.threads,
        timeout_s=wanted.timeout_s,
        memory_mb=wanted.memory_mb,
        allow_unsandboxed=wanted.allow_unsandboxed,
        cache=str(cache) if cache else "",
        trust=model.trust,
    )
    return _worn(settings, rack, chosen.adapter, say) if chosen.adapter and wanted.adapter else settings


def _worn(settings: EngineSettings, rack: Rack, adapter: Adapter, say: Callable[[str], None]) -> EngineSettings:
    """The settings with the adapter; one that is damaged costs a sentence, and the plain model answers."""
    try:
        fd = rack.opened(adapter)
    except CatalogError as error:
        say(f"{error} The plain {settings.name} answers.")
        return settings
    return replace(
        settings, name=adapter.name, adapter=adapter.path, adapter_fd=fd, adapter_sha256=adapter.sha256, trust=adapter.trust
    )  # fmt: skip
