"""What messages name, and which signals have to do with each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edgeops.detect.hints import hint_of
from edgeops.detect.identifiers import named, telling
from edgeops.detect.kin import Kin
from edgeops.detect.onset import onset_of
from edgeops.records import Event, Line, Severity, Signal, SignalKind

START = datetime(2026, 3, 1, 10, tzinfo=UTC)


def event(message: str, second: float = 0, source: str = "a.log", host: str = "", unit: str = "") -> Event:
    line = Line(source, int(second * 10), 1, message.encode())
    return Event(line, "t", message, START + timedelta(seconds=second), host=host, unit=unit, severity=Severity.ERROR)


def signal(one: Event, count: int = 1, score: float = 0.6) -> Signal:
    return Signal(SignalKind.SEVERITY, score, "", one, one.message, count, one)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("request 5bb1a0f2-77c1-4a39-9d3c-2f4f0f5a1c77 failed", "5bb1a0f2-77c1-4a39-9d3c-2f4f0f5a1c77"),
        ("container 4f1c9d2ab7e0 died", "4f1c9d2ab7e0"),
        ("cannot reach 10.20.3.15 in time", "10.20.3.15"),
        ("write to /srv/data/x.db failed", "/srv/data/x.db"),
        ("orders.service: Failed", "orders.service"),
        ("I/O error, dev sdb1", "sdb1"),
        ("pod web-7c9d8b6f4-x2x9q evicted", "web-7c9d8b6f4-x2x9q"),
        ("order 10293 rejected", "10293"),
    ],
)
def test_a_message_names_what_it_is_about(message: str, name: str) -> None:
    assert name in named(event(message))


def test_words_and_small_numbers_name_nothing() -> None:
    assert named(event("the request failed after 3 tries because of a timeout")) == frozenset()


def test_what_is_named_everywhere_ties_nothing() -> None:
    events = [event(f"node7 lost order {10_000 + n}") for n in range(40)]
    assert all("node7" not in names and len(names) == 1 for names in telling(events))


def test_signals_of_one_thing_one_program_or_one_host_are_kin_in_that_order() -> None:
    signals = [
        signal(event("volume vol-77 detached", 0, "x.log")),
        signal(event("write to vol-77 failed", 1, "y.log", "db1", "postgres")),
        signal(event("cannot commit", 2, "y.log", "db1", "postgres")),
        signal(event("disk is warm", 3, "z.log", "db1", "smartd")),
        signal(event("lamp broken", 4, "w.log", "hall", "lamp")),
    ]
    kin = Kin(signals, onset_of(signals, set(), frozenset()))
    thing, _, program, host, none = (kin.of(n) for n in range(5))
    assert thing > program > host > none == 0


def test_a_file_called_after_a_host_belongs_to_it() -> None:
    signals = [
        signal(event("cannot commit", 0, "/logs/db1-app.json")),
        signal(event("disk failed", 1, "s.log", "db1", "kernel")),
    ]
    kin = Kin(signals, onset_of(signals, set(), frozenset()))
    assert kin.host(0) == "db1"
    assert kin.of(0) > 0


def test_the_onset_is_where_alarms_come_thick() -> None:
    alone = signal(event("mail bounced", 0, "m.log"))
    thick = [signal(event(f"part {word} failed", 400 + n), 5) for n, word in enumerate("abc")]
    onset = onset_of([alone, *thick], set(), frozenset())
    assert list(onset.alarms) == thick
    assert not onset.has(alone)


def test_trouble_rises_from_its_first_alarm_to_the_most_frequent() -> None:
    few = signal(event("part a failed", 400))
    many = signal(event("part b failed", 410), 30)
    assert onset_of([few, many], set(), frozenset()).rise == (few.event.time, many.event.time)


@pytest.mark.parametrize(
    "message",
    ["configuration reloaded", "lease expired", "no cluster leader", "bundle is empty", "switched to replica"],
)
def test_lines_of_change_or_lack_are_hints(message: str) -> None:
    assert hint_of(message) > 0


def test_chatter_is_no_hint() -> None:
    assert hint_of("heartbeat 41 sent") == 0
