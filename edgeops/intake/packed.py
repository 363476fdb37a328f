"""Compressed logs: gzip, bzip2 and xz, told by their first bytes, read member after member under a limit."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from edgeops.intake.blocks import Piece
from edgeops.intake.extents import CHUNK


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Gunzip:
    """zlib's decompressor in the shape of those of bz2 and lzma; what precedes damage can be had from `salvage`."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self.salvage = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        data = self._inner.unconsumed_tail + data
        before = self._inner.copy()
        try:
            return self._inner.decompress(data, max_length)
        except zlib.error:
            self.salvage = _before_damage(before, data, max_length)
            raise


def _before_damage(unpack: zlib._Decompress, data: bytes, room: int) -> bytes:
    """What a call that fails would have given before it fails, found by taking ever smaller steps."""
    text = b""
    step = 16384
    while step and len(text) < room:
        trial = unpack.copy()
        try:
            more = trial.decompress(data, step)
        except zlib.error:
            step //= 8
            continue
        if not more:
            break
        text += more
        unpack, data = trial, trial.unconsumed_tail
    return text


MAGIC: dict[str, bytes] = {"gzip": b"\x1f\x8b\x08", "bzip2": b"BZh", "xz": b"\xfd7zXZ\0"}
_OPENERS: dict[str, Callable[[], _Unpacker]] = {
    "gzip": _Gunzip,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
}
_BROKEN = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)
BOMB_AFTER = 64 << 20
BOMB_RATIO = 400


def compression(head: bytes) -> str:
    """The name of the compression that these first bytes show; empty when they show none."""
    return next((name for name, magic in MAGIC.items() if head.startswith(magic)), "")


def unpacked(pieces: Iterator[Piece], kind: str, limit: int, notes: list[str]) -> Iterator[Piece]:
    """The uncompressed data, member after member. Damage, a bomb or the limit (bytes) ends it with a note."""
    unpack, magic = _OPENERS[kind](), MAGIC[kind]
    at = packed = 0
    data = b""
    for _, piece in pieces:
        packed += len(piece)
        data += piece
        while True:
            if unpack.eof:
                data = data.lstrip(b"\0")
                if not data.startswith(magic):
                    break
                unpack = _OPENERS[kind]()
            try:
                text = unpack.decompress(data, CHUNK)
            except _BROKEN:
                if salvage := getattr(unpack, "salvage", b""):
                    yield at, salvage
                notes.append(f"{kind} damaged at byte {at + len(salvage)} of the text: what came before was read")
                return
            data = unpack.unused_data if unpack.eof else b""
            if text:
                yield at, text
                at += len(text)
            elif not unpack.eof:
                break
            if at >= limit or (at > BOMB_AFTER and at > BOMB_RATIO * packed):
                notes.append(
                    f"{kind}: stopped after {at} bytes of text from {packed} packed bytes; unpack it to read more"
                )
                return
        if unpack.eof and data and not magic.startswith(data[: len(magic)]):
            break
    if not unpack.eof:
        notes.append(f"{kind} ends too early, at byte {at} of the text: what came before was read")
    elif data:
        notes.append(f"{kind}: the bytes after its end, at byte {at} of the text, are not {kind} and were not read")
