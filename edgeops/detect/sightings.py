"""Where messages worth a look were seen: those of one shape that came close in time form a run, and each run is one signal.

None of them is parsed before all is read, unless only its surroundings tell its time: the minutes of a block's lines are enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from edgeops.detect.rulebook import RuleBook
from edgeops.detect.shapes import PARSED_EACH_TIME, PARSED_ONE_IN, Run, Shape, Shapes
from edgeops.detect.strength import signal_of, strength_of
from edgeops.hooks import Block, Reader
from edgeops.records import Event, Line, Signal

MOST_HELD = 4_000
MOST_BYTES = 32 << 20
"""So many runs are held, and so many bytes of their lines, whatever the log is."""
PATIENCE = 16
"""After so many runs of a shape the pause that parts two of them doubles: what comes all the time is not news each time."""
AROUND = 3

Minutes = Sequence[int] | Mapping[int, int]
"""The minute of each line of a block, or of those that matter."""


class Sightings:
    """Records the runs of a source's shapes. forgotten counts those that there was no room for."""

    def __init__(self, reader: Reader, rules: RuleBook, gap: timedelta, shapes: Shapes) -> None:
        self._reader, self._rules, self._shapes = reader, rules, shapes
        self._gap = max(1, round(gap / timedelta(minutes=1)))
        self._held = self._held_bytes = 0
        self.forgotten = 0
        self._touched: dict[int, tuple[Shape, Run]] | None = None

    def see(self, shape: Shape, block: Block, places: Sequence[int], minutes: Minutes) -> None:
        """Lines of a shape worth a look, at these places of the block; minutes tells of each line of the block when it came."""
        if not shape.numbers:
            self._record(shape, block, places, minutes)
            return
        for variant, own in self._varied(shape, block, places):
            variant.count += len(own)
            if variant.interesting:
                self._record(variant, block, own, minutes)

    def see_message(self, shape: Shape, block: Block, at: int, more: Sequence[Line], minute: int) -> None:
        """A message of several lines that begins at this place of the block."""
        minute = minute if minute >= 0 else self._parsed_minute(shape, block, at, more)
        run = self._run(shape, minute) or self._begin(shape, block, at, minute, more)
        if run:
            self._prolong(run, shape, block, at, minute, 1, more)

    def signals(self) -> list[Signal]:
        """Each run as a signal."""
        return [
            self._signal(shape, run, follows=run is not shape.runs[0]) for shape in self._shapes for run in shape.runs
        ]

    def news(self) -> list[Signal]:
        """The runs that began or went on since this was asked last, as signals; the first asking begins to keep count."""
        touched, self._touched = self._touched or {}, {}
        return [self._signal(shape, run, follows=run not in shape.runs[:1]) for shape, run in touched.values()]

    def _signal(self, shape: Shape, run: Run, *, follows: bool) -> Signal:
        event = run.begun or self._reader.event(run.line, run.more)
        last = event if run.is_single else run.ended or self._reader.event(run.last, run.last_more)
        bindings = shape.match.bindings if shape.match else ()
        if shape.match and follows:
            again = self._rules.match(event.message)
            bindings = again[0].bindings if again and again[0].rule == shape.match.rule else bindings
        return signal_of(shape, run, event, last, bindings)

    def _varied(self, shape: Shape, block: Block, places: Sequence[int]) -> list[tuple[Shape, list[int]]]:
        """The places by what the numbers on them make of the lines."""
        found: dict[int, tuple[Shape, list[int]]] = {}
        for at in places:
            variant = self._shapes.variant(shape, block.lines[at], lambda at=at: self._event(block, at))  # type: ignore[misc]
            found.setdefault(id(variant), (variant, []))[1].append(at)
        return list(found.values())

    def _record(self, shape: Shape, block: Block, places: Sequence[int], minutes: Minutes) -> None:
        run, count, last = shape.runs[-1] if shape.runs else None, 0, -1
        before, gap = run.minute if run else -1, self._gap_of(shape)
        for seen, at in enumerate(places, shape.count - len(places)):
            minute = minutes[at]
            if minute < 0 and (seen < PARSED_EACH_TIME or not seen % PARSED_ONE_IN):
                minute = self._parsed_minute(shape, block, at)
            if run is None or (before >= 0 and minute >= 0 and abs(minute - before) > gap):
                if shape.doubtful and not self._fits(shape, block, at):
                    continue
                if run and count:
                    self._prolong(run, shape, block, last, before, count)
                count, run = 0, self._begin(shape, block, at, minute)
                if run is None:
                    return
                gap = self._gap_of(shape)
            count, last = count + 1, at
            before = minute if minute >= 0 else before
        if run and count:
            self._prolong(run, shape, block, last, before, count)

    def _prolong(
        self, run: Run, shape: Shape, block: Block, at: int, minute: int, count: int, more: Sequence[Line] = ()
    ) -> None:
        """More messages of a run, of which the last is at this place."""
        if self._touched is not None:
            self._touched[id(run)] = (shape, run)
        run.count += count
        run.minute = minute if minute >= 0 else run.minute
        run.final, run.last_more = block.part(at, at + 1), tuple(more)
        if not shape.timed and not run.is_single:
            run.ended = self._timed(self._reader.event(run.last, more), block, at)

    def _run(self, shape: Shape, minute: int) -> Run | None:
        """The run that a message of this minute goes on with."""
        run = shape.runs[-1] if shape.runs else None
        if run and run.minute >= 0 and minute >= 0 and abs(minute - run.minute) > self._gap_of(shape):
            return None
        return run

    def _gap_of(self, shape: Shape) -> int:
        """The minutes without the shape that end a run."""
        return self._gap << shape.begun // PATIENCE

    def _begin(self, shape: Shape, block: Block, at: int, minute: int, more: Sequence[Line] = ()) -> Run | None:
        first, source = max(0, at - AROUND), self._reader.source
        around = block.part(first, at + len(more) + 1 + AROUND)
        begun = None if shape.timed else self._timed(self._reader.event(block.line(source, at), more), block, at)
        run = Run(source, around, at - first, tuple(more), around, minute, begun)
        shape.runs.append(run)
        shape.begun += 1
        self._hold(run)
        return run if shape.runs and shape.runs[-1] is run else None

    def _parsed_minute(self, shape: Shape, block: Block, at: int, more: Sequence[Line] = ()) -> int:
        """The minute of a message whose time only parsing tells."""
        if shape.first.time is None and self._reader.format.name == "plain":
            return -1
        event = self._timed(self._reader.event(block.line(self._reader.source, at), more), block, at)
        return int(event.time.timestamp() // 60) if event.time else -1

    def _fits(self, shape: Shape, block: Block, at: int) -> bool:
        """Whether a line really fits the rule of its shape, or none if that has none."""
        matches = self._rules.match(self._event(block, at).message)
        return (matches[0].rule if matches else None) == (shape.match.rule if shape.match else None)

    def _event(self, block: Block, at: int) -> Event:
        return self._reader.event(block.line(self._reader.source, at))

    def _timed(self, event: Event, block: Block, at: int) -> Event:
        """An event without a time of its own has that of the last line before it that has one."""
        if event.time or self._reader.format.name == "plain":
            return event
        time = self._reader.time_before(block, at)
        return replace(event, time=time, time_inferred=True) if time else event

    def _hold(self, run: Run) -> None:
        self._held += 1
        self._held_bytes += run.size
        if self._held > MOST_HELD or self._held_bytes > MOST_BYTES:
            self._thin()

    def _thin(self) -> None:
        """There is no room for so many kinds of trouble: the weaker half is forgotten, of equal ones the later."""
        shapes = list(self._shapes)
        runs = [(-strength_of(shape), run.number, run) for shape in shapes for run in shape.runs]
        stay = {id(run): run for *_, run in sorted(runs, key=lambda item: item[:2])[: len(runs) // 2]}
        for shape in shapes:
            shape.runs = [run for run in shape.runs if id(run) in stay]
        self.forgotten += len(runs) - len(stay)
        self._held, self._held_bytes = len(stay), sum(run.size for run in stay.values())
        self._shapes.forget_idle()
