"""A Qwen2 of two layers with random weights as a GGUF file, whose tokeniser is cut to given texts: what a base is, in 2 MB."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tests.engines import tiny

WIDE, INNER, HEADS, LAYERS, CONTEXT = 64, 128, 4, 2, 4096
WORDS = 4000


def write_base(path: Path, texts: Iterable[str], seed: int = 0) -> Path:
    """Needs tokenizers (it comes with transformers)."""
    words, merges = _vocabulary(texts)
    name = "qwen2"
    keys = {
        "general.architecture": tiny.string(name),
        "general.name": tiny.string("Tiny"),
        "general.file_type": tiny.scalar("u32", 0),
        f"{name}.context_length": tiny.scalar("u32", CONTEXT),
        f"{name}.embedding_length": tiny.scalar("u32", WIDE),
        f"{name}.block_count": tiny.scalar("u32", LAYERS),
        f"{name}.feed_forward_length": tiny.scalar("u32", INNER),
        f"{name}.attention.head_count": tiny.scalar("u32", HEADS),
        f"{name}.attention.head_count_kv": tiny.scalar("u32", HEADS // 2),
        f"{name}.attention.layer_norm_rms_epsilon": tiny.scalar("f32", 1e-6),
        f"{name}.rope.freq_base": tiny.scalar("f32", 10_000.0),
        "tokenizer.ggml.model": tiny.string("gpt2"),
        "tokenizer.ggml.pre": tiny.string("qwen2"),
        "tokenizer.ggml.tokens": tiny.strings(words),
        "tokenizer.ggml.token_type": tiny.numbers([*[1] * (len(words) - 3), 3, 3, 3]),
        "tokenizer.ggml.merges": tiny.strings(merges),
        "tokenizer.ggml.eos_token_id": tiny.scalar("u32", words.index("<|im_end|>")),
        "tokenizer.ggml.bos_token_id": tiny.scalar("u32", words.index("<|endoftext|>")),
        "tokenizer.ggml.add_bos_token": tiny.scalar("bool", False),
    }
    dice = np.random.default_rng(seed)
    path.write_bytes(tiny.gguf(keys, tensors=_shapes(len(words)), fill=lambda name, shape: _weights(name, shape, dice)))
    return path


def _vocabulary(texts: Iterable[str]) -> tuple[list[str], list[str]]:
    """The words and merges of a byte-level tokeniser that knows these texts."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=WORDS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    made.train_from_iterator(texts, trainer)
    known = made.get_vocab()
    words = sorted(known, key=known.__getitem__)
    merges = [" ".join(pair) for pair in json.loads(made.to_str())["model"]["merges"]]
    return [*words, "<|im_start|>", "<|im_end|>", "<|endoftext|>"], merges


def _shapes(words: int) -> dict[str, tuple[int, ...]]:
    narrow = WIDE // 2
    block = {
        "attn_norm.weight": (WIDE,), "ffn_norm.weight": (WIDE,),
        "attn_q.weight": (WIDE, WIDE), "attn_q.bias": (WIDE,), "attn_k.weight": (WIDE, narrow), "attn_k.bias": (narrow,),
        "attn_v.weight": (WIDE, narrow), "attn_v.bias": (narrow,), "attn_output.weight": (WIDE, WIDE),
        "ffn_gate.weight": (WIDE, INNER), "ffn_up.weight": (WIDE, INNER), "ffn_down.weight": (INNER, WIDE),
    }  # fmt: skip
    blocks = {f"blk.{layer}.{name}": shape for layer in range(LAYERS) for name, shape in block.items()}
    return {"token_embd.weight": (WIDE, words), "output_norm.weight": (WIDE,), **blocks}


def _weights(name: str, shape: tuple[int, ...], dice: np.random.Generator) -> np.ndarray:
    if "norm" in name:
        return np.ones(shape)
    # With weights as small as fresh ones are, no adapter could move the frozen head's logits far.
    return np.zeros(shape) if name.endswith("bias") else dice.normal(0, 0.5 if "embd" in name else 0.08, shape)
