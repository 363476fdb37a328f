"""Where a source changes its format: an upgraded program, a file that two programs write by turns.

A few lines of each block are tried with the format in force. Where nearly all of them fail, the format is chosen anew from
there; a format that was in force before is tried first. What is not noticed costs nothing but that its lines are bare.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from edgeops.hooks import Format
from edgeops.intake.blocks import Block
from edgeops.intake.formats.columns import LEVEL_FIRST, TIME
from edgeops.intake.formats.layout import Layout
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.messages import Continued, Joiner
from edgeops.intake.sampling import SAMPLE_LINES, choose, is_loose

STRIDE = 64
SHORT = 16
"""One line in so many is tried, in blocks of less than 4,096 lines one in the lesser number; fewer where none fails."""
_SHORT_BLOCK = 4096
_SPARSE = 8
_WINDOW = 8
_FAILED = 7
_ENOUGH = 0.5
_BETTER = 0.3
_REST = 4096
_LONGEST_REST = 1 << 20
_MOST_NOTES = 5
_MOST_KNOWN = 16
_AHEAD = 16
_NOTHING = (b"", b" ", b"\t", b"\r")


@dataclass(frozen=True, slots=True)
class Regime:
    """A format that is in force for a part of a source. aside: a second format, where lines of two lie between each other.

    mark is put before shapes, so that those of one regime are not taken for those of another.
    """

    format: Format
    joiner: Joiner
    aside: tuple[Format, ...] = ()
    mark: bytes = b""


def regime_of(lines: Sequence[bytes], formats: Sequence[Format], mark: bytes = b"") -> Regime:
    """The regime to read lines such as these with."""
    chosen = _best(lines, formats)
    aside = _second(chosen, lines, formats)
    others = [*aside, *(one for one in formats if one is not PLAIN)]
    joiner = Joiner(chosen, headed=chosen is not PLAIN, loose=is_loose(chosen, lines), others=others)
    return Regime(chosen, joiner, aside, mark)


def _best(lines: Sequence[bytes], formats: Sequence[Format]) -> Format:
    """The chosen format; where it is a mere stamp, which lines of any two formats share, one that knows more of its own."""
    chosen = choose(lines, formats)
    if isinstance(chosen, Layout) and len(chosen.columns) == 1:
        other = choose(lines, [one for one in formats if not isinstance(one, Layout)])
        if other is not PLAIN and _share(other, _flush(lines)) >= _BETTER:
            return other
    return chosen


def _second(chosen: Format, lines: Sequence[bytes], formats: Sequence[Format]) -> tuple[Format, ...]:
    """The format of the lines that are left, if there are many and they have one."""
    begins = _begins(chosen)
    left = [] if chosen is PLAIN else [raw for raw in _flush(lines) if not begins(raw)]
    if len(left) < max(_AHEAD, len(lines) / 10):
        return ()
    second = choose(left, formats)
    return (second,) if second is not PLAIN and _share(second, left) >= 2 * _BETTER else ()


def _flush(lines: Sequence[bytes]) -> list[bytes]:
    """The lines that may begin a message: neither blank nor indented."""
    return [raw for raw in lines if raw[:1] not in _NOTHING]


def _share(format: Format, lines: Sequence[bytes]) -> float:
    return sum(map(_begins(format), lines)) / max(1, len(lines))


def _begins(format: Format) -> Callable[[bytes], bool]:
    """Whether a line begins a message of the format; of a learnt layout the line must have all columns."""
    return format.fills if isinstance(format, Layout) else format.starts


def _continues(format: Format) -> Callable[[bytes], bool]:
    return format.continues if isinstance(format, Continued) else lambda raw: False


class Changes:
    """The regimes of one source, from its first line on."""

    def __init__(self, first: Regime, formats: Sequence[Format], notes: list[str]) -> None:
        self.now = first
        self._formats, self._notes = formats, notes
        self._known = [first]
        self._turns, self._regimes = [0], [first]
        self._recent = 0
        self._resume, self._rest = 0, _REST
        self._count, self._made = 0, 1

    def at(self, number: int) -> Regime:
        """The regime of the line of that number."""
        if len(self._turns) == 1:
            return self.now
        return self._regimes[bisect_right(self._turns, number) - 1]

    def parts(self, block: Block) -> Iterator[Block]:
        """The block, divided where another regime begins; `now` is that of the part given last."""
        while (turn := self._turn(block)) is not None:
            index, regime = turn
            if index:
                yield Block(block.number, block.offset, block.lines[:index], 0, block.measure)
                block = block.rest(index)
            self._change(block.number, regime)
        yield block

    def end(self) -> None:
        """The source is at its end."""
        if self._count > _MOST_NOTES:
            self._notes.append(f"the format changes {self._count - _MOST_NOTES} times more")

    def _change(self, number: int, regime: Regime) -> None:
        self._count += 1
        if self._count <= _MOST_NOTES:
            other = "another " if regime.format.name == self.now.format.name else ""
            self._notes.append(f"from line {number} on its format is {other}{regime.format.name}")
        self.now = regime
        self._turns.append(number)
        self._regimes.append(regime)
        self._recent, self._rest = 0, _REST

    def _turn(self, block: Block) -> tuple[int, Regime] | None:
        """The line, by its index, where another regime begins, and which."""
        lines = block.lines
        if block.number + len(lines) <= self._resume:
            return None
        stride = SHORT if len(lines) < _SHORT_BLOCK else STRIDE
        if not self._recent and not any(self._failed([*lines[:: _SPARSE * stride], lines[-1]])):
            return None
        failed = self._failed(lines[::stride])
        for step, one in enumerate(failed):
            if one is None:
                continue
            self._recent = self._recent << 1 & 0xFF | one
            at = step * stride
            if self._recent.bit_count() >= _FAILED and block.number + at >= self._resume:
                since = max(0, at - (_FAILED - 1) * stride)
                if (regime := self._chosen(lines[since : since + SAMPLE_LINES])) is not None:
                    return self._first(lines, max(0, since - 2 * stride), regime), regime
                self._resume = block.number + at + self._rest
                self._rest = min(2 * self._rest, _LONGEST_REST)
        return None

    def _failed(self, lines: Sequence[bytes]) -> list[bool | None]:
        """Of each line whether the format in force fails to begin it; None where that tells nothing."""
        if self.now.format is PLAIN:
            return [_headed(raw) for raw in lines]
        begins, goes_on = _begins(self.now.format), _continues(self.now.format)
        return [None if raw[:1] in _NOTHING or goes_on(raw) else not begins(raw) for raw in lines]

    def _chosen(self, lines: Sequence[bytes]) -> Regime | None:
        """The regime to read these lines with, if it is another and clearly better."""
        lines = [raw.rstrip(b"\r") for raw in lines]
        flush = _flush(lines)
        least = _ENOUGH if self.now.format is PLAIN else max(_ENOUGH, _BETTER + _share(self.now.format, flush))
        if len(flush) < _WINDOW or any(_share(one, flush) > 1 - _BETTER for one in self.now.aside):
            return None
        for known in self._known:
            if known is not self.now and known.format is not PLAIN and _share(known.format, flush) >= max(least, 0.7):
                return known
        regime = regime_of(lines, self._formats, b"\1%d\1" % self._made)
        if regime.format is PLAIN or _share(regime.format, flush) < least:
            return None
        self._made += 1
        self._known = [*self._known[-_MOST_KNOWN:], regime]
        return regime

    def _first(self, lines: Sequence[bytes], since: int, regime: Regime) -> int:
        """Where the new regime begins: its first line after which the old one has few."""
        new = _begins(regime.format)
        old = (lambda raw: not new(raw)) if self.now.format is PLAIN else _begins(self.now.format)
        for index in range(since, len(lines)):
            if new(lines[index]) and not old(lines[index]):
                ahead = _flush(lines[index : index + _AHEAD])
                if sum(map(old, ahead)) * 4 <= len(ahead):
                    return index
        return since


def _headed(raw: bytes) -> bool | None:
    """Whether a line looks as if it began with a header; None for a blank or indented line."""
    if raw[:1] in _NOTHING:
        return None
    return raw[:2] == b'{"' or TIME.match(raw, 0) is not None or LEVEL_FIRST.match(raw, 0) is not None
