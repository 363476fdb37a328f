"""When a machine was started, for lines that count their seconds from there: what the kernel's log says of the wall's time.

A file may hold several boots. Of each, a line that states both times tells when it was (the real-time clock is read, the
audit daemon numbers its records, cloud-init says how long the machine is up); without one the last boot ends when the file
was written, and each other one when the next begins, and such times are inferred.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from edgeops.hooks import Clock
from edgeops.intake.blocks import Block
from edgeops.intake.timestamps import STAMP

MOST_HELD = 4 << 20
"""Bytes of lines that are held back until it is known when they were written."""
_MOST_STATED = 1000
_LONGEST = 1000
_NEVER = 1970

_UPTIME = re.compile(rb"(?:<\d{1,3}>|\w{3,8} {0,6}:\w{3,6} {0,3}: )?\[ {0,12}(\d{1,9})\.(\d{2,9})\]")
_STRIDE = 64
_SAMPLES = 8
_BACK = timedelta(seconds=1)
# What is looked for in a whole block, then the expression for the line that holds it: epoch seconds, or a stamp.
_STATED: tuple[tuple[bytes, re.Pattern[bytes]], ...] = (
    (b"setting system clock to ", re.compile(rb"setting system clock to [^()\n]{1,60}\((\d{9,10})\)")),
    (b"audit(1", re.compile(rb"audit\((1\d{9}\.\d{3}):\d+\)")),
    (b"Up ", re.compile(rb" at (" + STAMP + rb")\. Up (\d{1,9})\.(\d{1,3}) seconds")),
    (b"recorded timestamp: ", re.compile(rb"recorded timestamp: (?:\w{3} )?(" + STAMP + rb")")),
    (b"Log file: ", re.compile(rb"Log file: .{1,200}, Time: (" + STAMP + rb")")),
)


@dataclass(slots=True)
class _Boot:
    """One boot: the number of its first line, (number, start, whether its zone is) wherever that is stated, and the uptime of its last line."""

    number: int
    stated: list[tuple[int, datetime, bool]] = field(default_factory=list)
    uptime: timedelta = timedelta(0)
    guess: datetime | None = None


class Boots:
    """The boots of one source. written is the file's own time."""

    def __init__(self, clock: Clock, written: datetime) -> None:
        self._clock, self._written = clock, written
        self._boots: list[_Boot] = []
        self._numbers: list[int] = []

    def at(self, number: int) -> tuple[datetime, bool] | None:
        """When the boot began that this line belongs to, and whether that is stated; None when nobody knows."""
        if not self._boots:
            return None
        boot = self._of(number)
        if boot.stated:
            at = bisect_right(boot.stated, number, key=lambda pair: pair[0])
            _, start, sure = boot.stated[max(0, at - 1)]
            return start, sure
        return (boot.guess, False) if boot.guess else None

    def _of(self, number: int) -> _Boot:
        return self._boots[max(0, bisect_right(self._numbers, number) - 1)]

    def settled(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks, each given when it is known when its lines were written, or when too much would have to be held."""
        held: list[Block] = []
        size = 0
        for block in blocks:
            if not held and not _counts(block):
                yield block
                continue
            size += self._scan(block)
            held.append(block)
            if size > MOST_HELD or (self._boots and self._boots[-1].stated):
                self._guess(last=False)
                yield from held
                held, size = [], 0
        self._guess(last=True)
        yield from held

    def _scan(self, block: Block) -> int:
        """Find the boots that begin in a block, and what states the time; the size of the block."""
        before: tuple[int, timedelta] | None = None
        for index in (*range(0, len(block.lines), _STRIDE), len(block.lines) - 1):
            uptime = _uptime(block.lines[index])
            if uptime is None:
                continue
            if not self._boots:
                self._begin(block.number)
            if uptime < self._boots[-1].uptime - _BACK:
                first = _reset(block.lines, before[0] if before else -1, index, self._boots[-1].uptime)
                self._boots[-1].uptime = max(
                    [
                        self._boots[-1].uptime,
                        *(u for raw in block.lines[max(0, first - _STRIDE) : first] if (u := _uptime(raw))),
                    ]
                )
                self._begin(block.number + first)
            self._boots[-1].uptime = uptime
            before = index, uptime
        data = b"\n".join(block.lines)
        if self._boots:
            self._state(data, block.number)
        return len(data)

    def _begin(self, number: int) -> None:
        self._boots.append(_Boot(number))
        self._numbers.append(number)

    def _state(self, data: bytes, first: int) -> None:
        for at, stamp, uptime in _statements(data):
            number = first + data.count(b"\n", 0, at)
            time, inferred = self._clock.read(stamp)
            stated = self._of(number).stated
            if (
                time is not None
                and time.year > _NEVER
                and len(stated) < _MOST_STATED
                and (not stated or number > stated[-1][0])
            ):
                stated.append((number, time.astimezone(UTC) - uptime, not inferred))

    def _guess(self, *, last: bool) -> None:
        """Place the boots of which nothing is stated before what came after them."""
        end = self._written if last else None
        for boot in reversed(self._boots):
            if not boot.stated and not boot.guess and end:
                boot.guess = end - boot.uptime
            end = boot.stated[0][1] if boot.stated else boot.guess


def _counts(block: Block) -> bool:
    """Whether lines of a block count their seconds from a boot."""
    step = max(1, len(block.lines) // _SAMPLES)
    return any(_uptime(raw) is not None for raw in block.lines[::step])


def _uptime(raw: bytes) -> timedelta | None:
    found = _UPTIME.match(raw)
    return _seconds(found[1], found[2]) if found else None


def _seconds(whole: bytes, fraction: bytes) -> timedelta:
    return timedelta(seconds=int(whole), microseconds=int(fraction[:6].ljust(6, b"0")))


def _reset(lines: list[bytes], low: int, high: int, uptime: timedelta) -> int:
    """The first line between the two, the second one included, that counts from a later boot."""
    while high - low > 1:
        middle = (low + high) // 2
        found = next((u for raw in lines[middle:high] if (u := _uptime(raw)) is not None), None)
        if found is None or found < uptime - _BACK:
            high = middle
        else:
            low = middle
    return high


def _statements(data: bytes) -> Iterator[tuple[int, bytes, timedelta]]:
    """(place, stamp, uptime) of the lines that state the wall's time and the time since the boot."""
    found: list[tuple[int, bytes, timedelta]] = []
    for words, pattern in _STATED:
        at = data.find(words)
        while at >= 0 and len(found) < _MOST_STATED:
            start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            raw = data[start : end if end >= 0 else len(data)][:_LONGEST]
            said, uptime = pattern.search(raw), _uptime(raw)
            if said and said.lastindex and said.lastindex > 1:
                uptime = _seconds(said[2], said[3])
            if said and uptime is not None:
                found.append((at, said[1], uptime))
            at = data.find(words, end) if end >= 0 else -1
    return iter(sorted(found))
