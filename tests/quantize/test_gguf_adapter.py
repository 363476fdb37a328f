"""A peft adapter becomes a GGUF adapter for one base; what a GGUF adapter cannot say, and another base, are refused in a sentence."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeops.engines.weights import folding, layout, planning
from edgeops.engines.weights.layout import F16, Q8_0
from edgeops.engines.weights.orders import Judge, Judged
from edgeops.engines.weights.workshop import Workshop
from quantize.cli import run
from quantize.gguf import safetensors
from quantize.gguf.adapter import SOURCE_KEY, AdapterError, Converted, convert
from tests.engines.tiny import SIZE, SPECIAL, WIDE, gguf, metadata, scalar, shapes, string, write_gguf

RANK = 4
MODULES = {
    "self_attn.q_proj": (SIZE, SIZE), "self_attn.v_proj": (SIZE, SIZE),
    "mlp.up_proj": (SIZE, WIDE), "mlp.down_proj": (WIDE, SIZE),
}  # fmt: skip
TORCH = all(importlib.util.find_spec(name) for name in ("torch", "transformers", "peft"))


def write_safetensors(path: Path, arrays: dict[str, Any]) -> None:
    header, data = {}, b""
    for name, array in arrays.items():
        raw = array.tobytes()
        kind = {"float32": "F32", "float16": "F16", "uint16": "BF16"}[array.dtype.name]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_folder(folder: Path, base: Path, rank: int = RANK, layer: int = 0, **settings: object) -> Path:
    """A folder as training writes it, with random numbers."""
    folder.mkdir()
    said = {"peft_type": "LORA", "r": rank, "lora_alpha": 2 * rank, "use_dora": False, "bias": "none", **settings}
    (folder / "adapter_config.json").write_text(json.dumps(said), "utf-8")
    made = {"base_sha256": hashlib.sha256(base.read_bytes()).hexdigest()}
    (folder / "made.json").write_text(json.dumps(made), "utf-8")
    random, arrays = np.random.default_rng(3), {}
    for module, (given, gives) in MODULES.items():
        name = f"base_model.model.model.layers.{layer}.{module}.lora_"
        arrays[f"{name}A.weight"] = random.normal(0, 0.2, (rank, given)).astype(np.float32)
        arrays[f"{name}B.weight"] = random.normal(0, 0.2, (gives, rank)).astype(np.float32)
    write_safetensors(folder / "adapter_model.safetensors", arrays)
    return folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_gguf(tmp_path / "base.gguf")


def test_the_adapter_is_written_for_its_base(base: Path, tmp_path: Path) -> None:
    done = convert(write_folder(tmp_path / "a", base), base, tmp_path / "a.gguf")
    found = layout.read(tmp_path / "a.gguf")
    assert (found.text("general.type"), found.text("adapter.type")) == ("adapter", "lora")
    assert found.get("adapter.lora.alpha") == 8.0
    assert found.text(planning.BASE_KEY) == done.base_sha256 == hashlib.sha256(base.read_bytes()).hexdigest()
    assert found.tensors["blk.0.ffn_down.weight.lora_a"].shape == (WIDE, RANK)
    assert found.tensors["blk.0.ffn_down.weight.lora_b"].shape == (RANK, SIZE)
    assert (done.tensors, done.type, done.rank) == (8, "F16", RANK)
    assert 0 < done.loss < 1e-3
    assert done.sha256 == hashlib.sha256((tmp_path / "a.gguf").read_bytes()).hexdigest()


def test_queries_of_a_llama_are_turned_as_its_base_is(base: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", base)
    convert(folder, base, tmp_path / "a.gguf")
    arrays = safetensors.read(folder / "adapter_model.safetensors")
    found = layout.read(tmp_path / "a.gguf")
    data = (tmp_path / "a.gguf").read_bytes()

    def written(name: str) -> Any:
        tensor = found.tensors[name]
        return np.frombuffer(data[tensor.at :][: tensor.bytes], np.float16).reshape(tensor.shape[::-1])

    queries = arrays["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"]
    half = SIZE // 2 // 2  # of one of two heads
    assert np.allclose(written("blk.0.attn_q.weight.lora_b")[:4], queries[[0, half, 1, half + 1]], atol=1e-3)
    values = arrays["base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight"]
    assert np.allclose(written("blk.0.attn_v.weight.lora_b"), values, atol=1e-3)


def test_rank_stabilised_scaling_is_kept(base: Path, tmp_path: Path) -> None:
    assert convert(write_folder(tmp_path / "a", base, use_rslora=True), base, tmp_path / "a.gguf").alpha == 16.0


def test_eight_bits_are_smaller_and_say_what_they_lose(base: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", base, rank=32)
    wide, narrow = (convert(folder, base, tmp_path / f"{kind}.gguf", kind) for kind in ("F16", "Q8_0"))
    assert narrow.bytes < 0.7 * wide.bytes
    assert wide.loss < narrow.loss < 0.01
    assert {one.type for one in layout.read(tmp_path / "Q8_0.gguf").tensors.values()} == {Q8_0}


def test_rows_that_are_no_whole_blocks_stay_in_16_bits(base: Path, tmp_path: Path) -> None:
    convert(write_folder(tmp_path / "a", base), base, tmp_path / "a.gguf", "Q8_0")
    types = {name.rpartition(".")[2]: one.type for name, one in layout.read(tmp_path / "a.gguf").tensors.items()}
    assert types == {"lora_a": Q8_0, "lora_b": F16}


def test_llama_cpp_takes_it_and_folding_gives_the_same(base: Path, tmp_path: Path) -> None:
    adapter, folded = tmp_path / "a.gguf", tmp_path / "folded.gguf"
    done = convert(write_folder(tmp_path / "a", base), base, adapter)
    planned = planning.plan(base, adapter, done.base_sha256, {})
    folding.fold(planned, folded, lambda done, total: None)
    judge = Judge(str(base), str(adapter), str(folded), ("the ten threads then went there",), 64, 1, 1)
    found = Workshop().carry_out(judge, lambda done, total: None)
    assert isinstance(found, Judged)
    assert found.compared.divergence < 1e-4


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"use_dora": True}, "DoRA adapter, which llama.cpp loads merged only"),
        ({"peft_type": "PROMPT_TUNING"}, "PROMPT_TUNING adapter, which llama.cpp cannot load"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"rank_pattern": {"q_proj": 8}}, "rank_pattern"),
        ({"bias": "all"}, "biases"),
        ({"r": None}, "names no rank"),
    ],
)
def test_what_a_gguf_adapter_cannot_say_is_refused(
    base: Path, tmp_path: Path, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(AdapterError, match=said):
        convert(write_folder(tmp_path / "a", base, **settings), base, tmp_path / "a.gguf")
    assert not (tmp_path / "a.gguf").exists()


def test_an_adapter_for_another_base_is_refused_by_its_hash(base: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", base)
    other = tmp_path / "other.gguf"
    other.write_bytes(gguf(metadata(), seed=9))
    with pytest.raises(AdapterError, match=hashlib.sha256(base.read_bytes()).hexdigest()):
        convert(folder, other, tmp_path / "a.gguf")


def test_a_base_that_was_converted_from_what_it_was_trained_on_fits(base: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", base)
    trained = json.loads((folder / "made.json").read_text("utf-8"))["base_sha256"]
    base.write_bytes(gguf({**metadata(), SOURCE_KEY: string(trained)}))
    done = convert(folder, base, tmp_path / "a.gguf")
    assert done.base_sha256 == hashlib.sha256(base.read_bytes()).hexdigest() != trained


def test_a_base_of_another_shape_is_refused(base: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", base)
    arrays = safetensors.read(folder / "adapter_model.safetensors")
    name = next(name for name in arrays if name.endswith("q_proj.lora_A.weight"))
    write_safetensors(folder / "adapter_model.safetensors", {**arrays, name: np.zeros((RANK, 48), np.float32)})
    with pytest.raises(AdapterError, match="does not fit"):
        convert(folder, base, tmp_path / "a.gguf")


@pytest.mark.parametrize(
    "extra", ["base_model.model.lm_head.lora_A.weight", "base_model.model.model.layers.0.x.lora_A.weight"]
)
def test_weights_without_a_place_are_named(base: Path, tmp_path: Path, extra: str) -> None:
    folder = write_folder(tmp_path / "a", base)
    arrays = safetensors.read(folder / "adapter_model.safetensors")
    write_safetensors(folder / "adapter_model.safetensors", {**arrays, extra: np.zeros((RANK, SIZE), np.float32)})
    with pytest.raises(AdapterError, match="no place"):
        convert(folder, base, tmp_path / "a.gguf")


def test_half_a_pair_is_refused(base: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", base)
    arrays = safetensors.read(folder / "adapter_model.safetensors")
    arrays.popitem()
    write_safetensors(folder / "adapter_model.safetensors", arrays)
    with pytest.raises(AdapterError, match="pairs of A and B"):
        convert(folder, base, tmp_path / "a.gguf")


def test_an_adapter_without_its_history_is_refused(base: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", base)
    (folder / "made.json").unlink()
    with pytest.raises(AdapterError, match="nobody knows its base"):
        convert(folder, base, tmp_path / "a.gguf")


def test_the_command_asks_for_the_base_and_reports(
    base: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path / "a", base)
    assert run(["gguf", str(folder), str(tmp_path / "a.gguf")]) == 2
    assert "--base" in capfd.readouterr().err
    assert run(["gguf", str(folder), str(tmp_path / "a.gguf"), "--base", str(base)]) == 0
    report = json.loads(capfd.readouterr().out)
    assert set(report) == set(Converted.__slots__)
    assert run(["gguf", str(folder), str(tmp_path / "a.gguf"), "--base", str(base)]) == 2
    assert "exists already" in capfd.readouterr().err


def test_bfloat16_and_half_are_read(tmp_path: Path) -> None:
    brain = (np.array([[1.5, -2.0]], np.float32).view(np.uint32) >> 16).astype(np.uint16)
    write_safetensors(tmp_path / "a", {"b": brain, "h": np.array([0.5], np.float16)})
    found = safetensors.read(tmp_path / "a")
    assert found["b"].tolist() == [[1.5, -2.0]]
    assert found["h"].tolist() == [0.5]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff" * 40, struct.pack("<Q", 2) + b"[]", struct.pack("<Q", 60) + b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,4]}}      ' + bytes(4)],
)  # fmt: skip
def test_what_is_no_safetensors_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(safetensors.SafetensorsError, match=r"no safetensors file .*\.$"):
        safetensors.read(tmp_path / "a")


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "a", {"b": np.array([[np.nan]], np.float32)})
    with pytest.raises(safetensors.SafetensorsError, match="no number"):
        safetensors.read(tmp_path / "a")


def write_base(path: Path, architecture: str) -> Path:
    """A tiny base of an architecture; queries, keys and values of qwen2 have biases."""
    keys = {name.replace("llama.", f"{architecture}."): value for name, value in metadata().items()}
    # Without the second key transformers leaves a llama's queries and keys in llama.cpp's order.
    keys |= {"general.architecture": string(architecture), f"{architecture}.attention.head_count_kv": scalar("u32", 2)}
    tensors = shapes(256 + len(SPECIAL) + 2)
    if architecture == "qwen2":
        tensors |= {f"blk.0.attn_{name}.bias": (SIZE,) for name in "qkv"}
    path.write_bytes(gguf(keys, tensors=tensors))
    return path


@pytest.mark.skipif(not TORCH, reason="torch and its friends are not installed (the extra `train`)")
@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_torch_and_llama_cpp_say_the_same_of_base_and_adapter(tmp_path: Path, architecture: str) -> None:
    import torch
    from peft import LoraConfig, get_peft_model

    from quantize.gguf.safetensors import digest
    from quantize.train.base import load

    torch.set_num_threads(1)
    base, text = write_base(tmp_path / "base.gguf", architecture), "the ten threads then went there" * 4
    loaded = load(base, torch.float32, "cpu")
    names = [module.rpartition(".")[2] for module in MODULES]
    model: Any = get_peft_model(loaded.model, LoraConfig(r=RANK, lora_alpha=16, target_modules=names))
    torch.manual_seed(5)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    folder, adapter, folded = tmp_path / "a", tmp_path / "a.gguf", tmp_path / "folded.gguf"
    model.save_pretrained(folder)
    (folder / "made.json").write_text(json.dumps({"base_sha256": digest(base)}), "utf-8")
    tokens = torch.tensor([loaded.cutter.cut(text, True)])
    with torch.no_grad():
        expected = float(torch.exp(model(input_ids=tokens, labels=tokens).loss))
    convert(folder, base, adapter, "F16")
    folding.fold(planning.plan(base, adapter, digest(base), {}), folded, lambda done, total: None)
    found = Workshop().carry_out(
        Judge(str(base), str(adapter), str(folded), (text,), 512, 1, 1), lambda done, total: None
    )
    assert isinstance(found, Judged)
    assert found.compared.tokens == tokens.shape[1]
    assert found.compared.perplexity_before == pytest.approx(expected, rel=5e-3)
    assert found.compared.perplexity_after == pytest.approx(expected, rel=5e-3)
