"""The adapter that training begins with: a folder as training leaves it, or a GGUF adapter, which is how releases hold theirs. No torch here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

# numpy: weights as they are read, before torch has a model to put them into.
import numpy as np

from edgeops.engines.weights import layout
from edgeops.engines.weights.numbers import floats
from edgeops.engines.weights.planning import BASE_KEY
from edgeops.errors import EdgeopsError
from edgeops.files import sha256_of
from quantize.gguf import safetensors
from quantize.gguf.adapter import MODULES, permuted
from quantize.train.wish import TrainError, Wish

ALPHA = 2
"""What B * A is multiplied with in an adapter of ours, lora_alpha being so many times the rank."""
_NAME = re.compile(r"blk\.(\d+)\.(\w+)\.weight\.lora_([ab])")


@dataclass(frozen=True, slots=True)
class Start:
    """weights by peft's names, float32; rank and blocks as in Wish (0 where the adapter does not tell: it is of another method)."""

    weights: Mapping[str, Any]
    rank: int
    blocks: int

    def fitted(self, wish: Wish) -> Wish:
        """The wish for an adapter of this shape."""
        return replace(wish, rank=self.rank, blocks=self.blocks) if self.rank else wish


def read(start: Path, base: Path) -> Start:
    """What training begins with. Raises TrainError."""
    try:
        return _unpacked(start, base) if start.is_file() else _folder(start)
    except (EdgeopsError, OSError, ValueError, KeyError, TypeError) as error:
        raise TrainError(
            f"The adapter {start} cannot be begun with ({error}); name a folder that training left or a GGUF adapter for this base, "
            "or begin without (`update --fresh`)."
        ) from error


def _folder(start: Path) -> Start:
    said = json.loads((start / "adapter_config.json").read_text("utf-8"))
    layers = said.get("layers_to_transform") or ()
    return Start(safetensors.read(start / "adapter_model.safetensors"), int(said.get("r") or 0), len(layers))


def _unpacked(start: Path, base: Path) -> Start:
    below, adapter = layout.read(base) if base.is_file() else None, layout.read(start)
    if below is None or adapter.text(BASE_KEY) != sha256_of(base):
        raise TrainError(f"it was made for a base with the SHA-256 {adapter.text(BASE_KEY)}, which {base} is not")
    ranks = {tensor.shape[1] for name, tensor in adapter.tensors.items() if name.endswith(".lora_a")}
    numbers = sorted({int(match[1]) for name in adapter.tensors if (match := _NAME.fullmatch(name))})
    count = below.whole(f"{below.architecture}.block_count")
    alpha = adapter.get("adapter.lora.alpha")
    if len(ranks) != 1 or numbers != list(range(count - len(numbers), count)) or not isinstance(alpha, float):
        raise TrainError("it is not of one rank in the last blocks, as ours are")
    (rank,) = ranks
    data = np.memmap(start, np.uint8, "r")
    weights = {}
    for name, tensor in adapter.tensors.items():
        array = floats(tensor, data[tensor.at : tensor.at + tensor.bytes].data)
        key, side = _named(name)
        if side == "B":
            # Others may have been trained with another scale than ours.
            array = permuted(array, below, key, back=True) * (alpha / rank / ALPHA)
        weights[f"{key}.lora_{side}.weight"] = array
    return Start(weights, rank, 0 if len(numbers) == count else len(numbers))


def _named(name: str) -> tuple[str, str]:
    """peft's name of the module that a tensor belongs to, and its side."""
    match = _NAME.fullmatch(name)
    if not match or match[2] not in MODULES:
        raise TrainError(f"it has {name}, which no adapter of ours has")
    return f"base_model.model.model.layers.{match[1]}.{MODULES[match[2]]}", match[3].upper()
