"""The loop of `edgeops watch`: what feeds give is read, its effects are committed with the checkpoints, incidents are handed on."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from edgeops.detect.baseline import family_of, learnt
from edgeops.detect.ongoing import Ongoing
from edgeops.errors import StoreError
from edgeops.intake.feed import Feed, Gap
from edgeops.records import Incident, Normal
from edgeops.watch.chapters import Chapters, Told
from edgeops.watch.ledger import Effects, Ledger

MOST_BYTES = 4 << 20
"""So much is read of one feed before it is committed and the others have their turn."""
LONGEST_S = 0.25
"""So long at most it is read of one feed, but for a batch, before it is committed."""
MANY_LINES = 10_000
"""Who read so many lines at once is behind and does not wait for more."""
BREATH_S = 0.1
"""What comes within so much time is committed together."""
SHARE = 5
"""Grouping the signals of late takes at most one in so many seconds."""
PATIENCE_S = 5.0
LOOK_S = 1.0
FLOW_S = 5.0
"""So often it is looked for something new, and more often until so long after the last."""
TIDY_S = 600.0
RETRY_S = 5.0


@dataclass
class Counters:
    """What happened since the start."""

    lines: int = 0
    commits: int = 0
    gaps: int = 0
    incidents: int = 0


@dataclass
class Loop:
    """Call `step` again and again. passing hears the names of instants at which a crash must do no harm.

    news hears of incidents that are new or changed, once they are committed; say of sentences for the person.
    """

    feeds: Sequence[Feed]
    ledger: Ledger
    chapters: Chapters
    ongoing: Ongoing
    now: Callable[[], datetime]
    clock: Callable[[], float]
    news: Callable[[Sequence[Incident]], None]
    lost: Callable[[Sequence[Gap]], None]
    say: Callable[[str], None]
    passing: Callable[[str], None] = lambda instant: None
    counters: Counters = field(default_factory=Counters)
    _wake: tuple[int, int] = field(default_factory=lambda: os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC))
    _effects: Effects = field(default_factory=Effects)
    _grouped: float = 0.0
    _tidied: float = 0.0
    _committed: float = 0.0
    _flowed: float = float("-inf")
    _blocked: str = ""
    _behind: bool = True

    def __post_init__(self) -> None:
        for pending in self.ledger.pending():
            self.chapters.restore(pending.stream, pending.source, pending.lines, self.clock())
        self._tidied = self.clock()

    def wake(self) -> None:
        """Let `step` return soon; may be called from a signal handler or another thread."""
        with suppress(OSError):
            os.write(self._wake[1], b"\0")

    def step(self, *, wait: bool = True) -> bool:
        """Wait until there may be something new, read it and commit it; whether anything was read."""
        if wait and not self._behind:
            self._wait()
        began, self._behind = self.counters.lines, False
        taken = self._read()
        if taken:
            self._flowed = self.clock()
        self._behind = self._behind or self.counters.lines - began > MANY_LINES
        self.chapters.rest(self.clock())
        self._group()
        self._commit()
        return taken

    def drain(self, ended: Callable[[], bool] = lambda: True, stopped: Callable[[], bool] = lambda: False) -> None:
        """Read all there is, end what is open, and group it: for a single run. ended: whether what has an end is at it.

        stopped: leave off.
        """
        # What takes a moment only is looked at whole.
        self._grouped = self.clock() + PATIENCE_S
        taken = self.step(wait=False)
        while (taken or not ended()) and not stopped():
            if not taken:
                self._wait()
            taken = self.step(wait=False)
        self.end(whole=not stopped())

    def end(self, *, whole: bool = True) -> None:
        """Commit what was read. whole: messages that are open are taken for complete, and what was read counts as normal."""
        if whole:
            self.chapters.end()
            self._group(at_once=True)
        self._commit()

    def close(self) -> None:
        """Give back what the loop holds; the feeds are their maker's."""
        for end in self._wake:
            os.close(end)

    def _wait(self) -> None:
        """Until a doorbell rings, or it is time to look; a store that is full is not asked all the time."""
        # While lines flow no bell rings for them.
        look = BREATH_S if self.clock() - self._flowed < FLOW_S else LOOK_S
        wait = min([look, *([due] if (due := self.chapters.due(self.clock())) is not None else [])])
        if self.ongoing.is_stale:
            wait = min(wait, max(0.0, self._grouped - self.clock()))
        doors = [door for feed in self.feeds for door in feed.descriptors()]
        breath = BREATH_S - (self.clock() - self._committed)
        if breath > 0:
            _listen([self._wake[0]], breath)
        if self._blocked:
            doors, wait = [], RETRY_S
        _listen([*doors, self._wake[0]], wait)
        with suppress(BlockingIOError):
            os.read(self._wake[0], 4096)

    def _read(self) -> bool:
        taken = False
        if self._blocked:
            return taken
        for feed in self.feeds:
            begun = self.clock()
            for batch in feed.poll(MOST_BYTES):
                self._effects.checkpoints[batch.checkpoint.stream] = batch.checkpoint
                self._effects.gaps += batch.gaps
                self.chapters.take(batch, self.clock())
                if batch.block is not None:
                    taken = True
                    self.counters.lines += len(batch.block.lines)
                self.passing("read")
                # What is not taken now comes again; lines that are slow to read must not keep what was read from its commit.
                if self.clock() - begun > LONGEST_S:
                    self._behind = True
                    break
            for note in feed.notes():
                self.say(note)
        return taken

    def _group(self, *, at_once: bool = False) -> None:
        """Put what the readings told to the effects; group the signals when it is their turn."""
        for told in self.chapters.told():
            self._hear(told)
        began = self.clock()
        if self.ongoing.is_stale and (at_once or began >= self._grouped):
            changed = self.ongoing.incidents(self.chapters.rare())
            self._effects.signals += self.ongoing.adopted()
            self._effects.grouped = True
            resolved = self.ledger.resolved(one.id for one in changed)
            for name in resolved:
                self.ongoing.settle(name)
            self._effects.incidents += [one for one in changed if one.id not in resolved]
            ended = self.clock()
            self._grouped = ended + max(BREATH_S, SHARE * (ended - began))

    def _hear(self, told: Told) -> None:
        effects = self._effects
        effects.pending[told.stream] = told.pending
        effects.counts += [(told.source, one) for one in told.news.counts]
        effects.signals += told.news.signals
        self.ongoing.hear(told.news.signals)
        if told.lesson is not None:
            source = family_of(told.source)
            effects.normals = _taught(effects.normals, self.ledger.normal(source), told)

    def _commit(self) -> None:
        """Commit what is there. What cannot be committed stays, and nothing more is read until it can."""
        effects = self._effects
        if not effects:
            return
        self.passing("before commit")
        try:
            self.ledger.commit(effects, self.now())
        except StoreError as error:
            if str(error) != self._blocked:
                self._blocked = str(error)
                self.say(self._blocked)
            return
        self.passing("after commit")
        self._committed = self.clock()
        if self._blocked:
            self._blocked = ""
            self.say("The store can be written to again; the watch goes on.")
        self._effects = Effects()
        self.counters.commits += 1
        self.counters.gaps += len(effects.gaps)
        self.counters.incidents += len(effects.incidents)
        if effects.gaps:
            self.lost(effects.gaps)
        if effects.incidents:
            self.news(effects.incidents)
        if self._committed - self._tidied > TIDY_S:
            self._tidied = self._committed
            with suppress(StoreError):
                self.ledger.tidy()

    @property
    def blocked(self) -> str:
        """Why nothing can be committed; empty when all is well."""
        return self._blocked


def _listen(doors: Sequence[int], seconds: float) -> None:
    """Wait until one of the descriptors can be read, at most so long."""
    waiting = select.poll()
    for door in doors:
        waiting.register(door, select.POLLIN)
    waiting.poll(max(0.0, seconds) * 1000)


def _taught(normals: list[Normal], known: Normal, told: Told) -> list[Normal]:
    """What is normal with what a chapter taught; several of one source may end at once."""
    assert told.lesson is not None
    before = next((one for one in normals if one.source == known.source), known)
    return [*(one for one in normals if one.source != known.source), learnt(before, told.lesson)]
