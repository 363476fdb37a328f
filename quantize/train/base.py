"""The base model: a Hugging Face folder, or a GGUF whose weights are de-quantised, so that the adapter meets what it was trained on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# torch, transformers: the weights and the models; nothing else of this project needs them (extra `train`).
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from edgeops.engines.chat import template
from quantize.gguf.safetensors import digest
from quantize.train.wish import TrainError

# What it has to say about its progress is not for a person who trains adapters.
logging.set_verbosity_error()
logging.disable_progress_bar()

SUPPORTED = {"Qwen2ForCausalLM": "qwen2", "LlamaForCausalLM": "llama"}


@dataclass
class Base:
    """A model ready to be adapted. family decides the chat template, device where it computes."""

    model: Any
    cutter: Tokens
    family: str
    device: str
    sha256: str
    parameters: int


class Tokens:
    """The model's tokeniser, as the engine uses its own: special tokens only where they are meant."""

    def __init__(self, tokenizer: Any, end: str) -> None:
        self._backend = tokenizer.backend_tokenizer
        self.end: int = tokenizer.convert_tokens_to_ids(end)

    def cut(self, text: str, special: bool) -> list[int]:
        """See Cutter."""
        # The backend itself: transformers' own method sets this switch back before it cuts.
        self._backend.encode_special_tokens = not special
        found: list[int] = self._backend.encode(text, add_special_tokens=False).ids
        return found


def inspect(path: Path) -> Any:
    """The configuration of a checkpoint. Raises TrainError for what is none or of an unsupported architecture."""
    where = arguments(path)
    try:
        config = AutoConfig.from_pretrained(**where)
    # transformers raises OSError, ValueError, KeyError and more for what it cannot read.
    except Exception as error:
        said = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise TrainError(
            f"{path} is no model that can be trained ({said}); name a Hugging Face folder or a GGUF file."
        ) from error
    found = (config.architectures or ["unknown"])[0] if not path.is_file() else _of_type(config.model_type)
    if found not in SUPPORTED:
        raise TrainError(f"{path} is a {found}; supported are {', '.join(SUPPORTED)}.")
    return config


def load(path: Path, dtype: torch.dtype, device: str) -> Base:
    """The model, which `inspect` found good, with its tokeniser. Raises TrainError."""
    where = arguments(path)
    tokenizer = AutoTokenizer.from_pretrained(**where)
    family = "chatml" if "<|im_end|>" in tokenizer.get_vocab() else "llama3"
    end = template(family).marks[-1]
    if end not in tokenizer.get_vocab():
        raise TrainError(f"The vocabulary of {path} has no {end}, which ends a turn; it is no chat model we know.")
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=dtype)
    model.config.use_cache = False
    count = sum(parameter.numel() for parameter in model.parameters())
    return Base(model.to(device), Tokens(tokenizer, end), family, device, digest(path), count)


def size_of(config: Any) -> int:
    """About how many weights a model of this configuration has."""
    width, inner, layers = config.hidden_size, config.intermediate_size, config.num_hidden_layers
    heads = config.num_attention_heads
    narrow = width * getattr(config, "num_key_value_heads", heads) // heads
    embeddings = config.vocab_size * width * (1 if config.tie_word_embeddings else 2)
    return int(embeddings + layers * (2 * width * width + 2 * width * narrow + 3 * width * inner))


def arguments(path: Path) -> dict[str, Any]:
    """How transformers is told where a model is; it never asks the network."""
    if path.is_file():
        return {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name, "local_files_only": True}
    if not (path / "config.json").is_file():
        raise TrainError(f"{path} holds no config.json; name a Hugging Face folder or a GGUF file.")
    try:
        json.loads((path / "config.json").read_text("utf-8"))
    except ValueError as error:
        raise TrainError(f"{path / 'config.json'} is no JSON ({error}); fetch the model anew.") from error
    return {"pretrained_model_name_or_path": str(path), "local_files_only": True}


def _of_type(model_type: str) -> str:
    return next((name for name, kind in SUPPORTED.items() if kind == model_type), model_type)
