"""The mean of adapters that were trained from one another: what one forgot, another still knows, and the mean keeps nearly all of each.

After Wortsman et al., Model soups (ICML 2022, arXiv:2203.05482). It costs no training and no run time, for the mean is an adapter like each.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# numpy: sums of weights; safetensors: writes them as peft reads them.
import numpy as np
from safetensors.numpy import save_file

from edgeops.files import write_whole
from quantize.gguf import safetensors
from quantize.gguf.requantising import QuantizeError

MOST_APART = 0.5
"""How far two may lie from one another (the norm of the difference over that of the first's weights). Adapters that a few hundred steps
lie between are 0.1 to 0.2 apart; two that began with nothing 1.4, and their mean is neither."""
_WEIGHTS, _SETTINGS, _MADE = "adapter_model.safetensors", "adapter_config.json", "made.json"
_CURVES = ("curve.json", "curve.png")
_SHAPING = (
    "peft_type",
    "r",
    "lora_alpha",
    "use_dora",
    "use_rslora",
    "layers_to_transform",
    "rank_pattern",
    "alpha_pattern",
)


@dataclass(frozen=True, slots=True)
class Averaged:
    """What `edgeops-quantize average` reports. apart: how far each of the others lies from the first; sha256 is that of the weights."""

    folder: str
    base_sha256: str
    averaged: tuple[str, ...]
    apart: tuple[float, ...]
    sha256: str


def average(folders: Sequence[Path], out: Path) -> Averaged:
    """Write the mean of the adapters in folders, as training leaves one. made.json and the curves are those of the last, with what was averaged.

    Raises QuantizeError, SafetensorsError; out appears whole.
    """
    if len(folders) < 2:
        raise QuantizeError("A mean takes two adapters or more; name their folders.")
    if out.exists():
        raise QuantizeError(f"{out} exists already; name another folder or remove it first.")
    settings, made = ([_said(folder, name) for folder in folders] for name in (_SETTINGS, _MADE))
    _alike(folders, settings, made)
    weights = [safetensors.read(folder / _WEIGHTS) for folder in folders]
    apart = tuple(_apart(folders, weights, other) for other in range(1, len(folders)))
    mean = {name: sum(one[name] for one in weights) / np.float32(len(weights)) for name in weights[0]}
    hashes = tuple(safetensors.digest(folder / _WEIGHTS) for folder in folders)
    parts = [{"weights": sha256} | {key: one[key] for key in ("data", "start") if one.get(key)}
             for sha256, one in zip(hashes, made, strict=True)]  # fmt: skip
    _save(mean, folders[-1], {**made[-1], "averaged": parts}, out)
    return Averaged(str(out), str(made[0]["base_sha256"]), hashes, apart, safetensors.digest(out / _WEIGHTS))


def _said(folder: Path, name: str) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / name).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise QuantizeError(
            f"{folder} is no adapter folder ({error}); name one that `edgeops-quantize train` wrote."
        ) from error


def _alike(folders: Sequence[Path], settings: Sequence[Mapping[str, Any]], made: Sequence[Mapping[str, Any]]) -> None:
    """Raises QuantizeError where the adapters are not of one base and one kind, or of a kind that has no mean."""
    if settings[0].get("peft_type") != "LORA" or settings[0].get("use_dora"):
        raise QuantizeError(
            f"{folders[0]} is no plain LoRA adapter, and of others no mean is made; train with --method lora."
        )
    for folder, said, told in zip(folders, settings, made, strict=True):
        if not told.get("base_sha256") or told["base_sha256"] != made[0].get("base_sha256"):
            raise QuantizeError(f"{folder} was trained on another base than {folders[0]}; take adapters of one base.")
        if differing := [key for key in _SHAPING if said.get(key) != settings[0].get(key)]:
            raise QuantizeError(
                f"{folder} is of another shape than {folders[0]} ({', '.join(differing)}); take adapters that were trained from one another."
            )


def _apart(folders: Sequence[Path], weights: Sequence[Mapping[str, Any]], other: int) -> float:
    """How far the other lies from the first. Raises QuantizeError where it is too far, or has other tensors."""
    first, second = weights[0], weights[other]
    if {name: one.shape for name, one in first.items()} != {name: one.shape for name, one in second.items()}:
        raise QuantizeError(f"{folders[other]} adapts other layers than {folders[0]}; take adapters of one shape.")
    away = sum(float(np.square(second[name] - one).sum()) for name, one in first.items())
    share = float((away / (sum(float(np.square(one).sum()) for one in first.values()) or 1.0)) ** 0.5)
    if not share <= MOST_APART:
        raise QuantizeError(
            f"{folders[other]} lies {share:.0%} away from {folders[0]}: neither was trained from the other (`train --start`), "
            "so their mean is no adapter."
        )
    return share


def _save(mean: Mapping[str, Any], last: Path, made: Mapping[str, Any], out: Path) -> None:
    new = out.with_name(out.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        new.mkdir(parents=True)
        save_file({name: np.ascontiguousarray(one) for name, one in mean.items()}, new / _WEIGHTS)
        for name in (_SETTINGS, *_CURVES):
            if (last / name).is_file():
                write_whole(new / name, (last / name).read_bytes())
        write_whole(new / _MADE, json.dumps(made, indent=1).encode())
        new.rename(out)
    except OSError as error:
        raise QuantizeError(f"{out} cannot be written ({error.strerror}); free space there and start again.") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
