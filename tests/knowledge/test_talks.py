"""Conversations are kept whole, without secrets, and found again by their words in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pysqlite3
import pytest

from edgeops.errors import StoreError
from edgeops.knowledge import talks
from edgeops.knowledge.schema import MIGRATIONS
from edgeops.knowledge.store import Store
from edgeops.knowledge.talks import Hand
from edgeops.records import (
    Answer,
    Event,
    Evidence,
    Incident,
    Knowledge,
    Line,
    Sentence,
    Signal,
    SignalKind,
    Suspect,
    Talk,
    Tier,
)

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.db") as opened:
        yield opened


def answer(said: str, *told: str, **more: Any) -> Answer:
    return Answer(said, "en", Tier.KNOWN, tuple(Sentence(text) for text in told), **more)


def say(store: Store, talk: Talk, one: Answer, time: datetime = NOW) -> Talk:
    talk = replace(talk, answers=(*talk.answers, one))
    talks.keep(store.database, talk, time)
    return talk


def incident(lines: int, root: int = 0, message: str = "disk full") -> Incident:
    signals = tuple(
        Signal(SignalKind.SEVERITY, 0.5, "says so", Event(line, "bare", line.text, NOW), f"t{line.number}")
        for line in (Line("a.log", 80 * n, n, f"{message} {n}".encode()) for n in range(lines))
    )
    return Incident("abcd", NOW, NOW, ("web1",), (), signals, root, (Suspect("disk-full", 0.9, (root, 1)),))


def test_a_conversation_comes_back_as_it_was(store: Store) -> None:
    talk = say(store, Talk("aa11"), answer("why 502?", "Most like: no upstream.", fault="http-502"))
    talk = say(store, replace(talk, ruled_out=("http-502",)), answer("no", "It was not.", fault="oom"), NOW + HOUR)
    talk = say(store, replace(talk, settled="oom"), answer("that was it", "Noted."), NOW + 2 * HOUR)
    recalled = talks.recall(store.database, "aa")
    assert recalled.talk == talk
    assert recalled.seen == NOW + 2 * HOUR
    assert recalled.hand.incidents == ()


def test_the_latest_conversation_is_gone_on_with_when_none_is_named(store: Store) -> None:
    for number, name in enumerate(("aa", "ab", "ba")):
        say(store, Talk(name), answer(f"question {number}"), NOW + number * HOUR)
    say(store, talks.recall(store.database, "aa").talk, answer("more"), NOW + 9 * HOUR)
    assert talks.recall(store.database).talk.id == "aa"
    assert [heading.id for heading in talks.find(store.database)] == ["aa", "ba", "ab"]


def test_names_that_are_unknown_or_stand_for_several_are_sentences(store: Store) -> None:
    with pytest.raises(StoreError, match="No conversation was kept yet"):
        talks.recall(store.database)
    for name in ("aa", "ab"):
        say(store, Talk(name), answer("q"))
    with pytest.raises(StoreError, match="More than one conversation begins with 'a'"):
        talks.recall(store.database, "a")
    with pytest.raises(StoreError, match="No conversation begins with 'zz'"):
        talks.recall(store.database, "zz")


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("disks", ["aa"]),
        ("Disk FULL", ["aa"]),
        ("磁盘", ["cc"]),
        ("为什么磁盘满了", ["cc"]),
        ("orders.service", ["bb"]),
        ("0x80070005", ["bb"]),
        ("upstream restarted", ["bb"]),
        ("volcano", []),
    ],
)
def test_conversations_are_found_by_words_of_any_of_their_turns(store: Store, sought: str, found: list[str]) -> None:
    say(store, Talk("aa"), answer("why is the disk full?", "Old logs fill it."))
    talk = say(store, Talk("bb"), answer("orders.service fails with 0x80070005", "The upstream is gone."))
    say(store, talk, answer("we restarted it", "Noted."))
    say(store, Talk("cc"), answer("为什么磁盘已满?", "旧日志占满了磁盘。"))
    assert [heading.id for heading in talks.find(store.database, sought)] == found


def test_what_has_more_of_the_words_comes_first(store: Store) -> None:
    say(store, Talk("aa"), answer("nginx answers 502 after the restart"))
    say(store, Talk("bb"), answer("nginx answers 404"), NOW + HOUR)
    assert [heading.id for heading in talks.find(store.database, "nginx 502")] == ["aa", "bb"]


def test_a_heading_tells_the_first_question_and_what_it_was(store: Store) -> None:
    talk = say(store, Talk("aa"), answer("why 502?"))
    say(store, replace(talk, settled="oom"), answer("that was it"), NOW + HOUR)
    assert talks.find(store.database) == [talks.Heading("aa", "why 502?", 2, NOW, NOW + HOUR, "oom")]


def test_no_secret_comes_into_the_file(store: Store) -> None:
    secret = "hunter2secret"
    told = answer(
        f"login fails, password={secret}",
        f"It used password={secret} [L1].",
        evidence=(Evidence("L1", "log", "a.log", 1, NOW, f"password={secret}", 1.0),),
    )
    say(store, Talk("aa"), replace(told, sentences=(Sentence(told.sentences[0].text, ("L1",)),)))
    talks.keep_hand(
        store.database, "aa", Hand((f"https://me:{secret}@host/a.log",), (incident(3, 0, f"password={secret}"),))
    )
    rows = [store.database.connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("turn", "hand")]
    assert "masked:password" in repr(rows)
    assert secret not in repr(rows) + repr(talks.recall(store.database))
    restored = talks.recall(store.database).hand.incidents[0]
    assert restored.signals[0].event.line.raw == b"password=[masked:password] 0"


def test_the_incidents_at_hand_come_back_with_what_decides_them(store: Store) -> None:
    small, large = incident(3), incident(1000, root=900)
    say(store, Talk("aa"), answer("why?"))
    talks.keep_hand(store.database, "aa", Hand(("a.log",), (small, large, small, small, small)))
    recalled = talks.recall(store.database)
    assert recalled.hand.logs == ("a.log",)
    assert len(recalled.hand.incidents) == talks.MOST_INCIDENTS
    assert recalled.hand.incidents[0] == small
    again = recalled.hand.incidents[1]
    assert len(again.signals) == talks.MOST_SIGNALS
    assert again.signals[again.root] == large.signals[900]
    assert [again.signals[i] for i in again.suspects[0].signals] == [large.signals[900], large.signals[1]]


def test_incidents_that_another_edgeops_wrote_otherwise_are_left_out(store: Store) -> None:
    say(store, Talk("aa"), answer("why?"))
    talks.keep_hand(store.database, "aa", Hand(("a.log",), (incident(2),)))
    store.database.connection.execute("UPDATE hand SET incidents = '[{\"name\": 1}]'")
    assert talks.recall(store.database).hand.incidents == ()


def test_passages_that_are_not_cited_are_kept_by_name_only(store: Store) -> None:
    known = tuple(Knowledge(f"k{n}", f"Title {n}", "text " * 1000, 1.0) for n in range(2))
    told = replace(answer("why?", "So [K2].", knowledge=known), sentences=(Sentence("So [K2].", ("K2",)),))
    say(store, Talk("aa"), told)
    first, second = talks.recall(store.database).talk.answers[0].knowledge
    assert (first.title, first.text) == ("Title 0", "")
    assert 0 < len(second.text) < 1000


def test_two_windows_of_one_conversation_lose_nothing(store: Store) -> None:
    talk = say(store, Talk("aa"), answer("why?"))
    say(store, talk, answer("here"))
    say(store, talk, answer("there"))
    assert [one.question for one in talks.recall(store.database).talk.answers] == ["why?", "here", "there"]


def test_the_oldest_conversations_are_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "MOST", 3)
    for number in range(5):
        say(store, Talk(f"t{number}"), answer("why?"), NOW + number * HOUR)
        talks.keep_hand(store.database, f"t{number}", Hand())
    assert [heading.id for heading in talks.find(store.database)] == ["t4", "t3", "t2"]
    assert store.database.connection.execute("SELECT count(*) FROM hand").fetchone() == (3,)


def test_an_older_store_that_may_not_be_changed_has_no_conversations(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = pysqlite3.connect(path, isolation_level=None)
    for statement in [one for statements in MIGRATIONS[:4] for one in statements]:
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 4")
    connection.close()
    with Store(path, readonly=True) as store:
        assert talks.find(store.database, "disk") == []
        with pytest.raises(StoreError, match="No conversation begins"):
            talks.recall(store.database, "aa")
