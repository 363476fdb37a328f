"""What an export to ONNX is asked for, what it reports and what it cannot do: neither torch nor onnx here."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from edgeops.errors import EdgeopsError

KINDS = ("int8", "int4", "fp32")
_NEEDED = ("torch", "transformers", "optimum", "onnx", "onnxruntime", "onnx_ir")
_MB = 1 << 20
_OVERHEAD_MB = 900
_MEMORY, _DISK = 14, 17
"""Bytes a weight takes at the highest: the model, its graph and the table of words that was tied, each in float32, while they
are copied; and on the disk the export, the fitted graph and what is made of it."""


class OnnxError(EdgeopsError):
    pass


@dataclass(frozen=True, slots=True)
class Wish:
    """base is a Hugging Face folder or a GGUF file, adapter a peft folder that is merged in; out gets a folder for each kind.

    context: how many tokens the exported model can hold at most. tokens: of our own text, over which the loss is measured.
    """

    base: Path
    out: Path
    kinds: tuple[str, ...] = ("int8", "int4")
    adapter: Path | None = None
    licence: str = ""
    context: int = 8192
    tokens: int = 256


@dataclass(frozen=True, slots=True)
class Loss:
    """Against the original in float32, token for token: the mean divergence in nats, how often the likeliest next token is the
    same, and the perplexity of the text before and after."""

    tokens: int
    kl: float
    top1: float
    perplexity_before: float
    perplexity: float


@dataclass(frozen=True, slots=True)
class Stored:
    """One exported model. bytes and sha256 are of its model.onnx."""

    kind: str
    folder: str
    bytes: int
    sha256: str
    seconds: float
    loss: Loss


@dataclass(frozen=True, slots=True)
class Exported:
    """What `edgeops-quantize onnx` reports."""

    base: str
    base_sha256: str
    adapter_sha256: str
    parameters: int
    layers: int
    seconds: float
    models: tuple[Stored, ...]
    versions: dict[str, str]


def demand() -> None:
    """Raises OnnxError where the packages for an export are not installed."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise OnnxError(
            f"Exporting to ONNX needs {', '.join(missing)}, which is not installed; "
            "install the extras 'train' and 'quantize' of edgeops first."
        )


def check(wish: Wish) -> None:
    """Raises OnnxError for a wish that cannot be fulfilled, before anything is loaded."""
    if strange := [kind for kind in wish.kinds if kind not in KINDS]:
        raise OnnxError(f"{strange[0]!r} is no kind of weights; choose of {', '.join(KINDS)}.")
    if not wish.kinds or len(set(wish.kinds)) < len(wish.kinds):
        raise OnnxError(f"Name each kind of weights once, of {', '.join(KINDS)}.")
    if not wish.base.exists():
        raise OnnxError(f"{wish.base} does not exist; name a Hugging Face folder or a GGUF file.")
    if wish.adapter and not (wish.adapter / "adapter_config.json").is_file():
        raise OnnxError(f"{wish.adapter} is no adapter (no adapter_config.json); name the folder that 'train' wrote.")
    if taken := [kind for kind in wish.kinds if folder(wish, kind).exists()]:
        raise OnnxError(f"{folder(wish, taken[0])} exists already; remove it first, or name another folder.")
    if not 16 < wish.tokens <= 4096 or wish.context < wish.tokens:
        raise OnnxError("The loss is measured over 17 to 4096 tokens, no more than the context; choose other numbers.")


def folder(wish: Wish, kind: str) -> Path:
    """Where a kind's files go."""
    name = wish.base.stem if wish.base.is_file() else wish.base.absolute().name
    return wish.out / f"{name.lower()}-{kind}"


def judge(parameters: int, out: Path, memory_mb: int) -> tuple[int, int]:
    """Needed memory and disk in MiB. Raises OnnxError where one is too little. memory_mb: what is free, 0 if unknown."""
    memory, disk = (parameters * each // _MB + _OVERHEAD_MB for each in (_MEMORY, _DISK))
    if memory_mb and memory > memory_mb:
        raise OnnxError(
            f"The export needs about {memory} MiB of memory and {memory_mb} are free; close something first."
        )
    room = shutil.disk_usage(next(place for place in (out, *out.absolute().parents) if place.exists())).free // _MB
    if disk > room:
        raise OnnxError(
            f"The export needs about {disk} MiB in {out} and {room} are free; name a folder on another disk."
        )
    return memory, disk
