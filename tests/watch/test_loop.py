"""What is followed counts once, whenever the watch is killed; its incidents keep their ids."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import pytest

from edgeops import hooks
from edgeops.detect.ongoing import Ongoing
from edgeops.errors import StoreError
from edgeops.intake.live import LiveReader
from edgeops.knowledge.database import Database
from edgeops.knowledge.store import Store
from edgeops.records import Incident, State
from edgeops.watch.chapters import REST_S, Chapters
from edgeops.watch.ledger import Effects, Ledger
from edgeops.watch.loop import Loop
from tests.assistant.cases import BOOK
from tests.watch.feeds import Lines

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORMATS = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
GAP = timedelta(minutes=5)
FULL = b"2026-03-01T12:%02d:%02dZ db1 postgres[77]: ERROR:  could not extend file: No space left on device"


class Killed(Exception):
    """Stands for SIGKILL: nothing after it is done."""


@dataclass
class Clock:
    """A clock that moves when it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Watched:
    """A watch and what it told."""

    loop: Loop
    clock: Clock
    database: Database
    told: list[Incident] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Let it read all there is, and wait until messages are complete."""
        while self.loop.step(wait=False):
            self.clock.now += 0.1
        self.clock.now += 2 * REST_S
        self.loop.step(wait=False)
        self.clock.now += 60
        self.loop.step(wait=False)

    def counts(self) -> dict[str, int]:
        return dict(self.database.connection.execute("SELECT pattern, sum(count) FROM tally GROUP BY pattern"))


@contextmanager
def watching(
    path: Path, lines: Sequence[bytes], passing: Callable[[str], None] = lambda instant: None, **given: object
) -> Iterator[Watched]:
    database = Database(path)
    ledger, clock = Ledger(database), Clock()
    feed = Lines(lines, ledger.checkpoints(), **given)  # type: ignore[arg-type]
    chapters = Chapters(
        lambda source, sample: LiveReader(source, sample, FORMATS, NOON),
        lambda batch: (),
        BOOK.rules,
        GAP,
        ledger.normal,
    )
    told: list[Incident] = []
    said: list[str] = []
    loop = Loop(
        [feed],
        ledger,
        chapters,
        Ongoing(BOOK.rules, GAP, ledger.signals()),
        lambda: NOON,
        clock,
        told.extend,
        lambda gaps: None,
        said.append,
        passing,
    )
    try:
        yield Watched(loop, clock, database, told, said)
    finally:
        loop.close()
        database.close()


def chatter(count: int, start: int = 0) -> list[bytes]:
    return [
        b"2026-03-01T11:%02d:%02dZ web1 nginx[5]: request %d served in %d ms" % (n // 60 % 60, n % 60, n, n % 97)
        for n in range(start, start + count)
    ]


def text(lines: Sequence[bytes]) -> bytes:
    return b"".join(raw + b"\n" for raw in lines)


def test_every_line_is_counted_and_the_checkpoint_says_how_far(tmp_path: Path) -> None:
    lines = chatter(500)
    with watching(tmp_path / "store.db", lines) as watched:
        watched.settle()
        (checkpoint,) = watched.loop.ledger.checkpoints()
        assert sum(watched.counts().values()) == 500
    assert (checkpoint.lines, checkpoint.offset, checkpoint.crc) == (500, len(text(lines)), crc32(text(lines)))


def test_a_quiet_watch_writes_nothing(tmp_path: Path) -> None:
    with watching(tmp_path / "store.db", chatter(100)) as watched:
        watched.settle()
        before = watched.loop.counters.commits
        for _ in range(300):
            watched.clock.now += 1
            watched.loop.step(wait=False)
        assert watched.loop.counters.commits - before <= 1, "the end of the chapter, when what it taught is kept"


@pytest.mark.parametrize("seed", range(12))
def test_a_watch_that_is_killed_again_and_again_counts_each_line_once(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    trace = [
        b"2026-03-01T11:30:00Z app1 java[9]: ERROR Exception in thread main",
        b"java.lang.IllegalStateException: broken",
        b"\tat a.B.c(B.java:1)",
    ]
    lines = chatter(150)
    for _ in range(4):
        at = dice.randrange(len(lines))
        lines[at:at] = trace if dice.random() < 0.5 else [FULL % (dice.randrange(60), 1)]
    with watching(tmp_path / "whole.db", lines, size=len(lines)) as watched:
        watched.settle()
        expected = watched.counts()

    def perhaps(instant: str) -> None:
        if dice.random() < 0.15:
            raise Killed

    for _ in range(1000):
        with watching(tmp_path / "store.db", lines, perhaps, size=dice.randrange(1, 12)) as watched:
            try:
                watched.settle()
                break
            except Killed:
                continue
    else:
        pytest.fail("It never came to its end.")
    with watching(tmp_path / "store.db", lines) as watched:
        assert watched.counts() == expected
        (checkpoint,) = watched.loop.ledger.checkpoints()
        assert checkpoint.crc == crc32(text(lines))


def test_an_incident_is_told_when_it_begins_and_again_when_it_grows_under_one_id(tmp_path: Path) -> None:
    first = [*chatter(40), *(FULL % (0, n) for n in range(3))]
    with watching(tmp_path / "store.db", first) as watched:
        watched.settle()
        begun = watched.told[-1]
        watched.loop.feeds[0].lines += [FULL % (2, n) for n in range(9)]  # type: ignore[attr-defined]
        watched.settle()
        grown = watched.told[-1]
    assert begun.id == grown.id
    assert sum(s.count for s in begun.signals) == 3
    assert sum(s.count for s in grown.signals) == 12


def test_an_incident_goes_on_under_its_id_after_a_restart(tmp_path: Path) -> None:
    lines = [*chatter(40), *(FULL % (0, n) for n in range(3))]
    with watching(tmp_path / "store.db", lines) as watched:
        watched.settle()
        before = watched.told[0].id
        assert [one.id for one in watched.loop.ledger.waiting()] == [before]
    with watching(tmp_path / "store.db", [*lines, *(FULL % (1, n) for n in range(5))]) as watched:
        watched.settle()
        assert {one.id for one in watched.told} == {before}
    with Store(tmp_path / "store.db") as store:
        assert [one.id for one in store.incidents()] == [before]


def test_what_breaks_again_after_it_was_resolved_is_another_incident(tmp_path: Path) -> None:
    lines = [*chatter(40), *(FULL % (0, n) for n in range(3))]
    with watching(tmp_path / "store.db", lines) as watched:
        watched.settle()
        name = watched.told[0].id
        watched.database.connection.execute("UPDATE incident SET state = ? WHERE id = ?", [State.RESOLVED.value, name])
        watched.loop.feeds[0].lines += [FULL % (40, n) for n in range(3)]  # type: ignore[attr-defined]
        watched.settle()
        watched.loop.feeds[0].lines += [FULL % (41, n) for n in range(3)]  # type: ignore[attr-defined]
        watched.settle()
        assert watched.told[-1].id != name


def test_a_message_that_is_open_when_the_watch_ends_is_told_whole(tmp_path: Path) -> None:
    head = [*chatter(30), b"2026-03-01T11:40:00Z app1 java[9]: ERROR Exception in thread main"]
    rest = [b"java.lang.IllegalStateException: broken", b"\tat a.B.c(B.java:1)"]
    with watching(tmp_path / "store.db", head) as watched:
        watched.loop.step(wait=False)
        assert not watched.told
    with watching(tmp_path / "store.db", [*head, *rest]) as watched:
        watched.settle()
        (incident,) = {one.id: one for one in watched.told}.values()
        assert len(incident.signals[incident.root].event.more) == 2


def test_a_store_that_is_full_stops_the_reading_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = chatter(400)
    full = True

    def commit(self: Ledger, effects: Effects, now: datetime) -> None:
        if full:
            raise StoreError("The disk is full.")
        whole(self, effects, now)

    whole = Ledger.commit
    monkeypatch.setattr(Ledger, "commit", commit)
    with watching(tmp_path / "store.db", lines) as watched:
        for _ in range(20):
            watched.loop.step(wait=False)
        assert watched.loop.counters.lines == 50, "read no further than what could not be kept"
        assert watched.said == ["The disk is full."]
        full = False
        watched.loop.step(wait=False)
        watched.settle()
        assert sum(watched.counts().values()) == 400
        assert watched.said[1:] == ["The store can be written to again; the watch goes on."]


def test_secrets_do_not_reach_the_store(tmp_path: Path) -> None:
    lines = [*chatter(40), b"2026-03-01T12:00:00Z db1 app[7]: ERROR login failed for password=hunter2secret on disk"]
    with watching(tmp_path / "store.db", lines) as watched:
        watched.settle()
        assert watched.told
    with watching(tmp_path / "store.db", lines) as watched:
        watched.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"hunter2secret" not in (tmp_path / "store.db").read_bytes()


def test_templates_beyond_measure_are_counted_together_and_none_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeops.watch.ledger.MOST_TEMPLATES", 20)
    dice = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz"
    lines = [
        b"2026-03-01T11:00:00Z web1 app[5]: " + " ".join("".join(dice.choices(letters, k=7)) for _ in range(4)).encode()
        for _ in range(300)
    ]
    with watching(tmp_path / "store.db", lines) as watched:
        watched.settle()
        assert sum(watched.counts().values()) == 300
        assert len(watched.counts()) <= 21


def test_after_a_restart_nothing_is_told_that_was_told_before(tmp_path: Path) -> None:
    dice = random.Random(3)
    errors = [FULL % (n, 0) for n in (0, 20, 40)] + [b"2026-03-01T12:10:00Z app1 web[3]: WARNING slow answer"]
    lines = chatter(200)
    for one in errors:
        lines.insert(dice.randrange(len(lines)), one)
    with watching(tmp_path / "store.db", lines) as watched:
        watched.settle()
        assert watched.told
    with watching(tmp_path / "store.db", lines) as watched:
        watched.settle()
        assert not watched.told
        assert watched.loop.counters.commits == 0
