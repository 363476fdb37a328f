"""An exported ONNX model is a folder: model.onnx, config.json, tokenizer.json and maybe a manifest. On the shelf it is one file.

What lies beside the model becomes properties of it, so that one hash says that all of it is right. An ONNX file is a
protocol buffer, and one of those may be continued by more fields behind its end.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

# msgspec: reads the manifest and refuses what does not fit.
import msgspec

from edgeops.errors import CatalogError, HashMismatch

MODEL = "model.onnx"
BESIDE = ("config.json", "tokenizer.json")
MANIFEST = "edgeops.json"
"""Written by `edgeops-quantize onnx`; a folder from elsewhere has none."""
_MOST = 64 << 20
_PROPERTY = 14


class _Manifest(msgspec.Struct):
    files: dict[str, str]
    licence: str = ""


@dataclass(frozen=True, slots=True)
class OnnxFolder:
    """tail is what the file on the shelf has behind the model's own bytes; sha256 is the model's by the manifest ("": none)."""

    model: Path
    tail: bytes
    sha256: str = ""
    licence: str = ""


def read(folder: Path) -> OnnxFolder:
    """What an import needs of the folder. Raises CatalogError for one of another kind, HashMismatch where the manifest says so."""
    missing = [name for name in (MODEL, *BESIDE) if not (folder / name).is_file()]
    if missing:
        raise CatalogError(
            f"{folder} is no exported ONNX model: it has no {' and no '.join(missing)}. "
            "Give a GGUF file, or a folder that `edgeops-quantize onnx` wrote."
        )
    manifest = _manifest(folder / MANIFEST)
    tail = b""
    for name in BESIDE:
        content = _content(folder / name)
        found, right = hashlib.sha256(content).hexdigest(), manifest.files.get(name, "")
        if right and found != right:
            raise damaged(folder / name, found, right)
        tail += _field(_PROPERTY, _field(1, name.encode()) + _field(2, content))
    return OnnxFolder(folder / MODEL, tail, manifest.files.get(MODEL, ""), manifest.licence)


def damaged(path: Path, found: str, right: str) -> HashMismatch:
    """What is said of a file that is not the one of the manifest."""
    return HashMismatch(
        f"{path} is damaged: its SHA-256 is {found}, but {right} is right by the manifest. Export or copy the folder again."
    )


def _manifest(path: Path) -> _Manifest:
    if not path.exists():
        return _Manifest({})
    try:
        return msgspec.json.decode(_content(path), type=_Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CatalogError(f"The manifest {path} cannot be read ({error}). Export or copy the folder again.") from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST + 1)
    except OSError as error:
        raise CatalogError(
            f"{path} cannot be read ({(error.strerror or '').lower()}); check its permissions."
        ) from error
    if len(content) > _MOST:
        raise CatalogError(f"{path} is larger than any such file ({_MOST >> 20} MB at most); give another folder.")
    return content


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
