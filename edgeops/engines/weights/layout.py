"""The structure of a GGUF file: its keys as they stand, its tensors and where they lie. Read without copying, written whole."""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from edgeops.engines.gguf import BLOCKS
from edgeops.errors import CatalogError, ModelUnfit

F32, F16, Q8_0, BF16 = 0, 1, 8, 30
_ALIGN = 32
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor's place; shape in GGUF's order (the length of a row first), at and bytes in the file."""

    name: str
    shape: tuple[int, ...]
    type: int
    at: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """keys hold each value as it is written, its type's number included."""

    path: Path
    keys: Mapping[str, bytes]
    tensors: Mapping[str, Tensor]

    def get(self, key: str) -> Value | None:
        """A text or a number; None for an array or where there is no such key."""
        raw = self.keys.get(key, b"")
        kind = int.from_bytes(raw[:4], "little") if raw else _ARRAY
        if kind == _ARRAY:
            return None
        if kind == _STRING:
            return raw[12:].decode("utf-8", "replace")
        value: Value = struct.unpack(_NUMBERS[kind], raw[4:])[0]
        return value

    def text(self, key: str) -> str:
        """A text, or ""."""
        value = self.get(key)
        return value if isinstance(value, str) else ""

    def whole(self, key: str) -> int:
        """A whole number, or 0."""
        value = self.get(key)
        return int(value) if isinstance(value, (int, float)) else 0

    @property
    def architecture(self) -> str:
        return self.text("general.architecture")


def read(path: Path) -> Layout:
    """The structure of a file. Raises ModelUnfit when it is no whole GGUF file of version 2 or 3."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _parse(path, data)
    except OSError as error:
        raise ModelUnfit(f"{path} cannot be read ({error.strerror}); name a GGUF file.") from error
    # An empty file cannot be mapped: ValueError. All reads are bounded by the file's end: struct.error.
    except (ValueError, struct.error, KeyError, OverflowError) as error:
        raise ModelUnfit(f"{path} is no whole GGUF file ({error}); get it again, or name another.") from error


def _parse(path: Path, data: mmap.mmap) -> Layout:
    magic, version, tensors, keys = struct.unpack_from("<4sIQQ", data)
    if magic != b"GGUF" or version not in (2, 3):
        raise ValueError("it does not begin like one of version 2 or 3")
    at, found = 24, {}
    for _ in range(keys):
        key, at = _text(data, at)
        end = _end(data, at)
        found[key] = data[at:end]
        at = end
    listed = []
    for _ in range(tensors):
        tensor, at = _tensor(data, at)
        listed.append(tensor)
    align = int.from_bytes(found.get("general.alignment", b"")[4:], "little") or _ALIGN
    begin = -(-at // align) * align
    placed = {one.name: Tensor(one.name, one.shape, one.type, begin + one.at, one.bytes) for one in listed}
    if any(one.at + one.bytes > len(data) for one in placed.values()):
        raise ValueError("it was cut off")
    return Layout(path, found, placed)


def _text(data: mmap.mmap, at: int) -> tuple[str, int]:
    end = at + 8 + struct.unpack_from("<Q", data, at)[0]
    if end > len(data):
        raise ValueError("a text in it has no end")
    return data[at + 8 : end].decode("utf-8", "replace"), end


def _end(data: mmap.mmap, at: int) -> int:
    """Where the value ends that begins at `at` with its type."""
    kind = struct.unpack_from("<I", data, at)[0]
    if kind == _STRING:
        return _text(data, at + 4)[1]
    if kind != _ARRAY:
        return _inside(data, at + 4 + _SIZES[kind])
    kind, count = struct.unpack_from("<IQ", data, at + 4)
    at += 16
    if kind != _STRING:
        return _inside(data, at + count * _SIZES[kind])
    for _ in range(count):
        at = _inside(data, at + 8 + struct.unpack_from("<Q", data, at)[0])
    return at


def _inside(data: mmap.mmap, at: int) -> int:
    if at > len(data):
        raise ValueError("a value in it has no end")
    return at


def _tensor(data: mmap.mmap, at: int) -> tuple[Tensor, int]:
    """A tensor as listed, and where the next one stands; its place counts from the first tensor's."""
    name, at = _text(data, at)
    dimensions = struct.unpack_from("<I", data, at)[0]
    if not 1 <= dimensions <= 4:
        raise ValueError(f"a tensor in it has {dimensions} dimensions")
    shape = struct.unpack_from(f"<{dimensions}Q", data, at + 4)
    kind, offset = struct.unpack_from("<IQ", data, at + 4 + 8 * dimensions)
    return Tensor(name, shape, kind, offset, size_of(shape, kind)), at + 16 + 8 * dimensions


def size_of(shape: Sequence[int], kind: int) -> int:
    """Bytes of a tensor. Raises ValueError for a type that is not known, or rows that it cannot hold."""
    if kind not in BLOCKS:
        raise ValueError(f"it has a tensor of the unknown type {kind}")
    weights, size = BLOCKS[kind]
    if shape[0] % weights:
        raise ValueError(f"rows of {shape[0]} are no multiple of {weights}")
    return prod(shape) // weights * size


def packed(value: Value) -> bytes:
    """A value as it is written, its type first."""
    if isinstance(value, str):
        raw = value.encode()
        return struct.pack("<IQ", _STRING, len(raw)) + raw
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    return struct.pack("<If", 6, value) if isinstance(value, float) else struct.pack("<II", 4, value)


def size_of_file(keys: Mapping[str, bytes], tensors: Sequence[Tensor]) -> int:
    """Bytes that `write` will write."""
    return len(_head(keys, tensors)) + sum(_padded(size_of(one.shape, one.type)) for one in tensors)


def write(
    target: Path,
    keys: Mapping[str, bytes],
    tensors: Sequence[Tensor],
    content: Callable[[Tensor], Iterable[bytes | memoryview]],
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write a file in place of target, synced; tick is told (tensors done, of). Raises CatalogError when the disk fails."""
    keys = {name: value for name, value in keys.items() if name != "general.alignment"}
    try:
        with target.open("wb") as file:
            file.write(_head(keys, tensors))
            for done, tensor in enumerate(tensors, 1):
                size = sum(file.write(piece) for piece in content(tensor))
                if size != size_of(tensor.shape, tensor.type):
                    raise ModelUnfit(f"{tensor.name} came with {size} bytes; the file it came from is broken.")
                file.write(bytes(_padded(size) - size))
                tick(done, len(tensors))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CatalogError(f"{target} cannot be written ({error.strerror}); make room, then run this again.") from error


def _head(keys: Mapping[str, bytes], tensors: Sequence[Tensor]) -> bytes:
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(keys))
    head += b"".join(_counted(name) + value for name, value in keys.items())
    at = 0
    for one in tensors:
        shape = struct.pack(f"<I{len(one.shape)}Q", len(one.shape), *one.shape)
        head += _counted(one.name) + shape + struct.pack("<IQ", one.type, at)
        at += _padded(size_of(one.shape, one.type))
    return head + bytes(_padded(len(head)) - len(head))


def _counted(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _padded(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN
