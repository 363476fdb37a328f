"""The lines of a slab that a query wants, and the next one in either direction."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate, islice
from operator import attrgetter

from edgeops.records import Severity
from edgeops.view.file import File
from edgeops.view.lens import Lens, Look
from edgeops.view.lineindex import SLAB
from edgeops.view.lines import LONGEST, Row, begin_of, end_of, row, rows, rows_before
from edgeops.view.query import Needle, Query, needle
from edgeops.view.sieve import Sieve
from edgeops.view.tally import Stretch, Tally

_LOOK_BACK = 200
_PIECE = 1 << 17
_SEVERITY = attrgetter("severity")


class Scan:
    """A query made ready for one file. Raises UsageError for an expression that is none."""

    def __init__(self, file: File, lens: Lens, query: Query) -> None:
        self._file, self._lens, self._query = file, lens, query
        self._wanted = [(needle(phrase), not phrase.negate) for phrase in query.phrases]
        self._templates = frozenset(query.templates)
        self._ends = _minute(query.since, -2), _minute(query.until, 1 << 40)
        self._inside: bool | None = None
        plain = [one for one, holds in self._wanted if holds and one.expression is None]
        self._rare = plain[0] if plain and not file.codec and not query.context else None
        self._sieve = Sieve(self._rare.plain, self._rare.folded) if self._rare else None

    def slab(self, number: int) -> array[int]:
        """Where the wanted lines of a slab begin, counted from where the slab does. A line is of the slab it begins in."""
        if not self._may_hold(number):
            return array("I")
        start, lines = lines_of(self._file, number)
        begins = [0, *accumulate(size for _, size in lines)]
        shift = start - number * SLAB
        wanted = self.fitting(start, [raw for raw, _ in lines])
        if self._query.context:
            wanted = self._with_context(wanted, len(lines), start, number)
        return array("I", (begins[at] + shift for at in wanted))

    def _with_context(self, wanted: Sequence[int], count: int, start: int, number: int) -> list[int]:
        """With the lines around them, also around those of the slabs beside this one."""
        reach = self._query.context
        before = [one.raw for one in islice(rows_before(self._file, start), reach)][::-1]
        stop = min(begin_after(self._file, (number + 1) * SLAB), self._file.size)
        after = [one.raw for one in islice(rows(self._file, stop), reach)]
        near = {at - len(before) for at in self.fitting(start, before)} if before else set()
        near |= {count + at for at in self.fitting(stop, after)}
        around = {at + by for at in (*wanted, *near) for by in range(-reach, reach + 1)}
        return sorted(at for at in around if 0 <= at < count)

    def fitting(self, start: int, lines: Sequence[bytes]) -> list[int]:
        """Which of these lines, that lie next to each other from start on, are wanted."""
        left = list(range(len(lines)))
        for one, holds in self._wanted:
            fits = one.fits
            left = [at for at in left if fits(lines[at]) is holds]
        if self._query.is_text or not left:
            return left
        heads = self._heads(start, lines)
        return [at for at in left if heads[at]]

    def _heads(self, start: int, lines: Sequence[bytes]) -> list[bool]:
        """Of each line whether its message is wanted: lines that continue one share its fate."""
        looks = self._lens.looks(lines)
        self._inside = None
        verdict = True if not looks or not looks[0].kind else self._above(start)
        verdicts: list[bool] = []
        state, at = 0, start
        for look, raw in zip(looks, lines, strict=True):
            state = self._lens.step(state, look.kind, raw) if look.kind else 0
            if not look.kind or (state <= 0 and verdicts):
                verdict = self._is(look, at, raw)
            verdicts.append(verdict)
            at += len(raw) + 1
        return verdicts

    def _above(self, start: int) -> bool:
        """Whether the message is wanted that the line at start continues."""
        for one in islice(rows_before(self._file, start), _LOOK_BACK):
            look = self._lens.looks([one.raw])[0]
            if not look.kind:
                return self._is(look, one.at, one.raw)
        return False

    def _is(self, look: Look, at: int, raw: bytes) -> bool:
        query = self._query
        if look.severity < query.least or (self._templates and look.pattern not in self._templates):
            return False
        if not (query.since or query.until):
            return True
        if look.dated or self._inside is None:
            self._inside = self._in_time(look, at, raw)
        return self._inside

    def _in_time(self, look: Look, at: int, raw: bytes) -> bool:
        """Whether a line was written in the wanted time; one without a time belongs to the one above."""
        query = self._query
        minute = self._lens.minutes(at)(raw) if look.timed else -1
        # Only in the minutes at either end the second matters.
        if minute >= 0 and minute not in self._ends:
            return self._ends[0] < minute < self._ends[1]
        time = self._lens.time_near(row(self._file, at, at + len(raw), raw))
        return time is not None and not ((query.since and time < query.since) or (query.until and time > query.until))

    def next(self, at: int, limit: int) -> int:
        """Where the first wanted line at or after a line begins, that begins before limit; -1 for none."""
        if self._only_text():
            return self._find(at, limit)
        for number in range(at // SLAB, -(-limit // SLAB)):
            for place in self.slab(number):
                if at <= (begins := number * SLAB + place) < limit:
                    return begins
        return -1

    def previous(self, at: int, limit: int) -> int:
        """Where the last wanted line before a line begins, that begins at limit or later; -1 for none."""
        for number in range((at - 1) // SLAB, limit // SLAB - 1, -1):
            for place in reversed(self.slab(number)):
                if limit <= (begins := number * SLAB + place) < at:
                    return begins
        return -1

    def _only_text(self) -> bool:
        """Whether one plain text decides, which can be sought without splitting lines."""
        return self._rare is not None and self._query.is_text and len(self._wanted) == 1

    def _find(self, at: int, limit: int) -> int:
        assert self._rare
        assert self._sieve
        for low, found in _places(
            self._file, self._rare, self._sieve, at, end_of(self._file, limit - 1) if limit else 0
        ):
            begins = max(at, begin_of(self._file, low + found))
            if begins < limit and self._within(begins, low + found):
                return begins
        return -1

    def _within(self, begins: int, found: int) -> bool:
        """Of an over-long line only the head is searched, here and everywhere."""
        return found < begins + LONGEST

    def _may_hold(self, number: int) -> bool:
        """Whether the lines that begin in a slab can hold what is wanted."""
        if self._rare is None or self._sieve is None:
            return True
        end = end_of(self._file, (number + 1) * SLAB - 1)
        return next(_places(self._file, self._rare, self._sieve, number * SLAB, end), None) is not None


def _minute(time: datetime | None, otherwise: int) -> int:
    return int(time.timestamp()) // 60 if time else otherwise


def _places(file: File, one: Needle, sieve: Sieve, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Each place from at to end where plain text is, as the begin of a piece and the place in it, one a line."""
    overlap = len(one.plain) - 1
    while at < end:
        data = file.read(at, min(_PIECE + overlap, end - at))
        if not data:
            return
        hay = b"" if not sieve.may_hold(data) else data.lower() if one.folded else data
        found = hay.find(one.plain) if hay else -1
        while found >= 0:
            yield at, found
            newline = hay.find(b"\n", found)
            found = hay.find(one.plain, newline) if newline >= 0 else -1
        at += max(1, len(data) - overlap)


