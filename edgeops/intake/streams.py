"""Bytes to be read as text: a file's data, a pipe, UTF-16 made UTF-8. All yield (offset, bytes)."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator
from typing import IO

from edgeops.intake.blocks import Piece
from edgeops.intake.extents import CHUNK, Extents


def file_pieces(fd: int, stretches: Extents, notes: list[str], *, sized: bool = True) -> Iterator[Piece]:
    """The data of a regular file; one that fails underway, or is shorter than its size said, ends early with a note."""
    for start, end in stretches:
        at = start
        while at < end:
            try:
                data = os.pread(fd, min(CHUNK, end - at), at)
            except OSError as error:
                notes.append(f"could not be read beyond byte {at}: {error.strerror or error}")
                return
            if not data:
                if sized:
                    notes.append(f"shrank while it was read: it ended at byte {at} instead of {end}")
                return
            yield at, data
            at += len(data)


def after(pieces: Iterator[Piece], count: int) -> Iterator[Piece]:
    """The pieces without the source's first bytes (a byte order mark)."""
    for offset, data in pieces:
        if offset < count:
            offset, data = count, data[count - offset :]
        yield offset, data


def pipe_pieces(pipe: IO[bytes], limit: int, notes: list[str]) -> Iterator[Piece]:
    """The data of a pipe, up to limit bytes."""
    at = 0
    read: Callable[[int], bytes | None] = getattr(pipe, "read1", pipe.read)
    while at < limit:
        try:
            data = read(min(CHUNK, limit - at))
        except OSError as error:
            notes.append(f"could not be read beyond byte {at}: {error.strerror or error}")
            return
        if not data:
            return
        yield at, data
        at += len(data)
    if read(1):
        notes.append(f"only the first {limit} bytes of the stream were read")


def limited(pieces: Iterator[Piece], limit: int, notes: list[str]) -> Iterator[Piece]:
    """The pieces up to limit bytes."""
    for offset, data in pieces:
        if offset + len(data) > limit:
            notes.append(f"only the first {limit} bytes of it were read")
            yield offset, data[: limit - offset]
            return
        yield offset, data


# ---------------------------------------------------------------- UTF-16

_SURROGATES = "surrogatepass"


def utf16(head: bytes) -> tuple[str, int]:
    """The codec of a text in UTF-16 and the length of its byte order mark; an empty codec when it is none."""
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark) and not head.startswith(codecs.BOM_UTF32_LE):
            return codec, 2
    sample = head[:4096]
    half = len(sample) // 2
    if half >= 8:
        even, odd = sample[0::2], sample[1::2]
        for zeros, text, codec in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
            if zeros.count(0) > 0.4 * half and text.count(0) < 0.02 * half and b"\n" in text:
                return codec, 0
    return "", 0


def transcoded(pieces: Iterator[Piece], codec: str, notes: list[str]) -> Iterator[Piece]:
    """UTF-16 as UTF-8; lone surrogates are kept. Offsets stay those of the source."""
    decoder = codecs.getincrementaldecoder(codec)(_SURROGATES)
    at: int | None = None
    end = 0
    for offset, data in pieces:
        if at is None or offset != end:
            decoder.reset()
            at = offset
        end = offset + len(data)
        text = decoder.decode(data)
        if text:
            yield at, text.encode("utf-8", _SURROGATES)
        at = end - len(decoder.getstate()[0])
    if at is not None and at < end:
        notes.append(f"{end - at} bytes at the end are no whole UTF-16 character and were not read")
