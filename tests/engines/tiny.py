"""Model files of a few kilobytes: a GGUF that llama.cpp really loads (with random weights), and ONNX messages."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

SIZE, WIDE, HEADS, CONTEXT = 64, 128, 2, 256
# Not 32: of rows of a single block ggml makes nonsense by AMX (llama-cpp-python 0.3.36), and no model has such.
SPECIAL = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")

_CODES = {"u32": (4, "<I"), "i32": (5, "<i"), "f32": (6, "<f"), "bool": (7, "<?"), "u64": (10, "<Q")}


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def scalar(kind: str, value: float) -> bytes:
    number, code = _CODES[kind]
    return struct.pack("<I", number) + struct.pack(code, value)


def string(value: str) -> bytes:
    return struct.pack("<I", 8) + text(value)


def strings(values: list[str]) -> bytes:
    return struct.pack("<IIQ", 9, 8, len(values)) + b"".join(text(value) for value in values)


def numbers(values: list[int]) -> bytes:
    return struct.pack("<IIQ", 9, 5, len(values)) + struct.pack(f"<{len(values)}i", *values)


def letters() -> list[str]:
    """The letter that stands for each byte in a byte-level vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(n) if n in plain else chr(next(others)) for n in range(256)]


def metadata(marks: tuple[str, ...] = SPECIAL, mark_kind: int = 3) -> dict[str, bytes]:
    """The keys of a model of one layer that speaks bytes. mark_kind 3 is control, 4 a word of the user."""
    words = [*letters(), *marks, "th", "Ġt"]
    return {
        "general.architecture": string("llama"),
        "general.name": string("Tiny"),
        "general.license": string("apache-2.0"),
        "general.file_type": scalar("u32", 0),
        "llama.context_length": scalar("u32", CONTEXT),
        "llama.embedding_length": scalar("u32", SIZE),
        "llama.block_count": scalar("u32", 1),
        "llama.feed_forward_length": scalar("u32", WIDE),
        "llama.attention.head_count": scalar("u32", HEADS),
        "llama.attention.layer_norm_rms_epsilon": scalar("f32", 1e-5),
        "llama.rope.dimension_count": scalar("u32", SIZE // HEADS),
        "tokenizer.ggml.model": string("gpt2"),
        "tokenizer.ggml.pre": string("qwen2"),
        "tokenizer.ggml.tokens": strings(words),
        "tokenizer.ggml.token_type": numbers([*[1] * 256, *[mark_kind] * len(marks), 1, 1]),
        "tokenizer.ggml.merges": strings(["t h", "Ġ t"]),
        "tokenizer.ggml.eos_token_id": scalar("u32", 257),
        "tokenizer.ggml.bos_token_id": scalar("u32", 258),
        "tokenizer.ggml.add_bos_token": scalar("bool", False),
    }


def shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    """The tensors of one layer, dimensions in GGUF's order."""
    block = {
        "attn_norm": (SIZE,),
        **{f"attn_{name}": (SIZE, SIZE) for name in ("q", "k", "v", "output")},
        "ffn_norm": (SIZE,),
        "ffn_gate": (SIZE, WIDE),
        "ffn_up": (SIZE, WIDE),
        "ffn_down": (WIDE, SIZE),
    }
    return {
        "token_embd.weight": (SIZE, vocabulary),
        "output_norm.weight": (SIZE,),
        **{f"blk.0.{name}.weight": shape for name, shape in block.items()},
    }


Fill = Callable[[str, tuple[int, ...]], np.ndarray]
"""The weights of a tensor by its name and shape."""


def gguf(
    keys: dict[str, bytes],
    version: int = 3,
    tensors: dict[str, tuple[int, ...]] | None = None,
    seed: int = 7,
    fill: Fill | None = None,
) -> bytes:
    """The bytes of a GGUF file with these keys and F32 tensors, random unless fill gives them."""
    listed = shapes(256 + len(SPECIAL) + 2) if tensors is None else tensors
    head = b"GGUF" + struct.pack("<IQQ", version, len(listed), len(keys))
    head += b"".join(text(key) + value for key, value in keys.items())
    random, data = np.random.default_rng(seed), b""
    for name, shape in listed.items():
        head += text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        head += struct.pack("<IQ", 0, len(data))
        weights = fill(name, shape) if fill else np.ones(shape) if "norm" in name else random.normal(0, 0.3, shape)
        data += weights.astype("<f4").tobytes()
        data += b"\0" * (-len(data) % 32)
    return head + b"\0" * (-len(head) % 32) + data


def write_gguf(path: Path, **changes: int) -> Path:
    path.write_bytes(gguf(metadata(**changes)))  # type: ignore[arg-type]
    return path


def write_adapter(path: Path, seed: int = 7, wide: int = SIZE, **changes: bytes) -> Path:
    """A LoRA adapter of rank 4 for the model of `write_gguf`, strong enough to change what it says; wide: of another model."""
    keys = {
        "general.type": string("adapter"),
        "general.architecture": string("llama"),
        "adapter.type": string("lora"),
        "adapter.lora.alpha": scalar("f32", 64.0),
    }
    tensors = {"blk.0.attn_q.weight.lora_a": (wide, 4), "blk.0.attn_q.weight.lora_b": (4, wide)}
    tensors |= {"blk.0.ffn_down.weight.lora_a": (WIDE, 4), "blk.0.ffn_down.weight.lora_b": (4, wide)}
    path.write_bytes(gguf(keys | changes, tensors=tensors, seed=seed))
    return path


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: int | str | bytes) -> bytes:
    """A protobuf field: a number, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def tensor(*dimensions: int, extra: bytes = b"") -> bytes:
    return b"".join(field(1, n) for n in dimensions) + field(2, 1) + field(8, "w") + extra


def onnx(graph: bytes = b"", opset: bytes = field(2, 17), extra: bytes = b"") -> bytes:
    """The bytes of an ONNX model with one node and one tensor of 6 weights."""
    whole = field(1, field(4, "Add")) + field(2, "main graph") + field(5, tensor(2, 3)) + graph
    return field(1, 8) + field(2, "pytest") + field(7, whole) + field(8, opset) + extra
