"""A LoRA adapter as peft writes it becomes a GGUF adapter, which llama.cpp loads beside the base and `edgeops model build` folds in.

Written directly: llama.cpp's own converter wants torch and the base as a Hugging Face folder, and our bases are GGUF files.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# numpy: all that conversion computes is a change of type.
import numpy as np

from edgeops import __version__
from edgeops.engines.weights import layout
from edgeops.engines.weights.layout import F16, Q8_0, Layout, Tensor, packed
from edgeops.engines.weights.numbers import eighths, halves
from edgeops.engines.weights.planning import BASE_KEY, SUPPORTED
from edgeops.errors import EdgeopsError
from edgeops.files import sha256_of
from quantize.gguf import safetensors

SOURCE_KEY = "edgeops.source.sha256"
"""In a base that was converted from a Hugging Face folder: the hash of its weights, which an adapter may have been trained on."""
MOST_BYTES = 20_000_000
"""Above this, what can be written in 8 bits is."""
_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip
MODULES = {theirs: ours for ours, theirs in _NAMES.items()}
"""peft's names of the modules by GGUF's."""
_KEY = re.compile(r"(?:base_model\.model\.)?model\.layers\.(\d+)\.([a-z_.]+)\.lora_([AB])(?:\.default)?\.weight")
_TYPES = {"F16": F16, "Q8_0": Q8_0}


class AdapterError(EdgeopsError):
    pass


@dataclass(frozen=True, slots=True)
class Converted:
    """What `edgeops-quantize gguf` reports of an adapter. loss is the error's share of the weights (root of mean squares)."""

    source: str
    target: str
    base: str
    base_sha256: str
    type: str
    rank: int
    alpha: float
    tensors: int
    bytes: int
    loss: float
    sha256: str


def convert(folder: Path, base: Path, target: Path, kind: str = "") -> Converted:
    """Write target as the adapter in folder, made for base. kind is F16 or Q8_0; "" is the first unless it gets too large.

    The target appears whole or not at all; an existing one is refused. Raises AdapterError.
    """
    if target.exists():
        raise AdapterError(f"{target} exists already; name another file or remove it first.")
    if kind and kind not in _TYPES:
        raise AdapterError(f"{kind!r} is no type for an adapter; choose one of {', '.join(_TYPES)}.")
    settings = _settings(folder)
    below = layout.read(base)
    if below.architecture not in SUPPORTED:
        raise AdapterError(
            f"{base} is a {below.architecture or 'model of no name'}; supported are {', '.join(SUPPORTED)}."
        )
    sha256 = _trained_on(folder, base, below)
    arrays = _arranged(safetensors.read(folder / "adapter_model.safetensors"), below, base)
    scale = _scale(settings)
    chosen = kind or ("F16" if 2 * sum(array.size for array in arrays.values()) <= MOST_BYTES else "Q8_0")
    tensors = [Tensor(name, one.shape[::-1], _type(one, chosen)) for name, one in arrays.items()]
    keys: dict[str, str | float] = {
        "general.architecture": below.architecture, "general.type": "adapter", "adapter.type": "lora",
        "adapter.lora.alpha": scale * settings["r"], BASE_KEY: sha256, "edgeops.version": __version__,
    }  # fmt: skip
    part = target.with_name(target.name + ".part")
    try:
        packed_keys = {name: packed(value) for name, value in keys.items()}
        layout.write(part, packed_keys, tensors, lambda one: _content(one, arrays))
        report = Converted(
            str(folder), str(target), base.name, sha256, chosen, settings["r"], scale * settings["r"], len(tensors),
            part.stat().st_size, _loss(arrays, tensors), sha256_of(part),
        )  # fmt: skip
        part.rename(target)
        return report
    finally:
        part.unlink(missing_ok=True)


