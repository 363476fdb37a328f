"""A trained adapter merged into its base: a Hugging Face folder, from which llama.cpp's converter makes a GGUF. The way for DoRA."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# torch, peft, transformers: see train.base and train.training.
import torch
from peft import PeftModel
from transformers import AutoTokenizer

from quantize.gguf.requantising import QuantizeError
from quantize.gguf.safetensors import digest
from quantize.train.base import arguments, inspect, load


@dataclass(frozen=True, slots=True)
class Merged:
    """What `edgeops-quantize merge` reports; the hashes are those of the weights."""

    folder: str
    base: str
    base_sha256: str
    adapter: str
    method: str
    parameters: int
    sha256: str


def merge(path: Path, adapter: Path, out: Path, device: str = "cpu") -> Merged:
    """Write base and adapter as one checkpoint of 16-bit numbers. Raises QuantizeError, TrainError; out appears whole."""
    if out.exists():
        raise QuantizeError(f"{out} exists already; name another folder or remove it first.")
    settings, trained = _said(adapter, "adapter_config.json"), _said(adapter, "made.json").get("base_sha256")
    if settings.get("peft_type") != "LORA":
        raise QuantizeError(
            f"{adapter} holds a {settings.get('peft_type')} adapter, which cannot be merged; train with --method lora or dora."
        )
    inspect(path)
    if (found := digest(path)) != trained:
        raise QuantizeError(
            f"The adapter was trained on a base with the SHA-256 {trained}, and {path} has {found}; name the base it was trained on."
        )
    base = load(path, torch.float32, device)
    model: Any = PeftModel.from_pretrained(base.model, str(adapter)).merge_and_unload()
    _save(model.to(torch.float16), path, out)
    method = "dora" if settings.get("use_dora") else "lora"
    return Merged(str(out), str(path), found, str(adapter), method, base.parameters, digest(out))


def _said(folder: Path, name: str) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / name).read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise QuantizeError(
            f"{folder} is no adapter folder ({error}); name the one that `edgeops-quantize train` wrote."
        ) from error


def _save(model: Any, path: Path, out: Path) -> None:
    new = out.with_name(out.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        model.save_pretrained(new)
        AutoTokenizer.from_pretrained(**arguments(path)).save_pretrained(new)
        # transformers keeps the whole GGUF file as the "model" of a tokeniser that came from it.
        (new / "tokenizer.model").unlink(missing_ok=True)
        new.rename(out)
    except OSError as error:
        raise QuantizeError(f"{out} cannot be written ({error.strerror}); free space there and start again.") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
