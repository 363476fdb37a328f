"""How far training is, kept on disk so that it can go on: the adapter, the optimiser's state and the numbers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# torch, safetensors: see base. Optimiser states are read as plain tensors (weights_only), never as code.
import torch
from safetensors.torch import load_file, save_file

from edgeops.files import write_whole


@dataclass
class Progress:
    """Counts up to now. batches are those read of the present epoch; curve rows are (step, seconds, loss, validation loss or None)."""

    step: int = 0
    epoch: int = 0
    batches: int = 0
    seconds: float = 0.0
    tokens: int = 0
    before: float = 0.0
    best: float = 0.0
    best_step: int = 0
    idle: int = 0
    curve: list[tuple[int, float, float, float | None]] = field(default_factory=list)


Weights = Mapping[str, torch.Tensor]


class Checkpoint:
    """A folder that holds one state of training, replaced as a whole. stamp names what is trained on what."""

    def __init__(self, folder: Path, stamp: str) -> None:
        self._folder, self._stamp = folder, stamp

    def save(self, progress: Progress, adapter: Weights, best: Weights, optimiser: Mapping[str, Any]) -> None:
        """Replace what was kept before."""
        new, old = self._folder.with_suffix(".new"), self._folder.with_suffix(".old")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True, mode=0o700)
        save_file(dict(adapter), new / "adapter.safetensors")
        save_file(dict(best), new / "best.safetensors")
        torch.save(optimiser, new / "optimiser.pt")
        write_whole(new / "progress.json", json.dumps({"stamp": self._stamp, **asdict(progress)}).encode())
        shutil.rmtree(old, ignore_errors=True)
        if self._folder.exists():
            self._folder.rename(old)
        new.rename(self._folder)
        shutil.rmtree(old, ignore_errors=True)

    def load(self) -> tuple[Progress, Weights, Weights, dict[str, Any]] | None:
        """What was kept; None where there is nothing, or where it belongs to something else."""
        for folder in (self._folder, self._folder.with_suffix(".old")):
            try:
                told = json.loads((folder / "progress.json").read_text("utf-8"))
            except (OSError, ValueError):
                continue
            if told.pop("stamp", "") != self._stamp:
                return None
            progress = Progress(**told)
            progress.curve = [(row[0], row[1], row[2], row[3]) for row in progress.curve]
            optimiser = torch.load(folder / "optimiser.pt", weights_only=True)
            return (
                progress,
                load_file(folder / "adapter.safetensors"),
                load_file(folder / "best.safetensors"),
                optimiser,
            )
        return None

    def clear(self) -> None:
        """Forget it: training is done."""
        for folder in (self._folder, self._folder.with_suffix(".old"), self._folder.with_suffix(".new")):
            shutil.rmtree(folder, ignore_errors=True)
