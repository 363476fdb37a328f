"""The weights of roots are fitted by what the right signals have in common."""

from __future__ import annotations

import random
from collections import Counter

import msgspec
import pytest

from bench.faults.fitting import Kept, choice_of, read
from bench.faults.logit import BOUNDS, Choice, fitted, hits, judged, marks_in, picked
from bench.faults.yardstick import cases
from edgeops.detect.roots import WORTH


def choices(count: int = 300) -> list[Choice]:
    """Of three signals the second is right: it is first in its way, often red, and no more noisy than others."""
    dice = random.Random(4)
    return [
        Choice("held out" if n % 2 else "stories", f"fault {n % 20}", [_marks(at == 1, dice) for at in range(3)], [False, True, False])
        for n in range(count)
    ]  # fmt: skip


def _marks(right: bool, dice: random.Random) -> dict[str, float]:
    return {"red": dice.random() < (0.8 if right else 0.2), "noise": dice.random(), "often": float(right)}


def test_a_mark_of_the_right_signals_is_worth_something_and_noise_is_not() -> None:
    worth = fitted(choices(), ["red", "noise"])
    assert worth["red"] > 1
    assert abs(worth["noise"]) < worth["red"] / 3


def test_a_mark_that_must_speak_against_a_signal_never_speaks_for_it() -> None:
    assert BOUNDS["often"][1] == 0
    assert fitted(choices(), ["red", "often"])["often"] == 0


def test_a_mark_is_worth_no_less_than_is_known() -> None:
    assert fitted(choices(), ["red", "brings others"])["brings others"] == BOUNDS["brings others"][0] > 0


def test_a_fault_is_judged_by_weights_that_were_fitted_without_it() -> None:
    told = [Choice("stories", f"fault {n}", [{f"mark {n}": 1.0}, {}], [True, False]) for n in range(12)]
    names = marks_in(told)
    assert hits(told, fitted(told, names))["stories"] == 12
    backwards = [Choice("stories", one.name, one.marks[::-1], one.right[::-1]) for one in told]
    assert judged(backwards, names)["stories"] == 0


def test_choices_without_a_right_signal_count_as_misses() -> None:
    lost = Choice("held out", "fault 99", (), ())
    assert hits([*choices(), lost], {"often": 1.0}) == Counter({"held out": 150, "stories": 150})


def test_of_equals_the_earlier_is_picked() -> None:
    assert picked(Choice("stories", "x", [{"a": 1.0}, {"a": 1.0}, {}], [True, False, False]), {"a": 0.5}) == 0


@pytest.fixture(scope="module")
def kept() -> Kept:
    (one,) = read(cases(1, seed=5)[:1], None)
    return one


def test_a_scene_that_was_kept_is_read_again(kept: Kept) -> None:
    (again,) = msgspec.msgpack.decode(msgspec.msgpack.encode([kept]), type=list[Kept])
    assert again == kept


def test_every_mark_has_a_worth_and_every_worth_is_of_a_mark(kept: Kept) -> None:
    choice = choice_of(kept)
    assert any(choice.right)
    assert set(marks_in([choice])) == set(WORTH) >= set(BOUNDS)
