"""The mean of adapters of one origin: exact, of one base and shape only, whole or not there, and what follows takes it as one adapter."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from quantize.cli import run
from quantize.gguf import safetensors
from quantize.gguf.adapter import convert
from quantize.gguf.requantising import QuantizeError
from tests.engines.tiny import write_gguf
from tests.quantize.test_gguf_adapter import write_folder, write_safetensors

if not all(importlib.util.find_spec(name) for name in ("torch", "transformers", "peft", "safetensors")):
    pytest.skip("torch and its friends are not installed (the extra `train`)", allow_module_level=True)

from quantize.gguf.averaging import average

WEIGHTS = "adapter_model.safetensors"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_gguf(tmp_path / "base.gguf")


def nudged(folder: Path, base: Path, by: float, **settings: object) -> Path:
    """The adapter of write_folder, its weights a little further, trained on data of its own."""
    write_folder(folder, base, **settings)
    arrays = safetensors.read(folder / WEIGHTS)
    write_safetensors(folder / WEIGHTS, {name: (one * np.float32(1 + by)) for name, one in arrays.items()})
    said = json.loads((folder / "made.json").read_text("utf-8"))
    (folder / "made.json").write_text(json.dumps(said | {"data": folder.name, "start": "it"}), "utf-8")
    (folder / "curve.json").write_text(f'["{folder.name}"]', "utf-8")
    return folder


def test_a_mean_lies_in_the_middle_and_says_of_what(base: Path, tmp_path: Path) -> None:
    folders = [nudged(tmp_path / name, base, by) for name, by in (("a", 0.0), ("b", 0.1), ("c", 0.2))]
    done = average(folders, tmp_path / "mean")
    first, mean = (safetensors.read(folder / WEIGHTS) for folder in (folders[0], tmp_path / "mean"))
    assert first.keys() == mean.keys()
    for name, array in first.items():
        assert np.allclose(mean[name], 1.1 * array, rtol=1e-5), name
    assert done.apart == pytest.approx((0.1, 0.2), rel=1e-4)
    made = json.loads((tmp_path / "mean" / "made.json").read_text("utf-8"))
    hashes = [hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest() for folder in folders]
    assert made["averaged"] == [
        {"weights": sha256, "data": name, "start": "it"} for sha256, name in zip(hashes, "abc", strict=True)
    ]
    assert (made["data"], list(done.averaged)) == ("c", hashes)
    assert (tmp_path / "mean" / "curve.json").read_text("utf-8") == '["c"]'
    assert convert(tmp_path / "mean", base, tmp_path / "mean.gguf").base_sha256 == made["base_sha256"]


def test_the_command_reports_what_it_wrote(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [nudged(tmp_path / "a", base, 0.0), nudged(tmp_path / "b", base, 0.1)]
    assert run(["average", str(tmp_path / "mean"), *map(str, folders)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sha256"] == hashlib.sha256((tmp_path / "mean" / WEIGHTS).read_bytes()).hexdigest()
    assert run(["average", str(tmp_path / "mean"), *map(str, folders)]) != 0
    assert "exists already" in capsys.readouterr().err


def test_what_has_no_mean_is_refused_and_leaves_nothing(base: Path, tmp_path: Path) -> None:
    out, first = tmp_path / "mean", nudged(tmp_path / "a", base, 0.0)
    other = write_gguf(tmp_path / "other.gguf")
    other.write_bytes(other.read_bytes() + b" ")
    far = nudged(tmp_path / "far", base, 0.0)
    random = np.random.default_rng(9)
    arrays = safetensors.read(far / WEIGHTS)
    write_safetensors(far / WEIGHTS, {k: random.normal(0, 0.2, a.shape).astype(np.float32) for k, a in arrays.items()})
    broken = nudged(tmp_path / "broken", base, 0.0)
    (broken / "made.json").write_text("{", "utf-8")
    for folders, message in (
        ([first], "takes two adapters or more"),
        ([first, tmp_path / "none"], "is no adapter folder"),
        ([first, broken], "is no adapter folder"),
        ([first, nudged(tmp_path / "o", other, 0.0)], "was trained on another base"),
        ([first, nudged(tmp_path / "r", base, 0.0, rank=2)], r"of another shape than .* \(r, lora_alpha\)"),
        ([first, nudged(tmp_path / "l", base, 0.0, layer=1)], "adapts other layers"),
        ([first, far], r"lies 1\d\d% away from .*neither was trained from the other"),
        ([nudged(tmp_path / "d", base, 0.0, use_dora=True), first], "is no plain LoRA adapter"),
    ):
        with pytest.raises(QuantizeError, match=message):
            average(folders, out)
    assert not out.exists()
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".new")]
