"""The first plausible cause, on hand-made signals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from edgeops.detect.roots import root_of
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Fault, Line, Role, Rule, Severity, Signal, SignalKind, Wording

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
TEXT = Wording("t", "s", "c", "k")


def fault(name: str, *leads_to: str) -> Fault:
    rules = (Rule(name, Role.CAUSE, f"{name} broke"), Rule(name, Role.SYMPTOM, f"{name} suffers", 1))
    return Fault(name, name, "test", (), rules, (), TEXT, TEXT, (), (), leads_to)


RULES = RuleBook([fault("disk", "database"), fault("database", "web"), fault("web"), fault("burglar")])


def signal(minute: float, message: str, severity: Severity = Severity.ERROR, source: str = "a.log") -> Signal:
    line = Line(source, int(minute * 1000) + 10_000, 1, message.encode())
    event = Event(line, "test", message, START + timedelta(minutes=minute), severity=severity)
    matches = RULES.match(message)
    if matches:
        rule = matches[0].rule
        return Signal(SignalKind.RULE, 0.95 if rule.role is Role.CAUSE else 0.7, "", event, message, rule=rule)
    return Signal(SignalKind.SEVERITY, 0.6 if severity >= Severity.ERROR else 0.3, "", event, message)


def root(*signals: Signal) -> str:
    return signals[root_of(signals, RULES)].event.message


def test_the_fault_that_brings_about_the_others_is_the_root_even_when_it_is_logged_later() -> None:
    assert root(signal(0, "web broke"), signal(0.5, "database broke"), signal(1, "disk broke")) == "disk broke"


def test_a_line_that_only_reports_a_failure_is_not_the_root() -> None:
    signals = [signal(0, "app.service: Failed with result 'exit-code'."), signal(0.1, "cannot open /etc/app.conf")]
    assert root_of(signals, RULES) == 1


def test_among_equals_the_earlier_line_is_the_root() -> None:
    signals = [signal(0, "x failed"), signal(0.1, "y failed")]
    assert root_of(signals, RULES) == 0


def test_a_stated_fault_outranks_an_earlier_plain_error_elsewhere() -> None:
    signals = [signal(0, "something odd failed", source="b.log"), signal(0.1, "disk broke")]
    assert root_of(signals, RULES) == 1


def test_an_unknown_error_shortly_before_a_common_fault_of_the_same_file_is_the_root() -> None:
    signals = [signal(0, "cannot decode frame"), signal(0.1, "web broke"), signal(0.2, "page lost")]
    assert root_of(signals, RULES) == 0


def test_a_warning_before_an_error_is_not_the_root() -> None:
    warnings = [signal(n / 10, f"warm {n}", Severity.WARNING) for n in range(20)]
    assert root(*warnings, signal(3, "x failed")) == "x failed"


def test_what_comes_long_after_its_effect_did_not_cause_it() -> None:
    assert root(signal(0, "web broke"), signal(4, "disk broke")) == "web broke"


def test_a_fault_that_has_nothing_to_do_with_the_cascade_is_not_its_root() -> None:
    assert root(signal(0, "burglar broke"), signal(1, "disk broke"), signal(2, "web broke")) == "disk broke"


def test_a_fault_alone_with_plain_errors_elsewhere_is_the_root() -> None:
    assert root(signal(0, "x failed", source="b.log"), signal(1, "burglar broke")) == "burglar broke"


def test_a_symptom_that_comes_first_hints_at_the_cause_of_what_follows() -> None:
    assert root(signal(0, "disk suffers"), signal(1, "database broke")) == "disk suffers"


def test_a_mere_symptom_later_does_not_take_the_place_of_a_stated_fault() -> None:
    assert root(signal(0, "database broke"), signal(1, "disk suffers")) == "database broke"


def test_of_two_that_tell_the_same_within_a_second_the_one_without_a_trace_is_the_root() -> None:
    told = signal(0, "OperationalError: burglar broke", source="app.log")
    trace = Line("app.log", 20_000, 2, b'  File "db.py", line 3')
    told = replace(told, event=replace(told.event, more=(trace,)))
    said = signal(0.01, "burglar broke", source="server.log")
    assert root(told, said) == "burglar broke"


def test_a_line_that_announces_the_next_is_not_the_root() -> None:
    assert root(signal(0, "Failed to resolve the transaction:"), signal(0.1, "cannot find libx")) == "cannot find libx"


def test_a_quiet_line_of_change_just_before_the_alarms_of_its_program_is_the_root() -> None:
    said = replace(signal(0, "limit changed from 3000 to 3", Severity.INFO), kind=SignalKind.NOVEL, score=0.25)
    alarms = [replace(signal(0.05 + n / 100, f"part {word} not sent"), count=20) for n, word in enumerate("ab")]
    assert root(said, *alarms) == "limit changed from 3000 to 3"


def test_a_quiet_line_long_before_the_alarms_is_not_the_root() -> None:
    said = replace(signal(0, "limit changed from 3000 to 3", Severity.INFO), kind=SignalKind.NOVEL, score=0.25)
    alarms = [replace(signal(4 + n / 100, f"part {word} not sent"), count=20) for n, word in enumerate("ab")]
    assert root(said, *alarms) == "part a not sent"


def test_an_error_by_itself_long_before_the_others_is_not_the_root() -> None:
    alone = signal(0, "mail bounced", source="mail.log")
    alarms = [replace(signal(4 + n / 100, f"part {word} not sent"), count=20) for n, word in enumerate("ab")]
    assert root(alone, *alarms) == "part a not sent"


def test_trouble_that_was_over_at_once_is_not_the_root() -> None:
    back = Line("net.log", 1, 2, b"interface eth7 link restored")
    over = replace(signal(0, "interface eth7 link lost", source="net.log"), after=(back,))
    assert root(over, signal(0.2, "x failed"), signal(0.3, "y failed")) == "x failed"


def test_a_louder_word_later_does_not_make_a_root() -> None:
    assert (
        root(signal(0, "cannot decode frame"), signal(0.2, "consumer stops", Severity.CRITICAL))
        == "cannot decode frame"
    )


def test_a_retry_is_a_consequence() -> None:
    assert root(signal(0, "giving up after 5 attempts"), signal(0.1, "no such queue")) == "no such queue"


def _untimed(number: int, message: str, severity: Severity = Severity.ERROR) -> Signal:
    bare = signal(0, message, severity)
    line = replace(bare.event.line, number=number, offset=number * 100)
    return replace(bare, event=replace(bare.event, line=line, time=None))


def test_in_a_log_without_times_the_place_of_a_line_stands_for_its_time() -> None:
    first = replace(_untimed(938, "package widget not offered by anybody"), count=4)
    last = [_untimed(969, "exception in chroot memory"), _untimed(988, "build error")]
    quiet = _untimed(101, "main.log was truncated", Severity.WARNING)
    assert root(quiet, first, *last) == first.event.message
