"""The rule book finds the right rule and knows which faults follow which."""

from __future__ import annotations

from edgeops.detect.rulebook import RuleBook
from edgeops.records import Fault, Role, Rule, Wording

TEXT = Wording("t", "s", "c", "k")


def book(*rules: Rule, leads: dict[str, tuple[str, ...]] | None = None) -> RuleBook:
    names = dict.fromkeys([r.fault for r in rules] + list(leads or {}))
    own = {name: tuple(r for r in rules if r.fault == name) for name in names}
    return RuleBook(
        Fault(name, name, "f", (), own[name], (), TEXT, TEXT, (), (), (leads or {}).get(name, ())) for name in names
    )


def test_a_match_binds_the_named_variables() -> None:
    rules = book(Rule("oom", Role.CAUSE, "Killed process {pid:int} ({process})"))
    (match,) = rules.match("Out of memory: Killed process 4312 (java) total-vm:1kB")
    assert dict(match.bindings) == {"pid": "4312", "process": "java"}


def test_letters_match_in_either_case() -> None:
    assert book(Rule("x", Role.CAUSE, "No Space Left")).match("write: no space left on device")


def test_causes_come_before_symptoms_and_the_particular_before_the_general() -> None:
    rules = book(
        Rule("general", Role.CAUSE, "timed out"),
        Rule("effect", Role.SYMPTOM, "upstream timed out while reading"),
        Rule("particular", Role.CAUSE, "upstream timed out"),
    )
    found = [match.rule.fault for match in rules.match("upstream timed out while reading header")]
    assert found == ["particular", "general", "effect"]


def test_a_rule_with_digits_is_known_to_need_the_numbers() -> None:
    rules = book(Rule("exec", Role.CAUSE, "status=203/EXEC"))
    assert rules.numbers("main process exited, code=exited, status=217/EXEC") == ("status=203/exec",)
    assert rules.numbers("main process exited, code=exited, status=217/USER") == ()


def test_leading_to_is_followed_through_others_and_survives_circles() -> None:
    rules = book(leads={"a": ("b",), "b": ("c", "a"), "c": ()})
    assert rules.leads_to("a", "c")
    assert not rules.leads_to("c", "a")
    assert not rules.leads_to("a", "a")
