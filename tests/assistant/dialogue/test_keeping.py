"""A conversation that is gone on with fits the pack of today, and what mended it becomes one entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops.assistant.dialogue.asking import ask
from edgeops.assistant.dialogue.keeping import conclude, fitting, keep
from edgeops.assistant.dialogue.material import Bench
from edgeops.errors import UsageError
from edgeops.hooks import registry
from edgeops.knowledge import talks
from edgeops.knowledge.entry import Origin
from edgeops.knowledge.library import open_library
from edgeops.knowledge.store import Store
from edgeops.knowledge.talks import Hand
from edgeops.records import (
    Answer,
    Event,
    Evidence,
    Incident,
    Line,
    Role,
    Rule,
    Sentence,
    Signal,
    SignalKind,
    Suspect,
    Talk,
    Tier,
)
from tests.assistant.cases import BOOK

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
ANNA = Origin("anna", "laptop")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_library(tmp_path / "store.db", registry(), NOW) as opened:
        yield opened


def incident(*faults: str) -> Incident:
    event = Event(Line("a.log", 0, 1, b"disk is full"), "bare", "disk is full", NOW)
    signals = tuple(
        Signal(SignalKind.RULE, 0.9, "fits", event, f"template-{fault}", rule=Rule(fault, Role.CAUSE, "x"))
        for fault in faults
    )
    return Incident("abcd", NOW, NOW, (), (), signals, 0, tuple(Suspect(f, 0.9, (n,)) for n, f in enumerate(faults)))


def settled(fault: str, *evidence: Evidence) -> Talk:
    told = Answer("why is it slow?", "en", Tier.KNOWN, (Sentence("It is full.", ("L1",)),), fault, evidence=evidence)
    return Talk("aa11", (told, replace(told, question="that was it", evidence=())), (), fault)


def test_faults_that_the_pack_has_no_more_are_not_proposed_again() -> None:
    hand = fitting(Hand(("a.log",), (incident("no-such-fault", "disk-full"),)), BOOK)
    assert [suspect.fault for suspect in hand.incidents[0].suspects] == ["disk-full"]
    assert [signal.rule and signal.rule.fault for signal in hand.incidents[0].signals] == [None, "disk-full"]
    talk = Talk("aa11", (Answer("why?", "en", Tier.KNOWN, fault="no-such-fault"),))
    bench = Bench(BOOK, BOOK.search, hand.incidents)
    assert ask("that was it", talk, bench).settled == ""
    assert ask("no", talk, bench).answers[-1].question == "no"


def test_a_confirmation_is_counted_once_and_taken_back_as_failed(store: Store) -> None:
    before, after = replace(settled("disk-full"), settled=""), settled("disk-full")
    for one, other in ((before, after), (after, after), (after, before)):
        keep(store, one, other, None, ANNA, NOW)
    tally = store.entries.get("disk-full").outcomes
    assert (tally.worked, tally.failed) == (1, 1)
    assert len(talks.recall(store.database, "aa11").talk.answers) == 3


def test_what_mended_it_is_known_by_the_template_of_the_root(store: Store) -> None:
    line = Evidence(
        "L1", "log", "a.log", 1, NOW, "disk is full", 1.0, message="disk is full", template="template-disk-full"
    )
    hand = Hand(("a.log",), (incident("disk-full"),))
    entry = conclude(store, settled("disk-full", line), hand, "deleted old logs", BOOK, "en", ANNA, NOW)
    assert entry.templates == ("template-disk-full",)
    assert entry.outcomes.worked == 1
    for part in ("deleted old logs", "disk is full", "why is it slow?"):
        assert part in entry.body


def test_a_conversation_without_logs_or_a_fault_can_be_concluded_too(store: Store) -> None:
    talk = replace(settled(""), settled="")
    entry = conclude(store, talk, Hand(), "changed the lamp", BOOK, "zh", ANNA, NOW)
    assert (entry.title, entry.templates) == ("why is it slow?", ())
    again = conclude(store, talk, Hand(), "changed the fuse", BOOK, "zh", ANNA, NOW)
    assert (again.id, again.revision, again.outcomes.worked) == (entry.id, 2, 1)


def test_nothing_done_is_nothing_to_keep(store: Store) -> None:
    with pytest.raises(UsageError, match="what was done"):
        conclude(store, settled("disk-full"), Hand(), "  ", BOOK, "en", ANNA, NOW)