def _settings(folder: Path) -> dict[str, Any]:
    """peft's own description, of a kind that llama.cpp can load. Raises AdapterError."""
    try:
        said = json.loads((folder / "adapter_config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise AdapterError(
            f"{folder} is no adapter folder ({error}); name the one that `edgeops-quantize train` wrote."
        ) from error
    if said.get("peft_type") != "LORA":
        raise AdapterError(
            f"{folder} holds a {said.get('peft_type')} adapter, which llama.cpp cannot load; train with --method lora."
        )
    if said.get("use_dora"):
        raise AdapterError(
            f"{folder} is a DoRA adapter, which llama.cpp loads merged only; merge it first (`edgeops-quantize merge`)."
        )
    for name in ("modules_to_save", "rank_pattern", "alpha_pattern", "fan_in_fan_out", "layer_replication"):
        if said.get(name):
            raise AdapterError(
                f"{folder} uses {name}, which a GGUF adapter cannot say; train without it, or merge it first."
            )
    if said.get("bias", "none") != "none":
        raise AdapterError(
            f"{folder} changes biases, which a GGUF adapter cannot say; train without, or merge it first."
        )
    if not isinstance(said.get("r"), int) or said["r"] < 1:
        raise AdapterError(f"{folder}/adapter_config.json names no rank; the folder is broken, train again.")
    return dict(said)


def _scale(settings: Mapping[str, Any]) -> float:
    """What B * A is multiplied with."""
    root = math.sqrt(settings["r"]) if settings.get("use_rslora") else settings["r"]
    return float(settings.get("lora_alpha", settings["r"])) / float(root)


def _trained_on(folder: Path, base: Path, below: Layout) -> str:
    """The hash of the base file. Raises AdapterError when the adapter was trained on another."""
    sha256 = sha256_of(base)
    try:
        made = json.loads((folder / "made.json").read_text("utf-8"))
    except FileNotFoundError:
        raise AdapterError(
            f"{folder} has no made.json, so nobody knows its base; train it with `edgeops-quantize train`."
        ) from None
    except (OSError, ValueError) as error:
        raise AdapterError(f"{folder / 'made.json'} cannot be read ({error}); train again.") from error
    trained = made.get("base_sha256")
    if trained not in (sha256, below.text(SOURCE_KEY) or sha256):
        raise AdapterError(
            f"The adapter was trained on a base with the SHA-256 {trained}, and {base} has {sha256}; name the base it was trained on."
        )
    return sha256


def _arranged(found: Mapping[str, Any], base: Layout, path: Path) -> dict[str, Any]:
    """The arrays by their GGUF names, in the order of the layers, A before B. Raises AdapterError for what does not fit the base."""
    arrays: dict[str, Any] = {}
    for key, array in sorted(found.items(), key=_order):
        match = _KEY.fullmatch(key)
        if not match or match[2] not in _NAMES:
            raise AdapterError(
                f"The adapter has {key}, for which a GGUF file has no place; train without it, or merge it first."
            )
        name = f"blk.{match[1]}.{_NAMES[match[2]]}.weight"
        target = base.tensors.get(name)
        side = 0 if match[3] == "A" else 1
        if target is None or array.ndim != 2 or array.shape[1 - side] != target.shape[side]:
            raise AdapterError(f"The adapter's {key} does not fit {path}; it was trained on another base.")
        arrays[f"{name}.lora_{match[3].lower()}"] = permuted(array, base, match[2]) if side else array
    pairs = {name[: -len(".lora_a")] for name in arrays}
    if not pairs or len(arrays) != 2 * len(pairs):
        raise AdapterError("The adapter holds no pairs of A and B; the folder is broken, train again.")
    return arrays


def _order(entry: tuple[str, Any]) -> tuple[Any, ...]:
    """Layers by their numbers."""
    return tuple(int(part) if part.isdigit() else -1 for part in entry[0].split(".")), entry[0]


def permuted(array: Any, base: Layout, module: str, back: bool = False) -> Any:
    """Rows as llama.cpp wants them: of the architecture `llama` it turns each head's queries and keys by pairs, not by halves.

    back: as peft has them. Raises AdapterError.
    """
    if base.architecture != "llama" or not module.endswith(("q_proj", "k_proj")):
        return array
    heads = base.whole("llama.attention.head_count")
    if module.endswith("k_proj"):
        heads = base.whole("llama.attention.head_count_kv") or heads
    if heads < 1 or array.shape[0] % (2 * heads):
        raise AdapterError(f"The base names no number of heads that fits {module}; use another base.")
    half = array.shape[0] // heads // 2
    inner = (half, 2) if back else (2, half)
    return array.reshape(heads, *inner, -1).swapaxes(1, 2).reshape(array.shape)


def _type(array: Any, chosen: str) -> int:
    """8 bits only where a row is whole blocks."""
    return Q8_0 if chosen == "Q8_0" and array.shape[1] % 32 == 0 else F16


def _content(tensor: Tensor, arrays: Mapping[str, Any]) -> list[bytes]:
    array = arrays[tensor.name]
    return [eighths(array)] if tensor.type == Q8_0 else list(halves(array))


def _loss(arrays: Mapping[str, Any], tensors: list[Tensor]) -> float:
    """The share that writing in fewer bits changes."""
    error = whole = 0.0
    for tensor in tensors:
        array = np.asarray(arrays[tensor.name], np.float32)
        error += float(np.square(array - _again(tensor, array)).sum())
        whole += float(np.square(array).sum())
    return math.sqrt(error / whole) if whole else 0.0


def _again(tensor: Tensor, array: Any) -> Any:
    """What is read back of an array."""
    if tensor.type == F16:
        return array.astype(np.float16).astype(np.float32)
    blocks = np.frombuffer(eighths(array), np.dtype([("scale", "<f2"), ("steps", "i1", 32)]))
    return (blocks["scale"].astype(np.float32)[:, None] * blocks["steps"]).reshape(array.shape)
