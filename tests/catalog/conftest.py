"""A tiny model, its registry of wheels, and a shelf to fetch it to."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.catalog.store import Shelf
from edgeops.records import Model
from tests.catalog.tiny import Ears, Registry, make_model, write_wheels


@pytest.fixture
def content() -> bytes:
    return bytes(range(256)) * 40


@pytest.fixture
def model(content: bytes) -> Model:
    return make_model(content)


@pytest.fixture
def shelf(tmp_path: Path, model: Model) -> Shelf:
    return Shelf(tmp_path / "models", (model,))


@pytest.fixture
def registry(tmp_path: Path, content: bytes, model: Model) -> Registry:
    return Registry(write_wheels(tmp_path / "registry", content, model))


@pytest.fixture
def ears() -> Ears:
    return Ears()
