"""The numbers in a tensor: from any block format to 32-bit floats by llama.cpp's own code, and back to F16 and Q8_0."""

from __future__ import annotations

import ctypes
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from edgeops.engines.weights.layout import BF16, F16, F32, Q8_0, Tensor
from edgeops.errors import EngineOff, ModelUnfit

_NAMES = {
    **{
        2: "q4_0",
        3: "q4_1",
        6: "q5_0",
        7: "q5_1",
        8: "q8_0",
        10: "q2_K",
        11: "q3_K",
        12: "q4_K",
        13: "q5_K",
        14: "q6_K",
    },
    **{20: "iq4_nl", 23: "iq4_xs"},
}
_SLAB = 1 << 22


def floats(tensor: Tensor, raw: bytes | memoryview) -> Any:
    """The tensor's numbers, rows first. Raises ModelUnfit for a type that is not known."""
    shape = tensor.shape[::-1]
    if tensor.type in (F32, F16):
        return np.frombuffer(raw, np.float32 if tensor.type == F32 else np.float16).astype(np.float32).reshape(shape)
    if tensor.type == BF16:
        return (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(shape)
    if tensor.type not in _NAMES:
        raise ModelUnfit(f"{tensor.name} is of a type ({tensor.type}) that cannot be changed; use another base.")
    numbers = np.empty(shape, np.float32)
    source = np.frombuffer(raw, np.uint8)
    unpack = getattr(_library(), f"dequantize_row_{_NAMES[tensor.type]}")
    unpack(ctypes.c_void_p(source.ctypes.data), ctypes.c_void_p(numbers.ctypes.data), ctypes.c_int64(numbers.size))
    return numbers


@cache
def _library() -> Any:
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        raise EngineOff("llama-cpp-python is not installed; install edgeops with its dependencies, or run `make demo`.")
    return ctypes.CDLL(str(Path(spec.origin).parent / "lib" / "libggml-base.so"))


def halves(numbers: Any) -> Iterator[bytes]:
    """F16. Raises ModelUnfit where a number is none, or too large."""
    flat = numbers.reshape(-1)
    for at in range(0, flat.size, _SLAB):
        with np.errstate(over="ignore"):
            half = flat[at : at + _SLAB].astype(np.float16)
        if not np.isfinite(half).all():
            raise ModelUnfit("A weight is no number, or too large for 16 bits; the adapter is broken.")
        yield half.tobytes()


def eighths(numbers: Any) -> bytes:
    """Q8_0: blocks of 32 numbers, one F16 scale and 32 bytes each; rows must be a multiple of 32 long."""
    blocks = np.asarray(numbers, np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / 127
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(scale > 0, np.rint(blocks / scale), 0).astype(np.int8)
    record = np.empty(len(blocks), np.dtype([("scale", "<f2"), ("steps", "i1", 32)]))
    record["scale"], record["steps"] = scale[:, 0].astype(np.float16), steps
    return record.tobytes()


KINDS = {"F32": F32, "F16": F16, "Q8_0": Q8_0}
