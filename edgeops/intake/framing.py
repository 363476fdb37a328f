"""Bytes that come bit by bit, cut into lines and messages of bounded length.

`Lines` cuts at newlines. `Frames` cuts one connection of syslog, where each message may be preceded by its length (RFC 6587).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TAIL = 16384
_COUNT = re.compile(rb"([1-9]\d{0,7}) (?=<)")
_PERHAPS_COUNT = re.compile(rb"[1-9]\d{0,7} ?")


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that follow each other. cut bytes of the last one were left out, the last of these are its tail.

    ended is False where the last line was given before its newline had come. Without lines, bytes were left out and no more.
    """

    lines: list[bytes]
    cut: int = 0
    tail: bytes = b""
    ended: bool = True


class Lines:
    """Cuts what it is fed at newlines; of a longer line than max_line bytes the head is kept and the rest counted."""

    def __init__(self, max_line: int) -> None:
        self._max = max_line
        self._open = bytearray()
        self._given = 0
        self._cut = 0
        self._tail = b""

    @property
    def waiting(self) -> int:
        """How many bytes wait for their newline, those left out included."""
        return len(self._open) + self._cut

    def feed(self, data: bytes) -> list[Run]:
        """The lines that these bytes complete."""
        lines = data.split(b"\n")
        last = lines.pop()
        done: list[Run] = []
        if lines and (self._given or self.waiting):
            self._extend(lines.pop(0))
            done.append(self._taken(ended=True))
        done += runs(lines, self._max)
        if last:
            self._extend(last)
        return list(merged(done))

    def flush(self) -> Run | None:
        """What waits for its newline, now; None when nothing does. What comes up to the newline goes on with this line."""
        if not self.waiting:
            return None
        given = self._given + len(self._open)
        run = self._taken(ended=False)
        self._given = given
        return run

    def _extend(self, data: bytes) -> None:
        room = self._max - self._given - len(self._open)
        self._open += data[:room]
        if len(data) > room:
            self._cut += len(data) - room
            self._tail = (self._tail + data[max(room, len(data) - TAIL) :])[-TAIL:]

    def _taken(self, *, ended: bool) -> Run:
        run = Run([bytes(self._open)], self._cut, self._tail, ended)
        self._open.clear()
        self._given, self._cut, self._tail = 0, 0, b""
        return run


class Frames:
    """Cuts the bytes of one connection into messages: by the length before each, or at newlines.

    A length counts only where `<` follows it, as it does before every syslog message. From the first message without
    one on the peer is held to end its messages by newlines.
    """

    def __init__(self, max_line: int) -> None:
        self._max = max_line
        self._lines = Lines(max_line)
        self._counted = True
        self._held = b""
        self._open = bytearray()
        self._left = 0
        self._cut = 0

    @property
    def waiting(self) -> int:
        """How many bytes wait for the rest of their message."""
        return len(self._held) + len(self._open) + self._cut + self._lines.waiting

    @property
    def inside(self) -> bool:
        """Whether the peer said how much is still to come."""
        return self._left > 0

    def feed(self, data: bytes) -> list[Run]:
        """The messages that these bytes complete."""
        if not self._counted:
            return _saying(self._lines.feed(data))
        data, self._held = self._held + data, b""
        done: list[Run] = []
        at = 0
        while at < len(data) and self._counted:
            if self._left:
                at += self._fill(data, at, done)
            elif found := _COUNT.match(data, at):
                size, at = int(found[1]), found.end()
                if size <= self._max and at + size <= len(data):
                    done.append(Run(message_lines(data[at : at + size])))
                    at += size
                else:
                    self._left = size
            elif data[at : at + 1] == b"\n":  # some send one behind each message though they count
                at += 1
            elif len(data) - at < 10 and _PERHAPS_COUNT.fullmatch(data, at):
                self._held, at = data[at:], len(data)
            else:
                self._counted = False
                done += self._lines.feed(data[at:])
        return _saying(list(merged(done)))

    def flush(self) -> Run | None:
        """What has come of the message that is not complete, as if it were; None when nothing has."""
        if self._held:
            self._lines.feed(self._held)
            self._held, self._counted = b"", False
        if self._open or self._cut:
            run = self._taken()
            self._left = 0
            return run
        rest = self._lines.flush()
        return rest and Run(rest.lines, rest.cut, rest.tail)

    def _fill(self, data: bytes, at: int, done: list[Run]) -> int:
        """Take of the data what is of the open message; returns how much that was."""
        taken = min(self._left, len(data) - at)
        kept = min(taken, self._max - len(self._open))
        self._open += data[at : at + kept]
        self._cut += taken - kept
        self._left -= taken
        if not self._left:
            done.append(self._taken())
        return taken

    def _taken(self) -> Run:
        run = Run(message_lines(bytes(self._open)) or [b""], self._cut)
        self._open.clear()
        self._cut = 0
        return run


def _saying(parts: list[Run]) -> list[Run]:
    """The runs without empty lines, which are no messages."""
    if not any(b"" in run.lines for run in parts):
        return parts
    kept = [Run([*filter(None, run.lines)], run.cut, run.tail) for run in parts]
    return [run if run.lines else Run([], run.cut, ended=False) for run in kept if run.lines or run.cut]


def message_lines(message: bytes) -> list[bytes]:
    """The lines of one message; none where it says nothing."""
    text = message.rstrip(b"\r\n\0")
    return text.split(b"\n") if text else []


def runs(lines: list[bytes], max_line: int) -> Iterator[Run]:
    """Complete lines, the long ones cut."""
    if max(map(len, lines), default=0) <= max_line:
        if lines:
            yield Run(lines)
        return
    start = 0
    for at, raw in enumerate(lines):
        if len(raw) > max_line:
            yield Run([*lines[start:at], raw[:max_line]], len(raw) - max_line, raw[max(max_line, len(raw) - TAIL) :])
            start = at + 1
    if start < len(lines):
        yield Run(lines[start:])


def merged(parts: Iterable[Run]) -> Iterator[Run]:
    """The runs, those joined that follow each other without anything left out between them."""
    lines: list[bytes] = []
    for run in parts:
        if lines and not run.lines:
            yield Run(lines)
            lines = []
        lines += run.lines
        if run.cut or not run.ended:
            yield Run(lines, run.cut, run.tail, run.ended)
            lines = []
    if lines:
        yield Run(lines)
