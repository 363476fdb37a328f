"""A server that the settings name is asked; else the model on the shelf, and without one the way to get it is said."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops import config, paths
from edgeops.assistant.hiring import engine_settings
from edgeops.catalog import entries
from edgeops.catalog.adapters import Rack
from edgeops.catalog.release import read_release
from edgeops.engines.settings import EngineSettings
from edgeops.errors import EngineError
from edgeops.records import Trust
from tests.catalog.releases import Maker
from tests.catalog.tiny import NOON, make_model


def hired(folder: Path, **environ: str) -> EngineSettings:
    where = paths.find({"EDGEOPS_HOME": str(folder)})
    return engine_settings(config.load(where, environ), where, lambda: datetime(2026, 3, 1, tzinfo=UTC), print)


def test_a_server_of_the_site_goes_before_a_model(tmp_path: Path) -> None:
    settings = hired(tmp_path, EDGEOPS_REMOTE__URL="http://10.0.0.9/v1", EDGEOPS_REMOTE__MODEL="big")
    assert (settings.url, settings.name, settings.fd) == ("http://10.0.0.9/v1", "big", -1)


def test_without_a_model_the_way_to_one_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="edgeops model pull"):
        hired(tmp_path)


def test_a_model_that_the_settings_name_and_nobody_has_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EngineError):
        hired(tmp_path, EDGEOPS_MODEL__NAME="nothing-of-that-name")


# ------------------------------------------------------------------ with an adapter

TINY = make_model(b"GGUF tiny", "tiny", memory_mb=1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a model and an adapter that was promoted for it."""
    monkeypatch.setattr(entries, "read_catalog", lambda: (TINY,))
    folder = tmp_path / "home"
    where = paths.find({"EDGEOPS_HOME": str(folder)})
    paths.private(where.models_dir)
    (where.models_dir / TINY.file).write_bytes(b"GGUF tiny")
    release = read_release(Maker(tmp_path / "maker", TINY).release())
    Rack(where.adapters_dir, tmp_path).promote(release, "key", NOON)
    return folder


def let_go(settings: EngineSettings) -> None:
    """Close what an engine would have been given."""
    for descriptor in (settings.fd, settings.adapter_fd):
        if descriptor >= 0:
            os.close(descriptor)


def adapter_file(home: Path) -> Path:
    return next(home.glob("models/ops/ops-tiny/*/adapter.gguf"))


def test_a_model_is_hired_with_its_adapter_and_signs_with_its_name(home: Path) -> None:
    settings = hired(home)
    assert (settings.name, settings.sha256, settings.adapter) == ("ops-tiny", TINY.sha256, str(adapter_file(home)))
    assert os.pread(settings.adapter_fd, 99, 0) == b"GGUF adapter 1"
    assert settings.weights == f"{TINY.sha256}+{settings.adapter_sha256}"
    assert settings.trust == Trust(0.8, 0.55)
    let_go(settings)


@pytest.mark.parametrize("variable", [{"EDGEOPS_MODEL__ADAPTER": "false"}, {"EDGEOPS_MODEL__NAME": "tiny"}])
def test_without_the_adapter_when_it_is_asked_so(home: Path, variable: dict[str, str]) -> None:
    settings = hired(home, **variable)
    assert (settings.name, settings.adapter, settings.adapter_fd, settings.trust) == ("tiny", "", -1, Trust())
    let_go(settings)


def test_a_damaged_adapter_costs_a_sentence_and_the_plain_model_answers(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    adapter_file(home).write_bytes(b"EVIL")
    settings = hired(home)
    assert (settings.name, settings.adapter) == ("tiny", "")
    said = capsys.readouterr().out
    assert "adapter ops-tiny is damaged" in said and "The plain tiny answers." in said
    let_go(settings)
