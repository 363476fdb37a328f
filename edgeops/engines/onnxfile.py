"""Reads what matters of an ONNX file by walking its protobuf fields, without the onnx library and without touching the weights.

Refuses tensors kept in other files (a path in a model is a way out of its folder) and operators of unknown makers. A model
that writes answers carries its config.json and tokenizer.json as properties of those names (`catalog.onnxfolder` puts them in).
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

# msgspec: see wire.
import msgspec

from edgeops.engines.chat import family_of
from edgeops.engines.header import Broken, Header, tidy
from edgeops.engines.tokenfile import marks

_MOST_FIELDS = 5_000_000
_MOST_DEPTH = 16
_MOST_PARAMETERS = 1 << 44
_MAKERS = frozenset({b"", b"ai.onnx", b"ai.onnx.ml", b"com.microsoft"})

_MOST_PROPERTY = 64 << 20
CONFIG, TOKENIZER = "config.json", "tokenizer.json"

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_EXTERNAL = 1

# Which fields of which message hold which message: all ways to a tensor.
_PARTS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "opset", 14: "property", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 9: "opset", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}


@dataclass(slots=True)
class _Seen:
    fields: int = 0
    tensors: int = 0
    parameters: int = 0
    nodes: int = 0
    ir: int = 0
    producer: bytes = b""
    name: bytes = b""
    opsets: dict[bytes, int] = field(default_factory=dict)
    properties: dict[str, bytes] = field(default_factory=dict)


class Config(msgspec.Struct):
    """What is wanted of a config.json."""

    model_type: str = ""
    vocab_size: int = 0
    max_position_embeddings: int = 0


def config(properties: dict[str, bytes]) -> Config:
    """The config.json among the properties; an empty one where there is none. Raises Broken."""
    try:
        return msgspec.json.decode(properties.get(CONFIG, b"{}"), type=Config)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Broken(f"its config.json cannot be read ({error})") from error


def properties(file: BinaryIO, size: int) -> dict[str, bytes]:
    """The properties it carries, as they are. Raises Broken, as `read` does."""
    return _seen(file, size).properties


def read(file: BinaryIO, size: int) -> Header:
    """The header. Raises Broken, also when the file is no ONNX at all."""
    seen = _seen(file, size)
    about = config(seen.properties)
    carried = seen.properties.get(TOKENIZER)
    return Header(
        format="onnx",
        bytes=size,
        version=seen.ir,
        architecture=about.model_type[:200],
        name=tidy(seen.name),
        family=family_of(marks(carried)) if carried else "",
        context=about.max_position_embeddings,
        parameters=seen.parameters,
        tensors=seen.tensors,
        producer=tidy(seen.producer),
        opset=max(seen.opsets.get(b"", 0), seen.opsets.get(b"ai.onnx", 0)),
    )


def _seen(file: BinaryIO, size: int) -> _Seen:
    if size < 16:
        raise Broken("it is neither GGUF nor ONNX")
    seen = _Seen()
    with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as data:
        _walk(data, 0, size, "model", 0, seen)
    if not seen.ir or not seen.opsets or not seen.nodes:
        raise Broken("it is neither GGUF nor ONNX")
    strange = sorted(seen.opsets.keys() - _MAKERS)
    if strange:
        raise Broken(f"it needs operators of an unknown maker ({tidy(strange[0])})")
    return seen


def _walk(data: mmap.mmap, at: int, end: int, kind: str, depth: int, seen: _Seen) -> None:
    if depth > _MOST_DEPTH:
        raise Broken("its graphs are nested too deep")
    seen.nodes += kind == "node"
    if kind == "tensor":
        _tensor(data, at, end, seen)
        return
    if kind == "property":
        _property(data, at, end, seen)
        return
    maker, version = b"", 0
    for number, value, start in _fields(data, at, end, seen):
        if start is None:
            seen.ir = value if (kind, number) == ("model", 1) else seen.ir
            version = value if (kind, number) == ("opset", 2) else version
        elif part := _PARTS.get(kind, {}).get(number):
            _walk(data, start, start + value, part, depth + 1, seen)
        elif (kind, number) == ("model", 2):
            seen.producer = data[start : start + min(value, 800)]
        elif (kind, number) == ("graph", 2) and not seen.name:
            seen.name = data[start : start + min(value, 800)]
        elif (kind, number) == ("opset", 1):
            maker = data[start : start + min(value, 200)]
    if kind == "opset":
        seen.opsets[maker] = version


def _tensor(data: mmap.mmap, at: int, end: int, seen: _Seen) -> None:
    dimensions: list[int] = []
    for number, value, start in _fields(data, at, end, seen):
        if number == 13 or (number == 14 and value == _EXTERNAL):
            raise Broken("it keeps weights in other files, which is refused; export it as one file")
        if number == 1 and start is None:
            dimensions.append(value)
        elif number == 1 and start is not None:
            position = start
            while position < start + value:
                dimension, position = _varint(data, position, start + value)
                dimensions.append(dimension)
    seen.tensors += 1
    seen.parameters += math.prod(dimensions[:16])
    if seen.parameters > _MOST_PARAMETERS:
        raise Broken("its tensors claim more weights than any file holds")


def _property(data: mmap.mmap, at: int, end: int, seen: _Seen) -> None:
    """Keep the value if it is one of those carried; the first of a name counts."""
    parts = {number: (start, value) for number, value, start in _fields(data, at, end, seen) if start is not None}
    if 1 not in parts or 2 not in parts:
        return
    (name_at, name_size), (value_at, value_size) = parts[1], parts[2]
    name = tidy(data[name_at : name_at + min(name_size, 800)])
    if name in (CONFIG, TOKENIZER) and name not in seen.properties:
        if value_size > _MOST_PROPERTY:
            raise Broken(f"the {name} in it is larger than any")
        seen.properties[name] = data[value_at : value_at + value_size]


def _fields(data: mmap.mmap, at: int, end: int, seen: _Seen) -> Iterator[tuple[int, int, int | None]]:
    """(field number, value, None) of a number, (field number, length, start) of bytes."""
    while at < end:
        seen.fields += 1
        if seen.fields > _MOST_FIELDS:
            raise Broken("it has more parts than any model")
        key, at = _varint(data, at, end)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(data, at, end)
            yield number, value, None
        elif wire == _BYTES:
            length, at = _varint(data, at, end)
            if length > end - at:
                raise Broken("a part of it ends beyond the whole; it is cut off or no ONNX file")
            yield number, length, at
            at += length
        elif wire in (_FIXED64, _FIXED32):
            at += 8 if wire == _FIXED64 else 4
        else:
            raise Broken("it is neither GGUF nor ONNX")
    if at != end:
        raise Broken("a part of it ends beyond the whole; it is cut off or no ONNX file")


def _varint(data: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise Broken("a number in it does not end; it is cut off or no ONNX file")
