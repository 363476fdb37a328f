"""What training begins with: the same weights from a folder and from the GGUF adapter made of it; what fits no base is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from quantize.gguf.adapter import convert
from quantize.train import starting
from quantize.train.wish import TrainError, Wish
from tests.engines.tiny import SPECIAL, gguf, metadata, scalar, shapes, write_gguf
from tests.quantize.test_gguf_adapter import RANK, write_folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_gguf(tmp_path / "base.gguf")


@pytest.mark.parametrize(("kind", "near"), [("F16", 1e-3), ("Q8_0", 2e-2)])
def test_a_gguf_adapter_gives_back_what_it_was_made_of(base: Path, tmp_path: Path, kind: str, near: float) -> None:
    folder = write_folder(tmp_path / "a", base)
    convert(folder, base, tmp_path / "a.gguf", kind)
    one, other = starting.read(folder, base), starting.read(tmp_path / "a.gguf", base)
    assert one.weights.keys() == other.weights.keys()
    for name, array in one.weights.items():
        assert np.allclose(other.weights[name], array, atol=near), name
    wish = Wish(base, tmp_path, tmp_path, rank=64, blocks=7)
    assert one.fitted(wish) == other.fitted(wish) == replace(wish, rank=RANK, blocks=0)


def test_another_scale_is_carried_over(base: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", base, use_rslora=True)  # so B * A counts four times, not twice
    convert(folder, base, tmp_path / "a.gguf")
    name = "base_model.model.model.layers.0.mlp.up_proj.lora_{}.weight"
    one, other = starting.read(folder, base).weights, starting.read(tmp_path / "a.gguf", base).weights
    assert np.allclose(other[name.format("B")], 2 * one[name.format("B")], atol=2e-3)
    assert np.allclose(other[name.format("A")], one[name.format("A")], atol=1e-3)


def test_an_adapter_in_the_last_blocks_says_how_many(tmp_path: Path) -> None:
    keys = metadata()
    keys["llama.block_count"] = scalar("u32", 3)
    first = shapes(256 + len(SPECIAL) + 2)
    layers = {name.replace("blk.0.", f"blk.{n}."): shape for n in range(3) for name, shape in first.items()}
    base = tmp_path / "base.gguf"
    base.write_bytes(gguf(keys, tensors=layers))
    folder = write_folder(tmp_path / "a", base, layer=2)
    convert(folder, base, tmp_path / "a.gguf")
    assert starting.read(tmp_path / "a.gguf", base).blocks == 1
    convert(write_folder(tmp_path / "b", base, layer=1), base, tmp_path / "b.gguf")
    with pytest.raises(TrainError, match="not of one rank in the last blocks"):
        starting.read(tmp_path / "b.gguf", base)


def test_an_adapter_for_another_base_is_refused(base: Path, tmp_path: Path) -> None:
    convert(write_folder(tmp_path / "a", base), base, tmp_path / "a.gguf")
    base.write_bytes(base.read_bytes() + b" ")
    with pytest.raises(TrainError, match=r"cannot be begun with \(it was made for a base with the SHA-256"):
        starting.read(tmp_path / "a.gguf", base)
    with pytest.raises(
        TrainError, match="name a folder that training left or a GGUF adapter for this base, or begin without"
    ):
        starting.read(tmp_path / "a.gguf", tmp_path)


def test_a_file_that_was_cut_off_is_refused(base: Path, tmp_path: Path) -> None:
    convert(write_folder(tmp_path / "a", base), base, tmp_path / "a.gguf")
    whole = (tmp_path / "a.gguf").read_bytes()
    for size in (0, 3, 40, len(whole) // 2, len(whole) - 40):
        (tmp_path / "a.gguf").write_bytes(whole[:size])
        with pytest.raises(TrainError, match="cannot be begun with"):
            starting.read(tmp_path / "a.gguf", base)
