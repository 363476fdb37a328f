"""Zip archives, read once from front to back by the headers before each member; the directory at the end is not used.

So a pipe can be read, and a directory that lies has no say. Members stored or deflated are read; others are told.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from edgeops.intake.blocks import Piece
from edgeops.intake.extents import CHUNK
from edgeops.intake.tape import Member, Portion, Tape

MAGIC = b"PK\x03\x04"
MOST_HEADERS = 300_000
_ENDS = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")
_DESCRIPTOR = b"PK\x07\x08"
_HEADER = struct.Struct("<4sHHHHHLLLHH")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _STREAMED, _UTF8 = 1, 8, 0x800
_ZIP64 = 1
_LARGE = 0xFFFFFFFF
_SOME = 1 << 16


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before a member. packed is its size in the archive; it and the checksum may be unknown yet (None)."""

    name: str
    flags: int
    method: int
    packed: int | None
    checksum: int | None
    written: datetime | None


def _header(tape: Tape) -> Header | None:
    """The next header; None when there is none."""
    fixed = tape.peek(_HEADER.size)
    if len(fixed) < _HEADER.size or not fixed.startswith(MAGIC):
        return None
    _, _, flags, method, time, date, checksum, packed, size, named, extra = _HEADER.unpack(tape.take(_HEADER.size))
    name, more = tape.take(named), tape.take(extra)
    if len(more) < extra:
        return None
    if packed == _LARGE:
        packed = _large(more, first=size == _LARGE)
    empty = method == _STORED and tape.peek(4) == _DESCRIPTOR
    length = None if flags & _STREAMED and not packed and not empty else packed
    return Header(
        _name(name, flags), flags, method, length, None if flags & _STREAMED else checksum, _moment(date, time)
    )


def _name(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "surrogateescape") if flags & _UTF8 else raw.decode("cp437")


def _large(extra: bytes, *, first: bool) -> int:
    """The packed size that stands in the zip64 field; the unpacked one comes first where there is one."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _ZIP64 and size >= 8 * (1 + first) and at + 4 + 8 * (1 + first) <= len(extra):
            value: int = struct.unpack_from("<Q", extra, at + 4 + 8 * first)[0]
            return value
        at += 4 + size
    return _LARGE


def _moment(date: int, time: int) -> datetime | None:
    try:
        return datetime(
            1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, 2 * (time & 31), tzinfo=UTC
        )
    except ValueError:
        return None


def members(tape: Tape) -> Iterator[Member]:
    """The files of an archive; the tape's notes get what is wrong with it."""
    headers = 0
    while (found := _header(tape)) is not None:
        headers += 1
        if headers > MOST_HEADERS:
            tape.notes.append(f"zip: stopped after {MOST_HEADERS} headers; unpack it to read more")
            return
        content = _Content(found, tape)
        if not found.name.endswith("/"):
            yield Member(found.name, content.pieces, found.written, content.refusal)
        if not content.skip():
            if tape.peek(1):
                tape.notes.append(f"zip is damaged, or a member's length unknown, at its byte {tape.at}")
            tape.cut()
            return
    if tape.peek(4) not in _ENDS:
        what = "is damaged" if tape.peek(1) else "has no end mark and may have been cut off,"
        tape.notes.append(f"zip {what} at its byte {tape.at}: what came before was read")


class _Content:
    """What follows a header."""

    def __init__(self, header: Header, tape: Tape) -> None:
        self._header, self._tape = header, tape
        self._portion = None if header.packed is None else Portion(tape, header.packed)
        self._ended = False
        self.pieces = self._checked()

    @property
    def refusal(self) -> str:
        """Why it cannot be read; empty when it can."""
        if self._header.flags & _ENCRYPTED:
            return "is encrypted; unpack the archive to read it"
        if self._header.method not in (_STORED, _DEFLATED):
            return f"is packed by a method that is not read here (number {self._header.method}); unpack the archive"
        if self._header.method == _STORED and self._portion is None:
            return "is of unknown length; unpack the archive to read it"
        return ""

    def skip(self) -> bool:
        """Pass over what is left; whether it was there, with what follows it."""
        if self._portion:
            return self._portion.skip() and self._passed()
        if self._header.method == _DEFLATED and not self.refusal:
            for _ in self.pieces:
                pass
        return self._ended and self._passed()

    def _checked(self) -> Iterator[Piece]:
        """The text. Damage ends it early."""
        at = checksum = 0
        for text in self._texts():
            yield at, text
            at += len(text)
            checksum = zlib.crc32(text, checksum)
        if not self._ended and self._tape.peek(1):
            self._tape.notes.append(f"zip damaged at byte {at} of the text: what came before was read")
        elif self._header.checksum not in (checksum, None):
            self._tape.notes.append("zip: its checksum is wrong, so it may be damaged")

    def _texts(self) -> Iterator[bytes]:
        if self._header.method == _STORED:
            yield from self._packed()
            self._ended = True
            return
        unpack = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        for data in self._packed():
            while data and not unpack.eof:
                try:
                    text = unpack.decompress(data, CHUNK)
                except zlib.error:
                    return
                data = unpack.unconsumed_tail
                if text:
                    yield text
            if unpack.eof:
                self._ended = True
                if self._portion is None:
                    self._tape.back(unpack.unused_data)
                return

    def _packed(self) -> Iterator[bytes]:
        if self._portion:
            yield from (data for _, data in self._portion.pieces())
            return
        while data := self._tape.some(_SOME):
            yield data

    def _passed(self) -> bool:
        """Pass over the sizes that follow a member written as a stream."""
        if not self._header.flags & _STREAMED:
            return True
        marked = len(_DESCRIPTOR) * (self._tape.peek(4) == _DESCRIPTOR)
        for size in (12, 20):
            if self._tape.peek(marked + size + 2)[marked + size :] == MAGIC[:2]:
                self._tape.take(marked + size)
                return True
        return False
