"""The weights as another file rounds them, in turn with the base's own: an adapter that met both holds beside the base and folded into that file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# torch: see base.
import torch

from quantize.train.base import inspect, load
from quantize.train.starting import ALPHA, Start
from quantize.train.wish import TrainError

MOST_AWAY = 0.25
"""How far other weights may lie from the base's (the norm of the difference over that of the weights): Q4_0 of a Q4_K_M lies 0.08 away, Q2_K 0.2."""


class Roundings:
    """The layers of a model's blocks in two roundings. peft's own weights in between stay what they are."""

    def __init__(self, model: Any, file: Path, start: Start | None) -> None:
        """file: base and start's adapter in one, as `edgeops model build` folds them; without start the base alone. Raises TrainError."""
        inspect(file)
        layers = {
            plain: weight
            for name, weight in model.named_parameters()
            if (plain := name.replace(".base_layer.", ".")).endswith("proj.weight")
        }
        some = next(iter(layers.values()))
        others = load(file, some.dtype, str(some.device)).model.state_dict()
        if any(name not in others or others[name].shape != weight.shape for name, weight in layers.items()):
            raise TrainError(
                f"{file} is not of the base's shape; name one that 'edgeops model build' made of this base."
            )
        self._pairs = [(weight, weight.data, _without(others[name], name, start)) for name, weight in layers.items()]
        away = sum(float((other - own).float().pow(2).sum()) for _, own, other in self._pairs)
        away = (away / sum(float(own.float().pow(2).sum()) for _, own, _ in self._pairs)) ** 0.5
        if not away <= MOST_AWAY:
            raise TrainError(
                f"The weights in {file} lie {away:.0%} away from the base's: that is not the rounding of this base with this adapter; "
                "make it anew with 'edgeops model build', or train without --rounded."
            )

    def use(self, other: bool) -> None:
        """Compute with the other rounding from now on, or with the base's own."""
        for weight, own, rounded in self._pairs:
            weight.data = rounded if other else own


def _without(rounded: torch.Tensor, name: str, start: Start | None) -> torch.Tensor:
    """A layer's rounded weights less what the adapter adds, which stands beside them in training."""
    module = f"base_model.model.{name.removesuffix('.weight')}"
    if start is None or f"{module}.lora_A.weight" not in start.weights:
        return rounded
    down, up = (torch.from_numpy(start.weights[f"{module}.lora_{side}.weight"]).to(rounded.device) for side in "AB")
    return (rounded.float() - ALPHA * up.float() @ down.float()).to(rounded.dtype)
