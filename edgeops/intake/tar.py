"""Tar archives, read once from front to back: nothing is written to disk, whatever the names in them say.

POSIX, GNU and old headers; long names; sparse and linked members are told and passed over. After damage reading goes on
at the next header.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from edgeops.intake.tape import Member, Portion, Tape

BLOCK = 512
MOST_HEADERS = 300_000
_MOST_EXTENDED = 1 << 20
"""Bytes of a long name or an extended header that are looked at; larger ones belong to no honest archive."""
_MOST_SPARSE = 4096
_LATEST = 2**35
_MAGIC = slice(257, 262)
_FILES = (b"0", b"\0", b"7")
_REFUSALS = {
    b"1": "is a link to another member; that one is read",
    b"2": "is a link; where it leads is not looked at",
    b"3": "is a device",
    b"4": "is a device",
    b"6": "is a pipe",
}
_SPARSE = "has holes (it was archived as sparse); unpack the archive to read it"
# These have no content, whatever size they claim.
_BARE = (b"1", b"2", b"3", b"4", b"5", b"6")


@dataclass(frozen=True, slots=True)
class Header:
    """What a header block says."""

    name: bytes
    size: int
    kind: bytes
    written: int
    extended: bool
    """Whether more blocks of a sparse map follow."""


def header(block: bytes) -> Header | None:
    """The header in a block; None when it is none (its checksum is wrong)."""
    if len(block) < BLOCK:
        return None
    told = _number(block[148:156])
    blank = block[:148] + b" " * 8 + block[156:]
    size = _number(block[124:136])
    # Some old packers added up signed bytes.
    if told is None or size is None or size < 0:
        return None
    if (excess := sum(blank) - told) and excess != 256 * sum(byte > 127 for byte in blank):
        return None
    name, prefix = block[:100].partition(b"\0")[0], b""
    if block[257:263] == b"ustar\0":
        prefix = block[345:500].partition(b"\0")[0]
    kind = b"5" if block[156:157] in (b"0", b"\0") and name.endswith(b"/") else block[156:157]
    whole = prefix + b"/" + name if prefix else name
    return Header(whole, size, kind, _number(block[136:148]) or 0, block[482] != 0 and kind == b"S")


def _number(field: bytes) -> int | None:
    """Octal digits, or GNU's binary for large numbers."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big")
        return value - (0x80 << 8 * (len(field) - 1)) if field[0] == 0x80 else value - (1 << 8 * len(field))
    digits = field.partition(b"\0")[0].strip()
    try:
        return int(digits or b"0", 8)
    except ValueError:
        return None


@dataclass
class _Extended:
    """What headers before a member say about it in place of its own."""

    name: bytes = b""
    size: int | None = None
    sparse: bool = False
    written: float | None = None

    def read(self, records: bytes) -> None:
        """Take over the records of a pax header, as far as they are sound."""
        at = 0
        while at < len(records):
            length, blank, _ = records[at : at + 20].partition(b" ")
            if not blank or not length.isdigit() or not at + len(length) + 1 < (end := at + int(length)):
                return
            key, _, value = records[at + len(length) + 1 : end].rstrip(b"\n").partition(b"=")
            self._take(key, value)
            at = end

    def _take(self, key: bytes, value: bytes) -> None:
        if key in (b"path", b"GNU.sparse.name"):
            self.name = value
        elif key == b"size" and value.isdigit() and len(value) < 20:
            self.size = int(value)
        elif key.startswith(b"GNU.sparse."):
            self.sparse = True
        elif key == b"mtime" and value.replace(b".", b"", 1).isdigit() and len(value) < 40:
            self.written = float(value)


def members(tape: Tape) -> Iterator[Member]:
    """The files of an archive; the tape's notes get what is wrong with it."""
    extended, blank, headers = _Extended(), 0, 0
    while blank < 2:
        block = tape.peek(BLOCK)
        found = header(block)
        if block and not block.strip(b"\0"):
            tape.take(BLOCK)
            blank += 1
        elif headers == MOST_HEADERS:
            tape.notes.append(f"tar: stopped after {headers} headers; unpack it to read more")
            return
        elif found is not None:
            tape.take(BLOCK)
            headers += 1
            portion = _portion(found, extended, tape)
            if found.kind in (b"L", b"x"):
                _extend(extended, found.kind, portion)
            elif found.kind not in (b"K", b"g"):
                if found.kind in (*_FILES, b"S", *_REFUSALS):
                    yield _member(found, extended, portion)
                extended = _Extended()
            if not portion.skip():
                return
            # Not all packers fill up the last block.
            tape.take(-portion.size % BLOCK)
            blank = 0
        elif not _resumed(tape):
            return


def _portion(found: Header, extended: _Extended, tape: Tape) -> Portion:
    """What follows a header: its content, and before that the map of an old sparse member, which is passed over."""
    more, blocks = found.extended, 0
    while more and blocks < _MOST_SPARSE:
        more, blocks = tape.take(BLOCK)[504:505] > b"\0", blocks + 1
    if found.kind in _BARE:
        return Portion(tape, 0)
    return Portion(
        tape, found.size if extended.size is None or found.kind in (b"L", b"x", b"K", b"g") else extended.size
    )


def _extend(extended: _Extended, kind: bytes, portion: Portion) -> None:
    content = b"".join(data for _, data in portion.pieces()) if portion.size <= _MOST_EXTENDED else b""
    if kind == b"L":
        extended.name = content.partition(b"\0")[0]
    else:
        extended.read(content)


def _member(found: Header, extended: _Extended, portion: Portion) -> Member:
    written = found.written if extended.written is None else extended.written
    return Member(
        os.fsdecode(extended.name or found.name),
        portion.pieces(),
        datetime.fromtimestamp(min(max(written, 0), _LATEST), UTC) if written else None,
        _SPARSE if extended.sparse or found.kind == b"S" else _REFUSALS.get(found.kind, ""),
    )


def _resumed(tape: Tape) -> bool:
    """Go on to the next header after something that is none; False when there is no other."""
    began = tape.at
    while block := tape.peek(BLOCK):
        if block[_MAGIC] == b"ustar" and header(block):
            tape.notes.append(f"tar damaged at its byte {began}: {tape.at - began} bytes were passed over")
            return True
        tape.take(BLOCK)
    if tape.at > began:
        tape.notes.append(f"tar damaged at its byte {began}: what came before was read")
    else:
        tape.notes.append("tar has no end mark: it may have been cut off")
    return False
