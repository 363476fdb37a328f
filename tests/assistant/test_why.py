"""Which lines carried an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from edgeops.assistant.explain import Counsel, explain
from edgeops.assistant.reasoned import Mind
from edgeops.assistant.why import MOST_RUNS, Carried, carried
from edgeops.errors import ContextOverflow
from edgeops.records import (
    Choose,
    Chosen,
    Explanation,
    Finished,
    Incident,
    Reply,
    Script,
    Tier,
    Timings,
    Trust,
    Write,
    Written,
)
from tests.assistant.cases import BOOK, incident, signal

FULL = "/srv/x: No space left on device"
VALVE, PUMP, TANK = "valve 7 stuck", "pump stopped with status 3", "tank 2 ran dry"


class Reader:
    """An engine that is sure of the first line as long as it sees the word; else it knows nothing."""

    def __init__(self, word: str, slot: str = "root", option: int = 0, room: int = 100_000, odds: float = 20.0) -> None:
        self.word, self.slot, self.option, self.room, self.odds = word, slot, option, room, odds
        self.scripts: list[Script] = []

    def run(self, script: Script) -> Iterator[Reply]:
        self.scripts.append(script)
        if len(script.user) > self.room:
            raise ContextOverflow(len(script.user), self.room)
        for slot in script.answer:
            if isinstance(slot, Choose):
                shares = [1.0] * len(slot.options)
                if self.word in script.user and slot.name == self.slot:
                    shares[self.option] = self.odds
                yield Chosen(slot.name, slot.options[0], tuple(share / sum(shares) for share in shares))
            elif isinstance(slot, Write):
                yield Written(slot.name, " valve 7 was stuck [L1], so the pump stopped.", "stop")
        yield Finished("reader", Timings())

    @property
    def choices(self) -> list[str]:
        """What it was shown, empty forms aside."""
        return [s.user for s in self.scripts if s.answer[0].__class__.__name__ == "Say" and "..." not in s.user]


def case() -> Incident:
    return incident(signal(0, VALVE), signal(1, PUMP), signal(2, TANK))


def answered(found: Incident, engine: Reader, tier: str = "auto") -> tuple[Explanation, Mind]:
    mind = Mind(engine)
    return explain(found, Counsel(BOOK, "en", tier, mind=lambda: mind)), mind


def ask(found: Incident, engine: Reader, tier: str = "auto") -> tuple[Explanation, tuple[Carried, ...]]:
    answer, mind = answered(found, engine, tier)
    engine.scripts.clear()
    return answer, carried(found, answer, BOOK, lambda: mind)


def test_the_line_that_the_model_goes_by_carries_the_root() -> None:
    engine = Reader("tank 2")
    answer, found = ask(case(), engine)
    assert (answer.tier, answer.root) == (Tier.REASONED, "L1")
    assert [one.ref for one in found] == ["L3", "L2"]
    tank, pump = found
    assert tank.root and tank.root > 0.1 and pump.root == pytest.approx(0, abs=1e-9)
    assert len(engine.scripts) == 3, "all lines, and without each of the two; each once"
    whole, last, middle = (script.user for script in engine.scripts)
    assert TANK in whole and TANK not in last and PUMP in last and PUMP not in middle
    assert all(VALVE in script.user for script in engine.scripts), "the root stays"


def test_a_candidate_that_is_gone_leaves_its_share_to_the_others_which_is_no_effect() -> None:
    _, found = ask(case(), Reader("nothing of it"))
    assert [one.root for one in found] == [pytest.approx(0, abs=1e-9)] * 2
    assert [one.fault for one in found] == [pytest.approx(0, abs=1e-9)] * 2


def test_a_model_whose_choices_do_not_count_is_not_asked_which_lines_it_went_by() -> None:
    engine = Reader("tank 2")
    mind = Mind(engine, Trust(weight=0.0))
    answer = explain(case(), Counsel(BOOK, "en", "reasoned", mind=lambda: mind))
    engine.scripts.clear()
    found = carried(case(), answer, BOOK, lambda: mind)
    assert {one.ref: one.root for one in found} == {"L2": pytest.approx(0, abs=1e-9), "L3": pytest.approx(0, abs=1e-9)}
    assert not engine.scripts


def test_a_line_may_speak_against_the_answer() -> None:
    engine = Reader("tank 2", option=1, odds=2.0)
    answer, found = ask(case(), engine)
    assert answer.root == "L1" and found[-1].ref == "L3"
    assert found[-1].root and found[-1].root < 0


def test_the_line_that_the_model_goes_by_carries_the_fault() -> None:
    found = incident(signal(0, VALVE), signal(1, FULL), signal(2, TANK))
    found = replace(found, root=0)
    engine = Reader("No space left", slot="fault", odds=1e6)
    answer, shares = ask(found, engine, "reasoned")
    assert (answer.root, answer.fault) == ("L1", "disk-full")
    by_ref = {one.ref: one for one in shares}
    full, tank = by_ref["L2"].fault, by_ref["L3"].fault
    assert full is not None and tank is not None and full > 0.1 > abs(tank)
    assert shares[0].ref == "L2"


def test_what_a_rule_decided_says_so_without_the_model() -> None:
    def never() -> Mind:
        raise AssertionError("no model is needed")

    found = incident(signal(0, FULL), signal(1, "httpd cannot write its log"))
    known = explain(found, Counsel(BOOK))
    assert carried(found, known, BOOK, never) == (Carried("L1", rule="disk-full"),)
    answer, _ = answered(found, Reader("x"), "reasoned")
    assert answer.tier is Tier.REASONED and carried(found, answer, BOOK, never) == (Carried("L1", rule="disk-full"),)


def test_where_the_chosen_root_states_the_fault_the_rule_stands_first() -> None:
    found = replace(incident(signal(0, VALVE), signal(1, FULL)), root=0)
    answer, shares = ask(found, Reader("valve 7", option=1), "reasoned")
    assert (answer.root, answer.fault) == ("L2", "disk-full")
    assert shares[0] == Carried("L2", rule="disk-full")
    assert [(one.ref, one.fault) for one in shares[1:]] == [("L1", None)]


def test_nothing_carries_what_was_not_answered_or_is_about_other_lines() -> None:
    found = case()
    none = explain(found, Counsel(BOOK))
    mind = Mind(Reader("x"))
    assert none.tier is Tier.INSUFFICIENT and carried(found, none, BOOK, lambda: mind) == ()
    answer, _ = answered(found, Reader("valve"))
    assert carried(found, replace(answer, root="L9"), BOOK, lambda: mind) == ()
    assert carried(found, replace(answer, fault="web-down"), BOOK, lambda: mind) == ()


def test_the_model_is_asked_a_bounded_number_of_times() -> None:
    found = incident(signal(0, VALVE), *[signal(n, f"{chr(96 + n) * 4} failed") for n in range(1, 12)])
    engine = Reader("valve")
    _, shares = ask(found, engine)
    assert len(engine.scripts) <= MOST_RUNS and len(shares) == len(engine.scripts) - 1


def test_whoever_listens_can_cancel() -> None:
    found, engine = case(), Reader("valve")
    answer, mind = answered(found, engine)

    def stop(_: Reply) -> None:
        raise KeyboardInterrupt

    engine.scripts.clear()
    with pytest.raises(KeyboardInterrupt):
        carried(found, answer, BOOK, lambda: mind, heard=stop)
    assert len(engine.scripts) == 1


def test_a_small_context_gets_fewer_lines() -> None:
    noise = [signal(n, f"{'very ' * 30}long line {chr(96 + n)} failed") for n in range(1, 9)]
    found, engine = incident(signal(0, VALVE), *noise), Reader("valve", room=900)
    answer, shares = ask(found, engine)
    assert answer.tier is Tier.REASONED and shares
    assert len(engine.scripts[-1].user) <= 900
