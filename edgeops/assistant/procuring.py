"""Where models may have been carried to, and what a model file says of itself: what both front ends bring models by."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from edgeops.catalog.importing import Facts
from edgeops.catalog.local import CARRIED
from edgeops.engines.probe import probe
from edgeops.paths import Paths
from edgeops.records import Source


def carried(environ: Mapping[str, str], places: Paths, folders: Sequence[str]) -> list[Source]:
    """Folders that models may have been carried in: those of the environment, of the settings, and our own."""
    named = [place for place in environ.get("EDGEOPS_MODELS", "").split(os.pathsep) if place]
    own = places.data / CARRIED
    return [Source("path", place) for place in (*named, *folders, *([str(own)] if own.is_dir() else []))]


def facts(path: Path) -> Facts:
    """What the header of a model file says, read in a process of its own. Raises EngineError."""
    header = probe(path)
    return Facts(header.family, header.licence, header.context)
