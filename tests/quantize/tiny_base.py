"""A Qwen2 of a few layers with random weights and a byte tokeniser, as a Hugging Face folder: made in a second, learns by heart."""

from __future__ import annotations

import json
from pathlib import Path

from tests.engines.tiny import letters

MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def write_base(folder: Path, seed: int = 0, layers: int = 2) -> Path:
    """Needs torch and transformers."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    folder.mkdir(parents=True)
    vocabulary = {letter: number for number, letter in enumerate(letters())}
    added = [
        {"id": 256 + at, "content": mark, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        for at, mark in enumerate(MARKS)
    ]  # fmt: skip
    bytes_only = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": bytes_only, "post_processor": None, "decoder": bytes_only,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "vocab": vocabulary, "merges": []},
    }  # fmt: skip
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>"}), "utf-8"
    )
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=256 + len(MARKS), hidden_size=32, intermediate_size=64, num_hidden_layers=layers, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=4096, tie_word_embeddings=True,
    )  # fmt: skip
    model = Qwen2ForCausalLM(config)
    # With weights as small as fresh ones are, no adapter could move the frozen head's logits far.
    torch.nn.init.normal_(model.model.embed_tokens.weight, std=0.5)
    model.save_pretrained(folder)
    return folder
