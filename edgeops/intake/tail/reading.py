"""The next batch of a stream: what its file has behind the offset, as far as that is whole."""

from __future__ import annotations

from dataclasses import replace

from edgeops.intake.binary import kind_of
from edgeops.intake.extents import CHUNK
from edgeops.intake.feed import Batch, Gap, Loss
from edgeops.intake.streams import utf16
from edgeops.intake.tail.cutting import Cut, cut, hole_in
from edgeops.intake.tail.stream import Stream
from edgeops.intake.tail.text import NEAR, PackedText, Text, print_of, raw_print

_SNIFFED = 4096
_FAR = 64 << 20
_WIDE = 16


class Changed(Exception):
    """The file no longer has what was read of it."""


class Unreadable(Exception):
    """The file is no log; the message is a sentence."""


def next_batch(stream: Stream, longest: int, *, ended: bool = False) -> Batch | None:
    """What comes next, about a mebibyte at most; None when there is nothing. ended: the unfinished last line too.

    longest is in bytes. Raises Changed, OSError, and Unreadable before anything was given.
    """
    text = stream.text
    if text is None or stream.mark.closed:
        return None
    near, data = _window(stream, text, max(CHUNK, longest + 1))
    if stream.offset == 0:
        _refuse(data[:_SNIFFED], stream.path)
    hole = None if stream.place.midway else hole_in(data, stream.offset)
    if hole is not None:
        begin, end = hole
        # NULs at the end of a file may still be written over: they wait.
        solid = text.solid_from(stream.offset + end, _FAR) if end == len(data) else stream.offset + end
        if begin == 0:
            return _over(stream, text, solid) if solid is not None and _comes(text, solid, longest, ended) else None
        data, ended = data[:begin], ended or solid is not None
    found = cut(data.rstrip(b"\0") if ended else data, stream.place, longest, ended=ended)
    return None if found is None else _given(stream, found, near, data)


def close_packed(stream: Stream, longest: int) -> Batch | None:
    """The last batches of a packed file: an unfinished line before damage, and that nothing more is read of it."""
    text = stream.text
    if not isinstance(text, PackedText) or stream.mark.closed:
        return None
    if words := text.trouble():
        last = next_batch(stream, longest, ended=True)
        if last is not None:
            return last
        stream.trouble = words
        stream.mark = replace(stream.mark, closed=True)
        return Batch(stream.checkpoint(), None, (Gap(stream.source, Loss.DAMAGED, stream.offset, None),))
    if text.at_end(stream.offset) and stream.offset:
        stream.mark = replace(stream.mark, closed=True)
        return Batch(stream.checkpoint())
    return None


def skip_to_end(stream: Stream, text: Text, *, whole: bool) -> None:
    """Pass over all lines that are there; whole: an unfinished last one too. A packed file is not unpacked for that."""
    if text.packed:
        stream.mark = replace(stream.mark, closed=True, head_hash=raw_print(text))
        return
    at = lines = border = 0
    while data := text.read(at, _WIDE * CHUNK):
        lines += data.count(b"\n")
        at, border = at + len(data), at + data.rfind(b"\n") + 1 if b"\n" in data else border
    stream.place = replace(stream.place, offset=at if whole else border, lines=lines)
    stream.refresh(text)


def _window(stream: Stream, text: Text, size: int) -> tuple[bytes, bytes]:
    """What stands right before the offset, which must be what was read, and what stands behind it; by one call, as files change."""
    before = stream.mark.near_size
    data = text.read(stream.offset - before, before + size)
    near = data[:before]
    if len(near) < before or print_of(near) != stream.mark.near_hash:
        raise Changed
    # Where nothing was read yet nothing can be compared but the size.
    if not before and not text.packed and text.stat().st_size < stream.size:
        raise Changed
    stream.vouch()
    # An unfinished end is read again with what completes it.
    whole = 0 if stream.place.midway else data.rfind(b"\n", before) + 1
    return near, data[before:whole] if whole else data[before:]


def _given(stream: Stream, found: Cut, near: bytes, data: bytes) -> Batch:
    """The batch of a cut of the data; near are the bytes right before them."""
    passed = found.place.offset - stream.offset
    # Where the head is not whole the near bytes reached back to the very beginning until now.
    head = (near + data[: min(passed, NEAR)])[:NEAR] if stream.mark.head_size < NEAR else None
    stream.remember(data[passed - NEAR : passed] if passed >= NEAR else (near + data[:passed])[-NEAR:], head)
    stream.place = found.place
    if isinstance(stream.text, PackedText) and stream.text.at_end(stream.offset):
        stream.mark = replace(stream.mark, closed=True)
    gaps: tuple[Gap, ...] = ()
    if found.left_out:
        start, end = found.left_out
        gaps = (Gap(stream.source, Loss.TOO_LONG, start, end - start, end - start),)
    return Batch(stream.checkpoint(), found.block, gaps, found.continued)


def _comes(text: Text, solid: int, longest: int, ended: bool) -> bool:
    """Whether there is something to be given behind a hole: one hole is like the other, so that a file of which nothing else was
    read could not be known again."""
    behind = text.read(solid, longest + 1)
    return ended or len(behind) > longest or b"\n" in behind or behind.startswith(b"\0")


def _over(stream: Stream, text: Text, solid: int) -> Batch:
    """Pass over a hole."""
    start, size = stream.offset, solid - stream.offset
    stream.place = replace(stream.place, offset=solid, open=False)
    stream.refresh(text)
    return Batch(stream.checkpoint(), None, (Gap(stream.source, Loss.HOLE, start, size, size),))


def _refuse(head: bytes, path: str) -> None:
    """Raises Unreadable when a file that begins like this is no text in UTF-8 or alike."""
    if utf16(head)[0]:
        raise Unreadable(f"It is UTF-16 text, which is not followed; read it with: edgeops scan {path}")
    # A file may begin with a hole, and a small one at that.
    if words := kind_of(head.lstrip(b"\0")):
        raise Unreadable(f"It is {words}.".replace("NAME", path))
