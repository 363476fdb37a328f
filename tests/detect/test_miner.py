"""The miner in bounded memory: what it joins, counts, forgets and never forgets."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from edgeops.detect.miner import Miner
from edgeops.detect.templates import id_of, pattern_of
from edgeops.records import Severity

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
DICE = random.Random(11)


def word() -> str:
    return "".join(DICE.choices("abcdefghijklmnop", k=8))


def test_a_template_knows_its_count_its_worst_severity_and_its_times() -> None:
    miner = Miner()
    miner.learn("link <id> down", 3, Severity.WARNING, START + timedelta(hours=1), START + timedelta(hours=2))
    miner.learn("link <id> down", 2, Severity.ERROR, START + timedelta(hours=4), START)
    (found,) = miner.templates()
    assert (found.count, found.severity, found.first, found.last) == (
        5,
        Severity.ERROR,
        START,
        START + timedelta(hours=4),
    )


def test_joined_patterns_share_a_template_and_its_count() -> None:
    miner = Miner()
    for name in ("<ip>", "<host>", "gateway"):
        miner.learn(f"route to {name} is lost", 2)
    miner.settle()
    (found,) = miner.templates()
    assert (found.pattern, found.count) == ("route to <*> is lost", 6)
    assert {miner.template(f"route to {name} is lost").id for name in ("<ip>", "gateway", "unheard-of")} == {found.id}
    assert miner.template("route is lost").id == id_of("route is lost")


def test_what_is_joined_stays_joined_without_being_kept() -> None:
    miner = Miner()
    for _ in range(20):
        miner.learn(f"quota of {word()} exceeded <number>")
    miner.settle()
    for _ in range(100):
        miner.learn(f"quota of {word()} exceeded <number>")
    (found,) = miner.templates()
    assert (found.pattern, found.count) == ("quota of <*> exceeded <number>", 120)


def test_the_same_messages_in_any_order_give_the_same_ids() -> None:
    messages = [f"user {word()} opened file {n}" for n in range(30)] + ["all is well", "disk 7 failed", "disk full"]
    ids = set()
    for _ in range(4):
        DICE.shuffle(messages)
        miner = Miner()
        for message in messages:
            miner.learn(pattern_of(message))
        miner.settle()
        ids.add(frozenset(template.id for template in miner.templates()))
    assert len(ids) == 1


def test_a_million_kinds_of_chatter_drop_no_rare_error() -> None:
    miner = Miner(most=200)
    miner.learn("the array lost its battery", 1, Severity.ERROR)
    for _ in range(5_000):
        miner.learn(" ".join(word() for _ in range(DICE.randint(3, 12))), 2, Severity.INFO)
    kept = {template.pattern: template for template in miner.templates()}
    assert len(kept) <= 200
    assert kept["the array lost its battery"].severity is Severity.ERROR
    assert miner.forgotten > 4_000


def test_endless_different_errors_do_not_grow_without_end_and_leave_room_for_the_rest() -> None:
    miner = Miner(most=100)
    for _ in range(20):
        miner.learn("heartbeat ok", 50)
        for _ in range(100):
            miner.learn(" ".join(word() for _ in range(DICE.randint(3, 12))), 1, Severity.ERROR)
    patterns = {template.pattern for template in miner.templates()}
    assert len(patterns) <= 100
    assert "heartbeat ok" in patterns


def test_a_forgotten_pattern_is_its_own_template() -> None:
    miner = Miner(most=10)
    for _ in range(200):
        miner.learn(" ".join(word() for _ in range(DICE.randint(3, 12))))
    template = miner.template("one that was never kept")
    assert (template.id, template.pattern, template.count) == (
        id_of("one that was never kept"),
        "one that was never kept",
        0,
    )


def test_memory_of_what_was_joined_is_bounded() -> None:
    miner = Miner(most=50)
    for _ in range(3_000):
        miner.learn(f"started job {word()} of {word()} at once")
    assert len(miner._joined) <= 200
    assert [template.pattern for template in miner.templates()] == ["started job <*> of <*> at once"]
