"""Reads a safetensors file into numpy arrays of 32-bit floats: the header is JSON, what follows are plain numbers. And the hash of weights."""

from __future__ import annotations

import hashlib
import json
import struct
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from edgeops.errors import EdgeopsError

_MOST_HEADER = 64 << 20
_CHUNK = 1 << 22
_SIZES = {"F32": 4, "F16": 2, "BF16": 2}


class SafetensorsError(EdgeopsError):
    pass


def digest(path: Path) -> str:
    """The SHA-256 of a GGUF file, or of the weights of a folder, file by file in the order of their names."""
    whole = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(path.glob("*.safetensors")):
        with file.open("rb") as data:
            while chunk := data.read(_CHUNK):
                whole.update(chunk)
    return whole.hexdigest()


def read(path: Path) -> dict[str, Any]:
    """Every tensor by its name. Raises SafetensorsError."""
    try:
        data = path.read_bytes()
        size = struct.unpack_from("<Q", data)[0]
        if size > min(_MOST_HEADER, len(data) - 8):
            raise ValueError("its header does not end")
        header = json.loads(data[8 : 8 + size])
        body = memoryview(data)[8 + size :]
        return {name: _array(name, said, body) for name, said in header.items() if name != "__metadata__"}
    except OSError as error:
        raise SafetensorsError(f"{path} cannot be read ({error.strerror}); name a folder that holds it.") from error
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise SafetensorsError(f"{path} is no safetensors file ({error}); get or train it again.") from error


def _array(name: str, said: dict[str, Any], body: memoryview) -> Any:
    kind, shape, (begin, end) = said["dtype"], tuple(said["shape"]), said["data_offsets"]
    if kind not in _SIZES:
        raise ValueError(f"{name} is of the type {kind}")
    if not 0 <= begin <= end <= len(body) or end - begin != prod(shape) * _SIZES[kind]:
        raise ValueError(f"{name} is cut off")
    raw = body[begin:end]
    if kind == "BF16":
        numbers = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        numbers = np.frombuffer(raw, "<f4" if kind == "F32" else "<f2").astype(np.float32)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} holds what is no number")
    return numbers.reshape(shape)
