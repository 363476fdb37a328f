"""Reads the header of a GGUF file (version 2 or 3): metadata and tensor list, never the weights."""

from __future__ import annotations

import math
import struct
from typing import BinaryIO

from edgeops.engines.chat import MARKS, family_of
from edgeops.engines.header import Broken, Header, tidy

_MOST_KEYS = 4096
_MOST_TENSORS = 65_536
_MOST_ITEMS = 4_000_000
_MOST_TEXT = 1 << 20
_MOST_HEADER = 192 << 20
_MOST_DIMENSIONS = 4
_MOST_PARAMETERS = 1 << 44

_SCALARS = {
    **{0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?"},
    **{10: "<Q", 11: "<q", 12: "<d"},
}
_STRING, _ARRAY = 8, 9

BLOCKS = {
    **{0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36)},
    **{10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292)},
    **{16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82)},
    **{23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2)},
    **{34: (256, 54), 35: (256, 66), 39: (32, 17)},
}
"""Weights in a block and bytes of it, by tensor type."""

_FILE_TYPES = {
    **{0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S"},
    **{12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K"},
    **{19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL"},
    **{26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16"},
    **{36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4"},
}

Scalar = int | float | bool


class _Bytes:
    """The file as a stream that never gives more than is there or than a header may be."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = min(size, _MOST_HEADER)
        self.read = 0

    def take(self, count: int) -> bytes:
        if count > self._left:
            raise Broken("its header does not end where the file does")
        data = self._file.read(count)
        if len(data) < count:
            raise Broken("it became shorter while it was read")
        self._left -= count
        self.read += count
        return data

    def number(self, code: str) -> Scalar:
        value: Scalar = struct.unpack(code, self.take(struct.calcsize(code)))[0]
        return value

    def count(self, most: int, what: str) -> int:
        value = int.from_bytes(self.take(8), "little")
        if value > most:
            raise Broken(f"it claims {what} of {value}, which is more than {most}")
        return value

    def text(self) -> bytes:
        return self.take(self.count(_MOST_TEXT, "a text length"))


def read(file: BinaryIO, size: int) -> Header:
    """The header. Raises Broken."""
    source = _Bytes(file, size)
    source.take(4)
    version = int(source.number("<I"))
    if version not in (2, 3):
        raise Broken(f"it is GGUF version {version}, and versions 2 and 3 are read here")
    tensors = source.count(_MOST_TENSORS, "a number of tensors")
    keys = source.count(_MOST_KEYS, "a number of keys")
    values: dict[str, Scalar | bytes] = {}
    marks: set[str] = set()
    for _ in range(keys):
        key = source.text()
        value = _value(source, marks if key == b"tokenizer.ggml.tokens" else None)
        if value is not None:
            values[tidy(key)] = value
    parameters, end = _tensors(source, tensors)
    alignment = max(1, _whole(values, "general.alignment") or 32)
    begin = -(-source.read // alignment) * alignment
    if begin + end > size:
        raise Broken(f"it has {size} bytes and its tensors need {begin + end}: it was cut off")
    architecture = _text(values, "general.architecture")
    if not architecture or not tensors:
        raise Broken("it names no architecture or holds no tensors")
    file_type = _whole(values, "general.file_type", -1)
    return Header(
        format="gguf",
        bytes=size,
        version=version,
        architecture=architecture,
        name=_text(values, "general.name"),
        licence=_text(values, "general.license"),
        quantisation=_FILE_TYPES.get(file_type, ""),
        family=family_of(marks),
        context=_whole(values, f"{architecture}.context_length"),
        parameters=parameters,
        tensors=tensors,
    )


def _value(source: _Bytes, marks: set[str] | None) -> Scalar | bytes | None:
    """A scalar or a text; None for an array, whose marks of a chat family are added to `marks`."""
    kind = int(source.number("<I"))
    if kind == _STRING:
        return source.text()
    if kind != _ARRAY:
        return source.number(_code(kind))
    kind = int(source.number("<I"))
    count = source.count(_MOST_ITEMS, "an array length")
    if kind != _STRING:
        source.take(count * struct.calcsize(_code(kind)))
        return None
    for _ in range(count):
        item = source.text()
        if marks is not None and item.decode("utf-8", "replace") in MARKS:
            marks.add(item.decode())
    return None


def _code(kind: int) -> str:
    if kind not in _SCALARS:
        raise Broken(f"a value in it is of the unknown type {kind}")
    return _SCALARS[kind]


def _tensors(source: _Bytes, count: int) -> tuple[int, int]:
    """How many weights there are, and how many bytes of data they need."""
    parameters = end = 0
    for _ in range(count):
        source.text()
        dimensions = int(source.number("<I"))
        if dimensions > _MOST_DIMENSIONS:
            raise Broken(f"a tensor in it has {dimensions} dimensions")
        weights = math.prod(int.from_bytes(source.take(8), "little") for _ in range(dimensions))
        parameters += weights
        if parameters > _MOST_PARAMETERS:
            raise Broken("its tensors claim more weights than any file holds")
        block, size = BLOCKS.get(int(source.number("<I")), (1, 0))
        end = max(end, int.from_bytes(source.take(8), "little") + weights // block * size)
    return parameters, end


def _text(values: dict[str, Scalar | bytes], key: str) -> str:
    value = values.get(key, b"")
    return tidy(value) if isinstance(value, bytes) else ""


def _whole(values: dict[str, Scalar | bytes], key: str, default: int = 0) -> int:
    value = values.get(key, default)
    return value if isinstance(value, int) and 0 <= value < 1 << 32 else default
