"""Probabilities of allowed options, as arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.engines.trie import grow, log_shares, probabilities
from edgeops.errors import EngineError

END = 99


def level(path: tuple[int, ...], allowed: list[int]) -> Sequence[float]:
    return [0.0] * len(allowed)


def test_equal_logits_share_equally() -> None:
    assert probabilities([[1], [2], [3], [4]], END, level) == pytest.approx((0.25,) * 4)


def test_shares_are_the_softmax_of_the_allowed_tokens_only() -> None:
    shares = probabilities([[1], [2]], END, lambda path, allowed: [math.log(3.0) if t == 1 else 0.0 for t in allowed])
    assert shares == pytest.approx((0.75, 0.25))


def test_a_fork_further_down_divides_what_reached_it() -> None:
    assert probabilities([[1, 5], [1, 6], [2]], END, level) == pytest.approx((0.25, 0.25, 0.5))


def test_single_ways_ask_the_model_nothing() -> None:
    asked: list[tuple[int, ...]] = []

    def weigh(path: tuple[int, ...], allowed: list[int]) -> Sequence[float]:
        asked.append(path)
        return level(path, allowed)

    assert probabilities([[7, 8, 9]], END, weigh) == (1.0,)
    assert asked == []
    probabilities([[7, 8, 1, 4], [7, 8, 2, 4]], END, weigh)
    assert asked == [(7, 8)]


def test_an_option_that_begins_another_competes_by_the_token_that_follows() -> None:
    seen: list[list[int]] = []

    def weigh(path: tuple[int, ...], allowed: list[int]) -> Sequence[float]:
        seen.append(allowed)
        return [math.log(4.0) if token == END else 0.0 for token in allowed]

    assert probabilities([[1], [1, 2]], END, weigh) == pytest.approx((0.8, 0.2))
    assert seen == [[2, END]]


def test_the_model_is_asked_in_the_order_of_a_walk() -> None:
    asked: list[tuple[int, ...]] = []

    def weigh(path: tuple[int, ...], allowed: list[int]) -> Sequence[float]:
        asked.append(path)
        return level(path, allowed)

    probabilities([[1, 1], [1, 2], [2, 1], [2, 2]], END, weigh)
    assert asked == [(), (1,), (2,)]


def test_two_options_of_the_same_tokens_are_refused() -> None:
    with pytest.raises(EngineError, match="Options 1 and 3"):
        grow([[1, 2], [1], [1, 2]])


def test_a_model_without_numbers_is_refused() -> None:
    with pytest.raises(EngineError, match="no usable numbers"):
        probabilities([[1], [2]], END, lambda path, allowed: [float("nan")] * len(allowed))
    with pytest.raises(EngineError):
        log_shares([float("-inf"), float("-inf")])


def test_huge_logits_do_not_overflow() -> None:
    assert probabilities([[1], [2]], END, lambda p, a: [1e30, -1e30]) == pytest.approx((1.0, 0.0))


def test_very_long_options_need_no_deep_recursion() -> None:
    assert probabilities([[1] * 5000, [1] * 4999 + [2]], END, level) == pytest.approx((0.5, 0.5))


@given(st.sets(st.lists(st.integers(0, 3), max_size=6).map(tuple), min_size=1, max_size=30), st.randoms())
def test_probabilities_are_those_of_saying_each_option_and_sum_to_one(
    options: set[tuple[int, ...]], random: object
) -> None:
    table: dict[tuple[tuple[int, ...], int], float] = {}

    def weigh(path: tuple[int, ...], allowed: list[int]) -> Sequence[float]:
        return [table.setdefault((path, t), random.uniform(-5, 5)) for t in allowed]  # type: ignore[attr-defined]

    said = [list(option) for option in options]
    shares = probabilities(said, END, weigh)
    assert sum(shares) == pytest.approx(1.0)
    for option, share in zip(said, shares, strict=True):
        log = 0.0
        for at, token in enumerate([*option, END]):
            ways = {o[at] if len(o) > at else END for o in said if o[:at] == option[:at]}
            if len(ways) > 1:
                total = sum(math.exp(table[tuple(option[:at]), way]) for way in ways)
                log += table[tuple(option[:at]), token] - math.log(total)
        assert share == pytest.approx(math.exp(log))
