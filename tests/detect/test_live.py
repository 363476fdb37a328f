"""A source read as it comes: each message is counted once, whatever is asked when and however little room there is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from edgeops import hooks
from edgeops.detect import habits
from edgeops.detect.live import Live
from edgeops.detect.rulebook import RuleBook
from edgeops.intake.blocks import Block
from edgeops.intake.live import LiveReader
from edgeops.records import Normal, SignalKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORMATS = [one for group in hooks.registry().hook.edgeops_formats() for one in group]


def line(second: int, message: str) -> bytes:
    return f"2026-03-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z web1 app[7]: {message}".encode()


def live(lines: Sequence[bytes]) -> tuple[LiveReader, Live]:
    reader = LiveReader("/var/log/app.log", lines[:50], FORMATS, NOW)
    return reader, Live(reader, RuleBook([]), timedelta(minutes=5), Normal("/var/log/app.log"), "")


def read(reader: LiveReader, chapter: Live, lines: Sequence[bytes], number: int, offset: int) -> None:
    for part in reader.taken(Block(number, offset, list(lines))):
        chapter.read(part)


@pytest.mark.parametrize("seed", range(8))
def test_however_the_lines_come_the_counts_are_the_same(seed: int) -> None:
    dice = random.Random(seed)
    lines = [line(n, dice.choice(["request done", "request failed: timeout", "cache cold"])) for n in range(300)]
    whole: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for counted, sizes in ((whole, [300]), (parts, [dice.randrange(1, 40) for _ in range(300)])):
        reader, chapter = live(lines)
        at = offset = 0
        for size in sizes:
            some = lines[at : at + size]
            if some:
                read(reader, chapter, some, at + 1, offset)
                at, offset = at + len(some), offset + sum(len(raw) + 1 for raw in some)
                counted.update({one.pattern: one.count for one in chapter.news().counts})
        assert len(chapter.pending) == 1
        chapter.rest()
        counted.update({one.pattern: one.count for one in chapter.news().counts})
        assert chapter.pending == ()
    assert whole == parts and sum(whole.values()) == 300


def test_a_pattern_forgotten_for_want_of_room_was_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(habits, "MOST_PATTERNS", 20)
    dice = random.Random(1)
    words = ["".join(dice.choices("abcdefghijklmnop", k=6)) for _ in range(400)]
    lines = [line(n, f"{dice.choice(words)} {dice.choice(words)} {dice.choice(words)}") for n in range(600)]
    reader, chapter = live(lines)
    counted, offset = 0, 0
    for at in range(0, 600, 60):
        read(reader, chapter, lines[at : at + 60], at + 1, offset)
        offset += sum(len(raw) + 1 for raw in lines[at : at + 60])
        if at % 120:
            counted += sum(one.count for one in chapter.news().counts)
    chapter.rest()
    assert counted + sum(one.count for one in chapter.news().counts) == 600


def test_a_signal_is_news_when_it_begins_and_when_it_goes_on() -> None:
    lines = [line(n, "request done") for n in range(50)]
    reader, chapter = live(lines)
    read(reader, chapter, lines, 1, 0)
    assert chapter.news().signals == ()
    offset = sum(len(raw) + 1 for raw in lines)
    bad = [line(60 + n, "ERROR cannot reach the database") for n in range(3)]
    read(reader, chapter, bad, 51, offset)
    chapter.rest()
    (signal,) = chapter.news().signals
    assert (signal.kind, signal.count, signal.event.line.number) == (SignalKind.SEVERITY, 3, 51)
    assert chapter.news().signals == ()
    read(reader, chapter, bad[:2], 54, offset + sum(len(raw) + 1 for raw in bad))
    chapter.rest()
    (more,) = chapter.news().signals
    assert (more.count, more.event) == (5, signal.event)
