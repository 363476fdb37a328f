"""Who is followed, where, and what is to be done next; shared by those who look, match, read and give up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from secrets import token_hex

from edgeops.intake.feed import Batch, Checkpoint, Gap
from edgeops.intake.tail.pace import Pace
from edgeops.intake.tail.reading import skip_to_end
from edgeops.intake.tail.shelf import Shelf
from edgeops.intake.tail.stream import Stream, opened, unread
from edgeops.intake.tail.text import Look, Text

ROOT = "root:"
"""The streams that stand for roots: their checkpoints say that a root was followed before."""


class Roster:
    """at: whose a path is. adrift: streams without a file in sight. pending: families to be matched now, later: at that time.

    stirred: may have something to read. hot: were written to lately. unfinished: have a line without its end, since then.
    out: batches without lines that wait to be taken.
    """

    def __init__(
        self, committed: Iterable[Checkpoint], covers: Callable[[str], bool], shelf: Shelf, pace: Pace
    ) -> None:
        self.shelf, self.pace = shelf, pace
        self.roots: set[str] = set()
        self.streams: dict[str, Stream] = {}
        for checkpoint in committed:
            if checkpoint.stream.startswith(ROOT):
                self.roots.add(checkpoint.stream.removeprefix(ROOT))
            stream = opened(checkpoint)
            if stream is not None and covers(stream.source):
                self.streams[stream.id] = stream
        self.at: dict[str, Stream] = {}
        self.refused: dict[str, str] = {}
        self.out: deque[Batch] = deque()
        self.pending = {stream.family for stream in self.streams.values()}
        self.later: dict[str, float] = {}
        self.adrift: dict[Stream, None] = dict.fromkeys(self.streams.values())
        self.stirred: dict[Stream, None] = {}
        self.hot: dict[Stream, float] = {}
        self.unfinished: dict[Stream, float] = {}
        self.doubted: dict[Stream, float] = {}

    def stir(self, stream: Stream, now: float) -> None:
        """It may have something to read."""
        self.stirred[stream] = None
        stream.rested = False
        self.hot[stream] = now + self.pace.flush
        stream.stirred_at = now

    def tell(self, stream: Stream, *gaps: Gap, retired: bool = False) -> None:
        """A checkpoint without lines."""
        self.out.append(Batch(stream.checkpoint(retired=retired), None, gaps))

    def enter(self, path: str, look: Look, text: Text) -> Stream:
        """A new stream, in this file."""
        stream = unread(path, look, token_hex(8))
        stream.text = text
        stream.settle(path, look)
        self.streams[stream.id] = self.at[path] = stream
        self.refused.pop(path, None)
        self.shelf.use(stream)
        return stream

    def pass_over(self, path: str, look: Look, text: Text) -> None:
        """A file that is not read: it is old, or all of it was read elsewhere."""
        stream = self.enter(path, look, text)
        skip_to_end(stream, text, whole=True)
        self.tell(stream)

    def forget(self, stream: Stream) -> None:
        """Nothing more is done with it."""
        stream.shut()
        self.streams.pop(stream.id, None)
        if self.at.get(stream.path) is stream:
            del self.at[stream.path]
        for kept in (self.stirred, self.hot, self.unfinished, self.doubted, self.adrift):
            kept.pop(stream, None)

    def due(self, now: float) -> None:
        """What was put off until now."""
        for family in [family for family, at in self.later.items() if at <= now]:
            del self.later[family]
            self.pending.add(family)
        for stream in [stream for stream, at in self.doubted.items() if at <= now]:
            del self.doubted[stream]
            self.stirred[stream] = None
