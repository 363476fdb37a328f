"""Depth pruning: the block that does nothing goes, the model without it says the same, and it can be trained on."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest

from quantize.train.wish import TrainError, Wish

if any(importlib.util.find_spec(name) is None for name in ("torch", "transformers", "peft", "matplotlib")):
    pytest.skip("torch and its friends are not installed (the extra `train`)", allow_module_level=True)

import torch
from transformers import AutoModelForCausalLM

from quantize.train import pruning, training
from tests.quantize.test_training import wish as wish_of_training
from tests.quantize.tiny_base import write_base

wish = wish_of_training
"""Its dataset."""
IDLE = 2


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A model of five blocks, of which one only passes on what it gets."""
    folder = write_base(tmp_path / "deep", layers=5)
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        model.model.layers[IDLE].self_attn.o_proj.weight.zero_()
        model.model.layers[IDLE].mlp.down_proj.weight.zero_()
    model.save_pretrained(folder)
    return folder


def test_the_block_that_does_nothing_goes_and_nothing_else_changes(deep: Path, wish: Wish, tmp_path: Path) -> None:
    done = pruning.prune(deep, wish.data, tmp_path / "out", 1)
    assert done.dropped == (IDLE,) and done.influence[IDLE] == 0.0
    assert all(one > 0 for number, one in enumerate(done.influence) if number != IDLE)
    assert done.loss_after == pytest.approx(done.loss_before, abs=1e-4)
    assert done.parameters_after < done.parameters_before
    config = json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))
    assert config["num_hidden_layers"] == 4


def test_what_remains_can_be_healed(deep: Path, wish: Wish, tmp_path: Path) -> None:
    done = pruning.prune(deep, wish.data, tmp_path / "out", 2)
    healed = training.train(replace(wish, base=tmp_path / "out", epochs=2))
    assert healed.base_sha256 == done.sha256 and healed.loss_best < healed.loss_before


def test_the_first_and_the_last_block_stay() -> None:
    assert pruning.least([0.0, 0.3, 0.1, 0.2, 0.0], 2) == (2, 3)


@pytest.mark.parametrize("count", [0, 4])
def test_more_than_there_is_to_leave_out_is_refused(count: int, deep: Path, wish: Wish, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"has 5 blocks, of which 1 to 3 can be left out"):
        pruning.prune(deep, wish.data, tmp_path / "out", count)
    assert not (tmp_path / "out").exists()


def test_what_stands_there_is_not_written_over(deep: Path, wish: Wish, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(TrainError, match=r"exists already"):
        pruning.prune(deep, wish.data, tmp_path / "out", 1)
