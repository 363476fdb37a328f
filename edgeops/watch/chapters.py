"""The readings in progress: one for each stream that said something of late, closed when it has read enough or was silent for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from edgeops.detect.baseline import Lesson, family_of, name_of
from edgeops.detect.live import Live, News
from edgeops.detect.rulebook import RuleBook
from edgeops.intake.blocks import Block
from edgeops.intake.feed import Batch
from edgeops.intake.live import LiveReader
from edgeops.records import Event, Line, Normal

MOST_OPEN = 64
"""So many streams are read at once; of the others only the checkpoint is held."""
MOST_LINES = 1_000_000
LONGEST_S = 3_600.0
"""After so many lines or so much time a chapter ends, so that what it taught counts and its memory is free."""
IDLE_S = 120.0
REST_S = 1.0
"""After so long without a line a message is complete."""
_HEAD_LINES = 3


@dataclass(slots=True)
class _Chapter:
    live: Live
    reader: LiveReader
    source: str
    begun: float
    heard: float
    resting: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a stream gave: its news, the message that is still open, and at a chapter's end what it taught."""

    stream: str
    source: str
    news: News
    pending: tuple[Line, ...]
    lesson: Lesson | None = None


Opened = Callable[[str, Sequence[bytes]], LiveReader]
"""A reader for a source, given lines as it has them."""
Context = Callable[[Batch], Sequence[bytes]]
"""The first lines of the file that a batch comes from, and those before its block; empty where they cannot be had."""


class Chapters:
    """Give it batches by `take`; `told` says what came of them. normal tells what is known of a source."""

    def __init__(
        self, opened: Opened, context: Context, rules: RuleBook, gap: timedelta, normal: Callable[[str], Normal]
    ) -> None:
        self._opened, self._context, self._rules, self._gap, self._normal = opened, context, rules, gap, normal
        self._chapters: dict[str, _Chapter] = {}
        self._touched: set[str] = set()
        self._ended: list[Told] = []

    def restore(self, stream: str, source: str, lines: Sequence[Line], now: float) -> None:
        """A message that was open when the watch ended; what continues it may come yet."""
        block = Block(lines[0].number, lines[0].offset, [line.raw for line in lines])
        self._read(self._begin(stream, source, block, (), now), block, now)
        self._touched.add(stream)

    def take(self, batch: Batch, now: float) -> None:
        """The next lines of a stream."""
        if batch.block is None:
            return
        stream = batch.checkpoint.stream
        chapter = self._chapters.get(stream)
        if chapter is None:
            chapter = self._begin(stream, batch.checkpoint.source, batch.block, self._context(batch), now)
        self._read(chapter, batch.block, now)
        self._touched.add(stream)
        # The one heard last stands last.
        self._chapters[stream] = self._chapters.pop(stream)

    def _begin(self, stream: str, source: str, block: Block, context: Sequence[bytes], now: float) -> _Chapter:
        if len(self._chapters) >= MOST_OPEN:
            self._end(next(iter(self._chapters)))
        reader = self._opened(source, [*context, *block.lines[: 64 + len(context)]])
        first = context[:_HEAD_LINES] if block.number > 1 else block.lines[:_HEAD_LINES]
        file = name_of(first) if len(first) == _HEAD_LINES else ""
        live = Live(reader, self._rules, self._gap, self._normal(family_of(source)), file)
        chapter = self._chapters[stream] = _Chapter(live, reader, source, now, now)
        return chapter

    def _read(self, chapter: _Chapter, block: Block, now: float) -> None:
        for part in chapter.reader.taken(block):
            chapter.live.read(part)
        chapter.heard, chapter.resting = now, False

    def rest(self, now: float) -> None:
        """Close the messages of streams that are silent, and the chapters that are over."""
        for stream, chapter in list(self._chapters.items()):
            silent = now - chapter.heard
            if silent >= REST_S and not chapter.resting:
                chapter.live.rest()
                chapter.resting = True
                self._touched.add(stream)
            if silent >= IDLE_S or now - chapter.begun >= LONGEST_S or chapter.live.lines >= MOST_LINES:
                self._end(stream)

    def due(self, now: float) -> float | None:
        """In how many seconds `rest` has something to do; None when nothing is open."""
        waits = [(IDLE_S if chapter.resting else REST_S) - (now - chapter.heard) for chapter in self._chapters.values()]
        return max(0.0, min(waits)) if waits else None

    def end(self) -> None:
        """End all chapters."""
        for stream in list(self._chapters):
            self._end(stream)

    def _end(self, stream: str) -> None:
        chapter = self._chapters.pop(stream)
        chapter.live.rest()
        news = chapter.live.news()
        self._ended.append(Told(stream, chapter.source, news, (), chapter.live.close()))
        self._touched.discard(stream)

    def told(self) -> Iterator[Told]:
        """What is new of each stream since this was asked last."""
        yield from self._ended
        for stream in self._touched:
            chapter = self._chapters[stream]
            yield Told(stream, chapter.source, chapter.live.news(), chapter.live.pending)
        self._ended, self._touched = [], set()

    def rare(self) -> list[Event]:
        """Lines of late unlike all others of their streams."""
        return [event for chapter in self._chapters.values() for event in chapter.live.rare()]
