"""A server that the settings name is asked; else the model on the shelf, and without one the way to get it is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops import config, paths
from edgeops.assistant.hiring import engine_settings
from edgeops.errors import EngineError


def hired(folder: Path, **environ: str) -> object:
    where = paths.find({"EDGEOPS_HOME": str(folder)})
    return engine_settings(config.load(where, environ), where, lambda: datetime(2026, 3, 1, tzinfo=UTC), print)


def test_a_server_of_the_site_goes_before_a_model(tmp_path: Path) -> None:
    settings = hired(tmp_path, EDGEOPS_REMOTE__URL="http://10.0.0.9/v1", EDGEOPS_REMOTE__MODEL="big")
    assert (settings.url, settings.name, settings.fd) == ("http://10.0.0.9/v1", "big", -1)  # type: ignore[attr-defined]


def test_without_a_model_the_way_to_one_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="edgeops model pull"):
        hired(tmp_path)


def test_a_model_that_the_settings_name_and_nobody_has_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EngineError):
        hired(tmp_path, EDGEOPS_MODEL__NAME="nothing-of-that-name")
