"""What speaks for and against a signal, on hand-made windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from edgeops.detect.marks import SOON, Marks, marks_of
from edgeops.detect.past import Past
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Fault, Line, Role, Rule, Severity, Signal, SignalKind, Wording

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
TEXT = Wording("t", "s", "c", "k")


def fault(name: str, *leads_to: str) -> Fault:
    rules = (Rule(name, Role.CAUSE, f"{name} broke"),)
    return Fault(name, name, "test", (), rules, (), TEXT, TEXT, (), (), leads_to)


RULES = RuleBook([fault("disk", "database"), fault("database")])


def signal(second: float, message: str, source: str = "a.log", count: int = 1, score: float = 0.6) -> Signal:
    line = Line(source, int(second * 10) + 10_000, 1, message.encode())
    event = Event(line, "test", message, START + timedelta(seconds=second), severity=Severity.ERROR)
    matches = RULES.match(message)
    if matches:
        return Signal(SignalKind.RULE, 0.95, "", event, message, count, rule=matches[0].rule)
    return Signal(SignalKind.SEVERITY, score, "", event, message, count)


def marks(*signals: Signal, past: Past | None = None) -> list[Marks]:
    return marks_of(signals, RULES, past or Past())


def test_what_comes_after_all_the_trouble_is_preceded_and_what_comes_before_is_not() -> None:
    first, _, last = marks(*(signal(n, f"part {word} failed") for n, word in enumerate("abc")))
    assert first["preceded"] == 0 and not first["own file preceded"]
    assert 0.5 < last["preceded"] < 1 and last["own file preceded"]


def test_clocks_of_two_files_may_differ_by_seconds() -> None:
    _, near = marks(signal(0, "a failed", count=3), signal(3, "b failed", "b.log"))
    _, far = marks(signal(0, "a failed", count=3), signal(6, "b failed", "b.log"))
    assert near["preceded"] == 0 < far["preceded"]
    assert not far["own file preceded"]


def test_what_a_fault_brings_about_does_not_precede_it() -> None:
    _, disk = marks(signal(0, "database broke"), signal(20, "disk broke"))
    assert disk["preceded"] == 0 and disk["brings others"]
    _, other = marks(signal(0, "x failed"), signal(20, "disk broke"))
    assert other["preceded"] > 0 and not other["brings others"]


def test_a_fault_that_nothing_brings_about_is_first_of_its_kind() -> None:
    disk, database = marks(signal(0, "disk broke"), signal(2, "database broke"))
    assert disk["stated, and first of its kind"] > database["stated, and first of its kind"]


def test_a_known_fault_that_was_preceded_is_marked_twice() -> None:
    _, known, other = marks(signal(0, "a failed", count=4), signal(5, "disk broke"), signal(6, "b failed"))
    assert known["known and preceded"] == known["preceded"] > 0
    assert other["known and preceded"] == 0 < other["preceded"]


def test_the_longer_the_trouble_takes_to_come_the_longer_the_wait() -> None:
    def wait(second: float) -> float:
        quiet = signal(0, "setting changed", score=0.25)
        return marks(quiet, signal(second, "a failed", count=9), signal(second, "b failed", count=9))[0]["waiting"]

    assert 0 == wait(0) < wait(10) < wait(100)


def test_a_quiet_line_minutes_before_the_trouble_is_long_before_it() -> None:
    def early(second: float, score: float) -> float:
        return marks(signal(0, "setting lost", score=score), signal(second, "a failed", count=9))[0][
            "quiet, and long before"
        ]

    assert early(200, 0.25) and not early(100, 0.25) and not early(200, 0.6)


def test_a_quiet_line_without_alarms_waits_for_nothing_known() -> None:
    (only,) = marks(signal(0, "setting changed", score=0.25))
    (more,) = marks(signal(0, f"setting changed {SOON}", score=0.25))
    assert only["waiting"] == more["waiting"] > 0


def test_an_error_of_its_own_weighs_little_against_what_follows() -> None:
    thick = [signal(10 + n, f"part {word} failed", "b.log", 5) for n, word in enumerate("ab")]
    _, after, _ = marks(signal(0, "mail bounced"), *thick)
    _, unlike, _ = marks(signal(0, "mail bounced", count=2), *thick)
    assert 0 < after["preceded"] < unlike["preceded"] / 2


def test_what_came_before_without_harm_is_familiar() -> None:
    past = Past([signal(-900, "cache is cold")], timedelta(minutes=5))
    first, second = marks(signal(0, "cache is cold"), signal(1, "x failed"), past=past)
    assert first["familiar"] and first["said alike"]
    assert not second["familiar"] and not second["said alike"]


def test_files_of_one_host_share_a_clock() -> None:
    def preceded(host: str) -> float:
        first, second = signal(0, "a failed", count=3), signal(2, "b failed", "b.log")
        at = [replace(one, event=replace(one.event, host=name)) for one, name in ((first, "db1"), (second, host))]
        return marks(*at)[1]["preceded"]

    assert preceded("db1") > 0 == preceded("web1")


def test_a_line_that_speaks_of_what_later_alarms_speak_of_is_echoed() -> None:
    said, odd, _ = marks(
        signal(0, "inventory limit set to 3", score=0.25),
        signal(1, "mirror dusty", "b.log", score=0.25),
        signal(2, "InventoryClient gave up", "c.log", count=9),
    )
    assert said["echoed"] > 0 == odd["echoed"]


def test_a_program_does_not_echo_itself() -> None:
    said, _ = marks(signal(0, "inventory limit set to 3", score=0.25), signal(2, "InventoryClient gave up", count=9))
    assert said["echoed"] == 0


def test_an_echo_that_came_before_is_none() -> None:
    _, late = marks(signal(0, "inventory gave up", count=9), signal(60, "inventory limit set", "b.log", score=0.25))
    assert late["echoed"] == 0


def test_an_alarm_that_no_other_file_has_an_alarm_near_is_by_itself() -> None:
    lonely, _, near, other = marks(
        signal(0, "a failed"), signal(5, "b failed"), signal(500, "c failed"), signal(520, "d failed", "b.log")
    )
    assert lonely["by itself"] and not near["by itself"] and not other["by itself"]


def test_a_new_line_among_many_of_its_file_has_other_news() -> None:
    def new(second: float, message: str, source: str) -> Signal:
        return replace(signal(second, message, source, score=0.25), kind=SignalKind.NOVEL)

    many = [new(n, f"step {word}", "boot.log") for n, word in enumerate(("one", "two", "three", "four"))]
    *booting, single = marks(*many, new(5, "cable pulled", "a.log"))
    assert all(one["other news"] == 2 for one in booting)
    assert single["other news"] == 0 and single["new"] and single["new and empty"]
    assert marks(*many, signal(6, "steps failed", "boot.log"))[-1]["other news"] == 0


def test_a_report_of_a_failure_does_not_precede_its_cause() -> None:
    first, second = marks(signal(0, "giving up after 5 attempts"), signal(1, "no such queue"))
    assert first["consequence"] and second["preceded"] == 0


def test_a_quiet_line_says_why_or_is_empty() -> None:
    full, idle, well = marks(
        signal(0, "disk is full", score=0.25),
        signal(1, "heartbeat 41 sent", score=0.25),
        signal(2, "link is back", score=0.25),
    )
    assert full["lack"] and full["resource"] and not full["quiet and empty"]
    assert idle["quiet and empty"] and not idle["well again"]
    assert well["well again"]


def test_a_message_without_a_time_has_marks_too() -> None:
    untimed = replace(signal(0, "x failed"), event=replace(signal(0, "x failed").event, time=None))
    assert marks(untimed)[0]["preceded"] == 0
    quiet = signal(0, "x", score=0.25)
    assert marks(quiet)[0]["quiet"] and not marks(replace(quiet, event=replace(quiet.event, time=None)))[0]["quiet"]
