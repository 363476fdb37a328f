"""A log with something wrong in it, and a model small enough to be killed often."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.cli import main
from tests.engines import tiny
from tests.torture.calls import OOM


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_text(OOM, "utf-8")
    return path


@pytest.fixture
def tiny_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> str:
    """A model of a few kilobytes that speaks noise, imported and chosen: the whole way through the child, in a second."""
    monkeypatch.setattr(tiny, "CONTEXT", 16384)
    monkeypatch.setenv("EDGEOPS_MODEL__CONTEXT", "12000")
    monkeypatch.setenv("EDGEOPS_MODEL__NAME", "tiny")
    path = tiny.write_gguf(tmp_path / "tiny.gguf")
    assert main.run(["model", "import", str(path)]) == 0
    capfd.readouterr()
    return "tiny"
