"""The starter pack keeps its promises: every pattern finds its own sample and nobody else's, every reference resolves."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from edgeops.assistant.known import filled
from edgeops.knowledge.starter import holes, read_folder
from edgeops.pattern import KINDS, Pattern
from edgeops.records import Fault, Role, Step

PACK = read_folder()
STEPS = {step.id: step for step in PACK.steps}
IDS = {fault.id for fault in PACK.faults}
PATTERNS = {rule.pattern: Pattern(rule.pattern) for fault in PACK.faults for rule in fault.rules}
by_id = pytest.mark.parametrize("fault", PACK.faults, ids=lambda f: f.id)


def cause_names(fault: Fault) -> set[str]:
    return set.intersection(*(set(PATTERNS[r.pattern].names) for r in fault.rules if r.role is Role.CAUSE))


@by_id
def test_each_pattern_matches_its_own_sample(fault: Fault) -> None:
    for rule, sample in zip(fault.rules, fault.samples, strict=True):
        assert PATTERNS[rule.pattern].match(sample) is not None, f"{rule.pattern!r} misses {sample!r}"


@by_id
def test_what_a_pattern_binds_is_never_empty(fault: Fault) -> None:
    """A free hole at the end of a pattern matches nothing, and the summary would speak of nobody."""
    for rule, sample in zip(fault.rules, fault.samples, strict=True):
        bound = PATTERNS[rule.pattern].match(sample) or {}
        assert all(value.strip() for value in bound.values()), f"{rule.pattern!r} binds {bound}"


@by_id
def test_no_pattern_matches_another_faults_sample(fault: Fault) -> None:
    for rule in fault.rules:
        for other in PACK.faults:
            if other.id != fault.id:
                for sample in other.samples:
                    assert PATTERNS[rule.pattern].match(sample) is None, (
                        f"{rule.pattern!r} takes {other.id}'s {sample!r}"
                    )


@by_id
def test_a_fault_is_whole(fault: Fault) -> None:
    assert any(rule.role is Role.CAUSE for rule in fault.rules)
    assert fault.checks and fault.fixes
    assert set(fault.checks) | set(fault.fixes) <= STEPS.keys(), "unknown step"
    assert set(fault.leads_to) <= IDS - {fault.id}, f"unknown fault {set(fault.leads_to) - IDS}"
    for wording in (fault.en, fault.zh):
        assert all((wording.title, wording.summary, wording.cause, wording.confirm))
        known = set(chain.from_iterable(PATTERNS[r.pattern].names for r in fault.rules))
        assert holes(wording.title) <= known
        assert not holes(wording.title, required=True), f"{wording.title!r}: a title stands without any line, too"
        for text in (wording.summary, wording.cause):
            assert holes(text) <= known, f"{text!r} uses a variable that no pattern binds"
            assert holes(text, required=True) <= cause_names(fault), (
                f"{text!r}: put [ ] around what a cause may not bind"
            )
    assert any("\u4e00" <= c <= "\u9fff" for c in fault.zh.summary)


@by_id
def test_a_text_reads_well_whichever_line_was_seen(fault: Fault) -> None:
    """A part that is left out because nothing bound its variable takes its space along and leaves a sentence."""
    for names in [(), *(PATTERNS[rule.pattern].names for rule in fault.rules)]:
        for wording in (fault.en, fault.zh):
            for text in (wording.title, wording.summary, wording.cause, wording.confirm):
                shown = filled(text, dict.fromkeys(names, "x"))
                assert shown == shown.strip() and not re.search(r" [ ,;]| \.( |$)", shown), f"{names}: {shown!r}"


def test_checks_only_read() -> None:
    risky = {(f.id, c) for f in PACK.faults for c in f.checks if STEPS[c].risk.value != "read"}
    assert not risky


@pytest.mark.parametrize("step", PACK.steps, ids=lambda s: s.id)
def test_a_step_is_an_argv_with_typed_holes(step: Step) -> None:
    used = set(chain.from_iterable(holes(word) for word in step.argv))
    assert used == {param.name for param in step.params}
    assert all(param.kind in KINDS for param in step.params)
    assert step.en and step.zh
    assert not any(c in word for word in step.argv for c in "|;&<>`\n"), "an argv is not a shell line"
    assert not step.argv or step.argv[0] not in ("sh", "bash", "sudo", "env", "xargs")


def test_step_ids_and_fault_ids_are_unique() -> None:
    assert len(STEPS) == len(PACK.steps)
    assert len(IDS) == len(PACK.faults)
