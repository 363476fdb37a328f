"""The worlds of one seed, made once for all tests of this room: it takes a second."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from quantize.data.families import Split
from quantize.data.making import worlds
from quantize.data.scenes import World


@cache
def world(split: Split) -> World:
    return _all()[split]


@cache
def _all() -> dict[Split, World]:
    return worlds(1, Path(tempfile.mkdtemp(prefix="edgeops-test-scenes-")))
