"""What training is asked for, what it reports, and what it cannot do: no torch here, so that a wish can be judged without it."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from edgeops.errors import EdgeopsError

METHODS = ("lora", "dora", "prompt")
_NEEDED = ("torch", "transformers", "peft", "matplotlib")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smh]?)")
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


class TrainError(EdgeopsError):
    pass


@dataclass(frozen=True, slots=True)
class Wish:
    """base is a Hugging Face folder or a GGUF file; data the folder of a dataset; out where the adapter goes.

    method: `lora`; `dora` (learns more for its size; llama.cpp takes it merged only); `prompt` (so many learnt tokens before the
    text as rank says; for experiments, since neither llama.cpp nor merging takes it).

    blocks: adapters go into the last so many blocks only (0: all); half of them train a third faster and weigh half as much.
    start: an adapter whose weights training begins with, which gives rank and blocks: a folder that training left, or a GGUF adapter
    for base. rounded: base and start's adapter as `edgeops model build` folds and quantises them, with whose weights every other step
    computes. lean: an epoch takes one in so many of the items
    with words to write, whose many words else outweigh the choices.
    batch items are read at once, together of them make a step; budget_s ends training in time (0: no limit); every so many
    steps the validation items are judged, and patience such judgements without gain end it.
    """

    base: Path
    data: Path
    out: Path
    method: str = "lora"
    rank: int = 16
    rate: float = 2e-4
    epochs: float = 2.0
    batch: int = 4
    together: int = 8
    most_tokens: int = 1280
    budget_s: float = 0.0
    every: int = 40
    patience: int = 4
    validation: int = 64
    checkpoint_s: float = 300.0
    seed: int = 1
    checkpointing: bool = False
    blocks: int = 0
    lean: int = 1
    start: Path | None = None
    rounded: Path | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """What `edgeops-quantize train` reports. ended: `finished`, `budget`, `patience` or `interrupted`; losses are means an item."""

    adapter: str
    base: str
    base_sha256: str
    method: str
    steps: int
    items: int
    left_out: int
    ended: str
    loss_before: float
    loss_best: float
    step_best: int
    seconds: float
    tokens_per_s: float
    peak_mb: int
    sha256: str


def demand() -> None:
    """Raises TrainError where the packages for training are not installed."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise TrainError(
            f"Training needs {', '.join(missing)}, which is not installed; install the extra 'train' of edgeops first."
        )


def check(wish: Wish) -> None:
    """Raises TrainError for what makes no sense, before anything is loaded."""
    if wish.method not in METHODS:
        raise TrainError(f"{wish.method!r} is no method; choose one of {', '.join(METHODS)}.")
    for name in ("rank", "batch", "together", "most_tokens", "every", "patience", "validation", "lean"):
        if getattr(wish, name) < 1:
            raise TrainError(f"{name} must be at least 1, not {getattr(wish, name)}.")
    if wish.blocks < 0:
        raise TrainError(f"blocks must be at least 0 (all), not {wish.blocks}.")
    if wish.start and not (wish.start.is_file() or (wish.start / "adapter_config.json").is_file()):
        raise TrainError(f"{wish.start} is no adapter: neither a GGUF file nor a folder with an adapter_config.json.")
    if wish.rounded and wish.method != "lora":
        raise TrainError("--rounded goes with the method lora only: the others cannot be taken out of folded weights.")
    if not (0 < wish.rate < 1 and wish.epochs > 0 and wish.budget_s >= 0):
        raise TrainError("The rate must be between 0 and 1, the epochs above 0, and the budget not below 0.")
    for name in ("train.jsonl", "validation.jsonl"):
        if not (wish.data / name).is_file():
            raise TrainError(f"{wish.data} holds no {name}; make a dataset with 'edgeops-quantize data {wish.data}'.")


def seconds(span: str) -> float:
    """What `90m`, `2h`, `30s` or `45` means. Raises TrainError."""
    found = _SPAN.fullmatch(span.strip())
    if not found:
        raise TrainError(f"{span!r} is no time; write it like 90m, 8h or 30s.")
    return float(found[1]) * _UNITS[found[2]]