def begin_after(file: File, at: int) -> int:
    """Where the first line begins at or after a byte."""
    if at <= file.begin:
        return file.begin
    return end_of(file, at - len(file.newline))


def lines_of(file: File, number: int) -> tuple[int, list[tuple[bytes, int]]]:
    """Where the first line of a slab begins, and its lines with their sizes (ending included)."""
    start, stop = begin_after(file, number * SLAB), begin_after(file, (number + 1) * SLAB)
    data = file.read(start, min(stop - start, SLAB + LONGEST))
    if file.codec or len(data) < stop - start:
        return start, _long(file, start, stop)
    lines = data.split(b"\n")
    last = lines.pop()
    whole = [(raw.removesuffix(b"\r")[:LONGEST], len(raw) + 1) for raw in lines]
    return start, [*whole, (last[:LONGEST], len(last))] if last else whole


def _long(file: File, start: int, stop: int) -> list[tuple[bytes, int]]:
    found = []
    for one in rows(file, start) if start < stop else ():
        if one.at >= stop:
            break
        found.append((one.raw, one.end - one.at))
    return found


def tally(file: File, lens: Lens, number: int, stretches: int, patterns: bool) -> Tally:
    """What a slab holds, its time in so many stretches at most. A line without a time counts for the minute of the one above."""
    start, lines = lines_of(file, number)
    raws = [raw for raw, _ in lines]
    looks = lens.looks(raws)
    counts = Counter(zip(_minutes(lens, start, lines, looks), map(_SEVERITY, looks), strict=True))
    minutes: dict[int, list[int]] = {}
    for (minute, severity), count in counts.items():
        if minute >= 0:
            here = minutes.setdefault(minute, [0, 0, 0])
            here[0] += count
            here[1] += count * (severity == Severity.WARNING)
            here[2] += count * (severity >= Severity.ERROR)
    kinds = Counter(look.pattern for look in looks if not look.kind) if patterns else Counter[str]()
    return Tally(len(lines), tuple(_stretches(minutes, stretches)), dict(kinds))


def _minutes(lens: Lens, start: int, lines: Sequence[tuple[bytes, int]], looks: Sequence[Look]) -> list[int]:
    """The minute of each line; -1 before the first that has a time."""
    minute_of, minute, found = lens.minutes(start), -1, []
    for (raw, _), look in zip(lines, looks, strict=True):
        if look.timed:
            minute = minute_of(raw)
        elif look.dated and (time := lens.time(Row(start, start + len(raw), raw))):
            minute = int(time.timestamp()) // 60
        found.append(minute)
    return found


def _stretches(counts: dict[int, list[int]], most: int) -> Iterator[Stretch]:
    """The minutes in order, so many put together that few stretches are left."""
    minutes = sorted(counts)
    step = -(-len(minutes) // most) or 1
    for at in range(0, len(minutes), step):
        group = minutes[at : at + step]
        yield Stretch(group[0], group[-1], *(sum(counts[minute][index] for minute in group) for index in range(3)))
