"""Incidents that go on keep their ids: while they grow, when their root turns out to be another, when they come again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgeops.detect import ongoing
from edgeops.detect.ongoing import Ongoing, key_of
from edgeops.records import Incident, Severity, Signal
from tests.detect.test_incidents import GAP, RULES, signal


def told(*heard: Signal, known: list[tuple[Signal, str]] | None = None) -> tuple[Ongoing, list[Incident]]:
    going = Ongoing(RULES, GAP, known or [])
    going.hear(heard)
    return going, going.incidents()


def test_an_incident_that_grows_keeps_its_id_and_is_told_again() -> None:
    going, (first,) = told(signal(0, "web broke"))
    going.hear([replace(signal(0, "web broke"), count=7)])
    assert going.is_stale
    (grown,) = going.incidents()
    assert (grown.id, grown.signals[0].count) == (first.id, 7)
    assert not going.is_stale
    assert going.incidents() == []


def test_a_root_found_later_does_not_make_another_incident() -> None:
    going, (first,) = told(signal(1, "web broke"))
    going.hear([signal(0, "disk broke", source="db.log"), signal(0.5, "database broke", source="db.log")])
    (later,) = going.incidents()
    assert later.id == first.id
    assert later.signals[later.root].event.message == "disk broke"


def test_two_incidents_that_turn_out_to_be_one_go_on_under_one_id() -> None:
    going, (first,) = told(signal(0, "disk broke"))
    going.hear([signal(8, "web broke", source="web.log")])
    (second,) = going.incidents()
    going.hear([signal(4, "database broke")])
    (joined,) = [one for one in going.incidents() if len(one.signals) == 3]
    assert joined.id in (first.id, second.id)
    assert {going.owner(one) for one in joined.signals} == {joined.id}


def test_what_comes_again_hours_later_is_the_same_incident_with_a_count() -> None:
    going, (first,) = told(signal(0, "disk broke"), signal(1, "disk suffers"))
    going.hear([signal(200, "disk broke"), signal(201, "disk suffers"), signal(202, "web suffers")])
    (again,) = going.incidents()
    assert (again.id, again.times) == (first.id, 2)


def test_what_comes_again_after_it_was_resolved_is_another() -> None:
    going, (first,) = told(signal(0, "disk broke"))
    going.settle(first.id)
    going.hear([signal(200, "disk broke")])
    (again,) = going.incidents()
    assert again.id != first.id and again.times == 1


def test_what_was_told_before_a_restart_is_not_told_again() -> None:
    one, two = signal(0, "disk broke"), signal(1, "disk suffers")
    _, (first,) = told(one, two)
    going, nothing = told(known=[(one, first.id), (two, first.id)])
    assert nothing == []
    going.hear([signal(2, "web suffers")])
    (grown,) = going.incidents()
    assert grown.id == first.id


def test_what_was_heard_but_not_looked_at_before_a_restart_is_told_after_it() -> None:
    _, found = told(known=[(signal(0, "disk broke"), "")])
    assert len(found) == 1


def test_what_is_held_is_bounded_and_the_latest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ongoing, "MOST_SIGNALS", 50)
    going = Ongoing(RULES, GAP)
    for number in range(400):
        going.hear([signal(number * 30, f"{chr(97 + number % 26) * 3} {number} failed", Severity.CRITICAL)])
        going.incidents()
    assert len(going._signals) == 50
    assert len(going._owner) <= 4 * 50 + 50
    latest = signal(399 * 30, f"{chr(97 + 399 % 26) * 3} 399 failed", Severity.CRITICAL)
    assert key_of(latest) in going._signals
