"""Compressed logs: gzip, bzip2, xz and zstd, told by their first bytes, read member after member under a limit."""

from __future__ import annotations

import bz2
import lzma
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from edgeops.intake.blocks import Piece
from edgeops.intake.extents import CHUNK

MOST_MEMORY = 128 << 20
"""What a packer's window may take: `xz -9` wants 65 MiB, `zstd --ultra -22` all of it."""
_WINDOW_LOG = 27
_STEP = 16384


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Broken(Exception):
    """The packed data are damaged, or want more memory than is given. salvage is the text before that."""

    def __init__(self, why: str, salvage: bytes) -> None:
        super().__init__(why)
        self.salvage = salvage


class _Gunzip:
    """zlib's decompressor in the shape of the others."""

    def __init__(self, bits: int = 31) -> None:
        self._inner = zlib.decompressobj(wbits=bits)

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
        except zlib.error as error:
            raise _Broken(str(error), _before_damage(before, data, max_length)) from error


def _before_damage(unpack: zlib._Decompress, data: bytes, room: int) -> bytes:
    """What a call that fails would have given before it fails, found by taking ever smaller steps."""
    text = b""
    step = _STEP
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


class _Stepwise:
    """A decompressor asked for a little at a time: a call that fails takes what it had unpacked with it."""

    def __init__(self, inner: _Unpacker, failures: tuple[type[Exception], ...]) -> None:
        self._inner, self._failures = inner, failures

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        texts: list[bytes] = []
        held = 0
        while held < max_length and not self._inner.eof:
            try:
                text = self._inner.decompress(data, _STEP)
            except self._failures as error:
                raise _Broken(str(error), b"".join(texts)) from error
            if not text:
                break
            texts.append(text)
            held, data = held + len(text), b""
        return b"".join(texts)


def _bunzip() -> _Unpacker:
    return _Stepwise(bz2.BZ2Decompressor(), (OSError, EOFError, ValueError))


def _unxz() -> _Unpacker:
    return _Stepwise(lzma.LZMADecompressor(memlimit=MOST_MEMORY), (lzma.LZMAError, EOFError, ValueError))


def _unzstd() -> _Unpacker:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        # backports.zstd: the standard library's zstd for Pythons that have none; see pyproject.toml.
        from backports import zstd
    options = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG}
    return _Stepwise(zstd.ZstdDecompressor(options=options), (zstd.ZstdError, EOFError, ValueError))


# zstd: a frame, or one to be skipped, which `pzstd` puts before each frame.
MAGIC: dict[str, re.Pattern[bytes]] = {
    "gzip": re.compile(rb"\x1f\x8b\x08"),
    "bzip2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\0"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
}
_LONGEST_MAGIC = 10
_OPENERS: dict[str, Callable[[], _Unpacker]] = {"gzip": _Gunzip, "bzip2": _bunzip, "xz": _unxz, "zstd": _unzstd}
BOMB_AFTER = 64 << 20
BOMB_RATIO = 400


def compression(head: bytes) -> str:
    """The name of the compression that these first bytes show; empty when they show none."""
    return next((name for name, magic in MAGIC.items() if magic.match(head)), "")


@dataclass
class Unpacking:
    """Compressed data on their way to text, member after member. Damage, a bomb or the limit (bytes) ends it with a note.

    The limit may still be changed underway.
    """

    kind: str
    limit: int
    notes: list[str]

    def pieces(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The text in pieces of about a mebibyte."""
        at, texts, held = 0, list[bytes](), 0
        for text in self._texts(pieces):
            texts.append(text)
            held += len(text)
            if held >= CHUNK:
                yield at, b"".join(texts)
                at, texts, held = at + held, [], 0
        if held:
            yield at, b"".join(texts)

    def _texts(self, pieces: Iterator[Piece]) -> Iterator[bytes]:
        kind, magic = self.kind, MAGIC[self.kind]
        unpack = _OPENERS[kind]()
        at = packed = 0
        data = b""
        for piece in _slices(pieces):
            packed += len(piece)
            data += piece
            while True:
                if unpack.eof:
                    data = data.lstrip(b"\0")
                    if not magic.match(data):
                        break
                    unpack = _OPENERS[kind]()
                try:
                    text = unpack.decompress(data, CHUNK)
                except _Broken as broken:
                    yield broken.salvage
                    self.notes.append(_told(kind, broken, at + len(broken.salvage)))
                    return
                data = unpack.unused_data if unpack.eof else b""
                if text:
                    yield text
                    at += len(text)
                elif not unpack.eof:
                    break
                if at >= self.limit or is_bomb(at, packed):
                    self.notes.append(
                        f"{kind}: stopped after {at} bytes of text from {packed} packed bytes; unpack it to read more"
                    )
                    return
            if unpack.eof and len(data) >= _LONGEST_MAGIC:
                break
        if not unpack.eof:
            self.notes.append(f"{kind} ends too early, at byte {at} of the text: what came before was read")
        elif data:
            self.notes.append(
                f"{kind}: the bytes after its end, at byte {at} of the text, are not {kind} and were not read"
            )


def is_bomb(text: int, packed: int) -> bool:
    """Whether so many bytes of text from so few packed ones are no log."""
    return text > BOMB_AFTER and text > BOMB_RATIO * packed


def _slices(pieces: Iterator[Piece]) -> Iterator[bytes]:
    """The packed bytes, a little at a time: what follows the end of a member is copied once for each member."""
    for _, piece in pieces:
        for at in range(0, len(piece), _STEP):
            yield piece[at : at + _STEP]


def _told(kind: str, broken: _Broken, at: int) -> str:
    """What a person is told of packed data that cannot be unpacked further."""
    if "memory" in str(broken).lower():
        return (
            f"{kind} wants more than {MOST_MEMORY >> 20} MiB of memory from byte {at} of the text on: "
            "what came before was read; unpack it to read more"
        )
    return f"{kind} damaged at byte {at} of the text: what came before was read"
