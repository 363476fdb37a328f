"""The command `update`: which base it takes, and how it ends when it cannot begin or is stopped."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from edgeops import paths
from edgeops.catalog.adapters import Rack
from edgeops.catalog.release import read_release
from edgeops.records import Purpose
from quantize import nightly, steps
from quantize.cli import run
from quantize.stages import UpdateError
from quantize.train import wish as training
from tests.catalog.releases import Maker
from tests.catalog.tiny import NOON, make_model

SMALL, LARGE = make_model(b"small", "small"), make_model(b"larger", "large")
TOY = make_model(b"toy", "toy", purpose=Purpose.TESTS)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with three models of the catalogue and one that it does not know."""
    monkeypatch.setattr(nightly, "read_catalog", lambda: (LARGE, SMALL, TOY))
    folder = paths.private(paths.find(os.environ).models_dir)
    for model, content in ((SMALL, b"small"), (LARGE, b"larger"), (TOY, b"toy")):
        (folder / model.file).write_bytes(content)
    return folder


def test_the_smallest_model_is_trained_unless_an_adapter_serves_with_another(models: Path, tmp_path: Path) -> None:
    assert nightly.base_here() == models / SMALL.file
    release = read_release(Maker(tmp_path / "maker", LARGE, "ops-large").release())
    Rack(models / "ops").promote(release, "key", NOON)
    assert nightly.base_here() == models / LARGE.file


def test_without_a_base_the_way_to_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "read_catalog", lambda: (SMALL,))
    with pytest.raises(UpdateError, match="edgeops model pull"):
        nightly.base_here()


def test_missing_packages_are_one_sentence_that_names_the_extra(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(training, "_NEEDED", ("torch_that_nobody_has",))
    assert run(["update"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(
        "edgeops: Training needs torch_that_nobody_has, which is not installed; install the extra"
    )
    assert not (models.parent / "update").exists()


def test_a_base_that_is_not_there_and_a_time_that_is_none_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(training, "_NEEDED", ())
    assert run(["update", "--base", "/nowhere/base.gguf"]) == 2
    assert run(["update", "--base", "/nowhere/base.gguf", "--budget", "soon"]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "/nowhere/base.gguf cannot be read" in first and "'soon' is no time" in second


def test_ctrl_c_says_that_the_same_command_goes_on(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    real = steps.real()
    monkeypatch.setattr(steps, "real", lambda: replace(real, demand=stopped))
    assert run(["update"]) == 130
    assert capsys.readouterr().err == "Stopped. What is finished is kept; the same command goes on from there.\n"


def test_free_disk_is_that_of_the_nearest_folder_there_is(tmp_path: Path) -> None:
    assert abs(nightly.disk_free(tmp_path / "a" / "b") - nightly.disk_free(tmp_path)) < 1 << 30
