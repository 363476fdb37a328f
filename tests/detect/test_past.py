"""What sources said before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from edgeops.detect.past import Past
from edgeops.records import Event, Line, Severity, Signal, SignalKind

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
GAP = timedelta(minutes=5)


def signal(minute: float, message: str, source: str = "a.log", severity: Severity = Severity.ERROR) -> Signal:
    line = Line(source, int(minute * 600) + 10_000, 1, message.encode())
    event = Event(line, "test", message, START + timedelta(minutes=minute), severity=severity)
    return Signal(SignalKind.SEVERITY, 0.6, "", event, message)


def test_a_template_is_familiar_when_it_came_more_than_a_pause_before() -> None:
    past = Past([signal(0, "cache is cold")], GAP)
    soon, later = signal(4, "cache is cold"), signal(6, "cache is cold")
    assert past.familiar([soon, later]) == {id(later)}


def test_what_is_grave_or_another_file_said_is_never_familiar() -> None:
    past = Past([signal(0, "cache is cold")], GAP)
    grave, elsewhere = signal(6, "cache is cold", severity=Severity.CRITICAL), signal(6, "cache is cold", "b.log")
    assert past.familiar([grave, elsewhere]) == frozenset()


def test_messages_that_open_alike_are_alike_whatever_they_name() -> None:
    past = Past([signal(0, "validation of invoice 15 failed: no such country FR")], GAP)
    assert past.said_alike(signal(1, "validation of invoice 71 failed: bad currency"))
    assert not past.said_alike(signal(0.2, "validation of invoice 71 failed: bad currency"))
    assert not past.said_alike(signal(1, "payment of invoice 71 failed"))


def test_messages_without_plain_words_are_alike_only_if_they_are_the_same() -> None:
    past = Past([signal(0, "0x17/33")], GAP)
    assert past.said_alike(signal(1, "0x17/33"))
    assert not past.said_alike(signal(1, "<<>> 4"))


def test_without_a_past_nothing_is_known() -> None:
    one = signal(6, "cache is cold")
    assert not Past().familiar([one]) and not Past().said_alike(one)
