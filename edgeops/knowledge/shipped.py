"""Vectors that come with the program: those of the starter pack's passages and faults, so that the first search is by meaning too.

The file is made by `python -m bench.pack_vectors`. It begins with a line that names the embedder; then come records of fixed size: the
hash of the text, the signs, the numbers. What is missing in it, or of another embedder, is made on the spot.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2s
from pathlib import Path

FILE = Path(__file__).parent / "weights" / "pack.vectors"
_HASH = 16


def key(text: str) -> bytes:
    """By which a text's vector is found."""
    return blake2s(text.encode("utf-8", "replace"), digest_size=_HASH).digest()


def shipped(embedder: str, size: int, file: Path = FILE) -> dict[bytes, tuple[bytes, bytes]]:
    """Signs and numbers by the key of their text; none when the file is missing or not of this embedder."""
    try:
        content = file.read_bytes()
    except OSError:
        return {}
    head = _head(embedder, size)
    step = _HASH + size // 8 + size
    if not content.startswith(head) or (len(content) - len(head)) % step:
        return {}
    starts = range(len(head), len(content), step)
    middle, end = _HASH + size // 8, step
    return {
        content[at : at + _HASH]: (content[at + _HASH : at + middle], content[at + middle : at + end]) for at in starts
    }


def content_of(embedder: str, size: int, rows: Iterable[tuple[str, bytes, bytes]]) -> bytes:
    """The file for these texts with their signs and numbers; the same rows give the same bytes."""
    records = {key(text): signs + numbers for text, signs, numbers in rows}
    return _head(embedder, size) + b"".join(name + records[name] for name in sorted(records))


def _head(embedder: str, size: int) -> bytes:
    return f"edgeops vectors 1 {embedder} {size}\n".encode()
