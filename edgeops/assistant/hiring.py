"""Which engine answers: a server on the site's network if the settings name one, else the model that is active here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from edgeops import paths
from edgeops.config import Config
from edgeops.engines.settings import EngineSettings
from edgeops.errors import CatalogError, EngineError


def engine_settings(
    config: Config, where: paths.Paths, now: Callable[[], datetime], say: Callable[[str], None]
) -> EngineSettings:
    """What the engine is to be started with. Raises EngineError when there is no model."""
    if not config.remote.url:
        return _local(config, where, now, say)
    remote = config.remote
    return EngineSettings(name=remote.model, url=remote.url, key_env=remote.key_env, timeout_s=config.model.timeout_s)


def _local(
    config: Config, where: paths.Paths, now: Callable[[], datetime], say: Callable[[str], None]
) -> EngineSettings:
    # The catalogue hashes files and runs pip: only wanted when a model really is.
    from edgeops.catalog.choose import active, memory_available_mb
    from edgeops.catalog.entries import read_catalog
    from edgeops.catalog.store import Shelf

    wanted = config.model
    try:
        shelf = Shelf(where.models_dir, read_catalog())
        chosen = active(shelf, wanted.name, memory_available_mb, now, say)
        fd = shelf.opened(chosen) if chosen else -1
    except CatalogError as error:
        raise EngineError(str(error)) from error
    if chosen is None:
        raise EngineError(
            "No model is installed that fits into the free memory; "
            "'edgeops model list' shows what there is and 'edgeops model pull NAME' fetches one."
        )
    cache = paths.writable(where.prefix_dir)
    return EngineSettings(
        name=chosen.model.name,
        path=chosen.path,
        fd=fd,
        sha256=chosen.model.sha256,
        family=chosen.model.family,
        context=min(wanted.context, chosen.model.context),
        threads=wanted.threads,
        timeout_s=wanted.timeout_s,
        memory_mb=wanted.memory_mb,
        allow_unsandboxed=wanted.allow_unsandboxed,
        cache=str(cache) if cache else "",
    )
