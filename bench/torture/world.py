"""Logs on a real disk, written, rotated, copied, packed, cut and removed at random, and a ledger of what became of each line."""

from __future__ import annotations

import gzip
import os
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

MOST_TURNS = 5
HEADER = b"# one and the same header stands at the top of all of these files, whoever writes them ##\n"
_ID = re.compile(rb"<(\d+)>")


@dataclass(eq=False)
class Content:
    """What a file holds, for as long as it holds it. last: how many bytes; open: a line without its end."""

    log: str
    size: int = 0
    newlines: int = 0
    open: bytes = b""
    known: bool = False
    """Whether a follower had read of it and committed that."""
    replaced: bool = False
    """Whether a copy took its place, so that nobody can tell a second copying from a renaming."""


@dataclass
class Written:
    """One line: where it stands, and what became of it."""

    number: int
    content: Content
    offset: int
    line: int
    raw: bytes
    readable: bool = False
    destroyed: bool = False
    expected_gap: bool = False


@dataclass
class World:
    """home is the directory; between is called where a follower might look in the middle of an action."""

    home: Path
    order: random.Random
    between: Callable[[], None]
    logs: tuple[str, ...] = ("app.log", "web.log")
    lines: dict[int, Written] = field(default_factory=dict)
    files: dict[str, Content] = field(default_factory=dict)
    slow: dict[str, tuple[str, Content]] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)

    # ------------------------------------------------------------ what may happen

    def act(self) -> str:
        """Something happens; its name."""
        log = self.order.choice(self.logs)
        names = ("write",) * 6 + (
            "partial",
            "long",
            "rotate",
            "rotate",
            "late",
            "copy",
            "pack",
            "cut",
            "remove",
            "replace",
        )
        name = self.order.choice(names)
        getattr(self, name)(log)
        return f"{name} {log}"

    def write(self, log: str) -> None:
        """Some whole lines; what stood open is ended first."""
        self._append(log, [self._line(log) for _ in range(self.order.randint(1, 6))])

    def long(self, log: str) -> None:
        """A line longer than a follower keeps."""
        self._append(log, [self._line(log, self.order.randint(300, 3000))])

    def partial(self, log: str) -> None:
        """A line without its end."""
        content = self.files.get(log)
        if content is None or content.open:
            return
        content.size = content.size or self.positions.get(log, 0)
        line = self._line(log)
        half = self.order.randint(1, len(line.raw) - 1)
        self._place(line, content, content.size)
        self._put(log, line.raw[:half])
        content.open, content.size = line.raw[half:], content.size + half

    def rotate(self, log: str) -> None:
        """Renamed, with or without a new file at once."""
        if log not in self.files:
            return
        self._shift(log)
        self.slow[log] = (f"{log}.1", self.files[log])
        self._rename(log, f"{log}.1")
        if self.order.random() < 0.3:
            self.between()
        if self.order.random() < 0.5:
            self.write(log)

    def late(self, log: str) -> None:
        """A writer that still has the rotated file open."""
        path, content = self.slow.get(log, ("", None))
        if content is not None and self.files.get(path) is content:
            self._append(path, [self._line(log)])

    def copy(self, log: str) -> None:
        """Copied and cut, by a writer that appends or one that keeps its place."""
        if log not in self.files:
            return
        self._shift(log)
        content = self.files[log]
        data = (self.home / log).read_bytes()
        copy = self.home / f"{log}.1"
        if self.order.random() < 0.3:
            copy.write_bytes(data[: self.order.randint(0, len(data))])
            self.between()
        copy.write_bytes(data)
        copied = len(data)
        if self.order.random() < 0.3:
            self.between()
        if self.order.random() < 0.3:
            self.write(log)
        os.truncate(self.home / log, 0)
        if self.order.random() < 0.2:
            self.between()
        self._destroy([line for line in self._of(content) if line.offset + len(line.raw) > copied])
        self.files[f"{log}.1"] = content
        kept, content.size = content.size, min(content.size, copied)
        # Nobody ends the line that was cut by the copy.
        content.open = b""
        if self.order.random() < 0.4:
            self.positions[log] = kept
        self.files[log] = Content(log)

    def pack(self, log: str) -> None:
        """The youngest rotated file that is not packed yet."""
        for number in range(1, MOST_TURNS + 1):
            name = f"{log}.{number}"
            if name in self.files and not name.endswith(".gz"):
                packed = gzip.compress((self.home / name).read_bytes())
                target = self.home / f"{name}.gz"
                if self.order.random() < 0.3:
                    target.write_bytes(packed[: self.order.randint(0, len(packed))])
                    self.between()
                target.write_bytes(packed)
                if self.order.random() < 0.3:
                    self.between()
                (self.home / name).unlink()
                self.files[f"{name}.gz"] = self.files.pop(name)
                return

    def cut(self, log: str) -> None:
        """Truncated in place, sometimes written again at once."""
        content = self.files.get(log)
        if content is None:
            return
        os.truncate(self.home / log, 0)
        self._destroy(self._of(content))
        self.files[log] = Content(log)
        if self.order.random() < 0.5:
            self._append(log, [self._line(log) for _ in range(self.order.randint(1, 12))])

    def remove(self, log: str) -> None:
        """Deleted; sometimes there is a new one at once, which gets the same inode."""
        if log not in self.files:
            return
        self._unlink(log)
        if self.order.random() < 0.6:
            self.write(log)

    def replace(self, log: str) -> None:
        """Another file with the same content and more takes its place, as rsync does it."""
        content = self.files.get(log)
        if content is None or content.size < 64 or content.open:
            return
        # The same first bytes in another file may be chance: few of them prove nothing, so that enough must have been read.
        self.between()
        if self.order.random() < 0.5:
            self.write(log)
        other = self.home / f".{log}.new"
        other.write_bytes((self.home / log).read_bytes())
        other.replace(self.home / log)
        content.replaced = True
        self.positions.pop(log, None)

    # ------------------------------------------------------------ the ledger

    def seen(self) -> None:
        """A follower has looked, read everything and committed it."""
        there = set(self.files.values())
        for line in self.lines.values():
            if not line.destroyed and line.content in there and not self._is_open(line):
                line.readable = line.content.known = True

    def number_of(self, raw: bytes) -> int | None:
        """Which line this is; None for a header."""
        found = _ID.match(raw)
        return int(found[1]) if found else None

    def _is_open(self, line: Written) -> bool:
        return line.offset + len(line.raw) > line.content.size

    def _of(self, content: Content) -> list[Written]:
        return [line for line in self.lines.values() if line.content is content]

    def _destroy(self, lines: list[Written]) -> None:
        for line in (line for line in lines if not line.destroyed):
            line.destroyed = True
            line.expected_gap = line.content.known and not line.content.replaced

    # ------------------------------------------------------------ the disk

    def _line(self, log: str, size: int = 0) -> Written:
        number = len(self.lines) + 1
        filler = bytes(self.order.choices(b"abcdefgh ij\r\t=", k=size or self.order.choice((5, 30, 150))))
        line = Written(number, Content(log), 0, 0, b"<%d> " % number + filler.rstrip() + b"\n")
        self.lines[number] = line
        return line

    def _place(self, line: Written, content: Content, offset: int) -> None:
        line.content, line.offset = content, offset
        content.newlines += 1
        line.line = content.newlines

    def _append(self, path: str, lines: list[Written]) -> None:
        content = self.files.get(path)
        if content is None:
            content = self.files[path] = Content(lines[0].content.log)
            self.positions.pop(path, None)
        data, content.open = content.open, b""
        if not content.size and self.order.random() < 0.3:
            data += HEADER
            content.newlines += 1
        content.size = content.size or self.positions.get(path, 0)
        size = content.size + len(data)
        for line in lines:
            self._place(line, content, size)
            data += line.raw
            size += len(line.raw)
        self._put(path, data)
        content.size = size

    def _put(self, path: str, data: bytes) -> None:
        fd = os.open(self.home / path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            at = max(os.fstat(fd).st_size, self.positions.pop(path, 0))
            os.pwrite(fd, data, at)
        finally:
            os.close(fd)

    def _shift(self, log: str) -> None:
        """`.4` becomes `.5`, and so on; the oldest goes."""
        for ending in ("", ".gz"):
            if f"{log}.{MOST_TURNS}{ending}" in self.files:
                self._unlink(f"{log}.{MOST_TURNS}{ending}")
        for number in range(MOST_TURNS - 1, 0, -1):
            for ending in ("", ".gz"):
                if f"{log}.{number}{ending}" in self.files:
                    self._rename(f"{log}.{number}{ending}", f"{log}.{number + 1}{ending}")

    def _rename(self, old: str, new: str) -> None:
        (self.home / old).rename(self.home / new)
        self.files[new] = self.files.pop(old)
        self.positions.pop(old, None)

    def _unlink(self, path: str) -> None:
        (self.home / path).unlink()
        self._destroy(self._of(self.files.pop(path)))
        self.positions.pop(path, None)
