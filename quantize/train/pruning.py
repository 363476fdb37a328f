"""Depth pruning: the blocks that change least what passes through them are left out. What remains is healed by training.

Block influence is one minus the cosine between what enters a block and what leaves it, over the tokens of the items
(Men et al. 2024, ShortGPT).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# torch, transformers: see base.
import torch
from transformers import AutoTokenizer

from quantize.gguf.safetensors import digest
from quantize.train.base import Base, arguments, inspect, load
from quantize.train.batches import alike, mean_loss
from quantize.train.encoding import Encoded, encoded, read_items
from quantize.train.wish import TrainError

_TOGETHER = 4
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pruned:
    """What `edgeops-quantize prune` reports. influence is by block of the base; losses are means an item of the validation family."""

    folder: str
    base: str
    base_sha256: str
    influence: tuple[float, ...]
    dropped: tuple[int, ...]
    parameters_before: int
    parameters_after: int
    loss_before: float
    loss_after: float
    sha256: str


def prune(path: Path, data: Path, out: Path, count: int, judged: int = 32, say: Say = lambda sentence: None) -> Pruned:
    """Write the base without its `count` least influential blocks as a Hugging Face folder. Raises TrainError; out appears whole.

    The first and the last block always stay: they carry words into the model and out of it.
    """
    if out.exists():
        raise TrainError(f"{out} exists already; name another folder or remove it first.")
    blocks = inspect(path).num_hidden_layers
    if not 1 <= count <= blocks - 2:
        raise TrainError(f"{path} has {blocks} blocks, of which 1 to {blocks - 2} can be left out, not {count}.")
    base = load(path, torch.bfloat16 if torch.cuda.is_available() else torch.float32, _device())
    items = [encoded(item, base.family, base.cutter) for item in read_items(data / "validation.jsonl")]
    judges = alike([item for item in items if item.targets][:judged])
    if not judges:
        raise TrainError(f"{data / 'validation.jsonl'} holds no item to judge by; make a larger dataset (--scenes).")
    told = influences(base, judges)
    dropped = least(told, count)
    say(f"Of {blocks} blocks those with the least influence are left out: {', '.join(map(str, dropped))}.")
    before = mean_loss(base.model, judges, _TOGETHER, base.device)
    leave_out(base.model, dropped)
    after = mean_loss(base.model, judges, _TOGETHER, base.device)
    _save(base, path, out)
    return Pruned(
        str(out), str(path), base.sha256, tuple(round(one, 6) for one in told), dropped, base.parameters,
        sum(parameter.numel() for parameter in base.model.parameters()), round(before, 4), round(after, 4), digest(out),
    )  # fmt: skip


def influences(base: Base, items: Sequence[Encoded]) -> list[float]:
    """How much each block changes what passes through it, from 0 (nothing) on."""
    layers = base.model.model.layers
    changed, tokens = [0.0] * len(layers), 0

    def heard(number: int, entered: torch.Tensor, left: torch.Tensor) -> None:
        alike = torch.nn.functional.cosine_similarity(entered.float(), left.float(), dim=-1)
        changed[number] += float((1 - alike).sum())

    def hook(number: int) -> Any:
        # A block gives its hidden states, alone or before what else it has to say.
        return lambda _, entered, left: heard(number, entered[0], left if torch.is_tensor(left) else left[0])

    hooks = [layer.register_forward_hook(hook(number)) for number, layer in enumerate(layers)]
    try:
        with torch.no_grad():
            for item in items:
                base.model.model(input_ids=torch.tensor([item.tokens], device=base.device))
                tokens += len(item.tokens)
    finally:
        for one in hooks:
            one.remove()
    return [one / tokens for one in changed]


def least(influence: Sequence[float], count: int) -> tuple[int, ...]:
    """The numbers of the blocks with the least influence, in order; never the first or the last."""
    inner = sorted(range(1, len(influence) - 1), key=lambda number: influence[number])
    return tuple(sorted(inner[:count]))


def leave_out(model: Any, dropped: Sequence[int]) -> None:
    """Take blocks out of a model."""
    kept = [layer for number, layer in enumerate(model.model.layers) if number not in dropped]
    for number, layer in enumerate(kept):
        layer.self_attn.layer_idx = number
    model.model.layers = torch.nn.ModuleList(kept)
    if getattr(model.config, "layer_types", None):
        model.config.layer_types = [
            kind for number, kind in enumerate(model.config.layer_types) if number not in dropped
        ]
    model.config.num_hidden_layers = len(kept)


def _save(base: Base, path: Path, out: Path) -> None:
    new = out.with_name(out.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        base.model.save_pretrained(new)
        AutoTokenizer.from_pretrained(**arguments(path)).save_pretrained(new)
        # transformers keeps the whole GGUF file as the "model" of a tokeniser that came from it.
        (new / "tokenizer.model").unlink(missing_ok=True)
        new.rename(out)
    except OSError as error:
        raise TrainError(f"{out} cannot be written ({error.strerror}); free space there and start again.") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"
