"""Blending what code believes with what the model says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.assistant.choice import best, blend, decided
from edgeops.records import Trust

EVEN = (0.25, 0.25, 0.25, 0.25)


def test_a_model_that_does_not_know_changes_nothing() -> None:
    assert blend((0.4, 0.3, 0.2, 0.1), EVEN, 1.0) == pytest.approx((0.4, 0.3, 0.2, 0.1))


def test_by_half_its_word_counts_as_its_root() -> None:
    assert blend((0.5, 0.5), (0.8, 0.2), 0.5) == pytest.approx((2 / 3, 1 / 3))


def test_weight_nought_ignores_the_model() -> None:
    assert best(blend((0.4, 0.6), (1.0, 0.0), 0.0)) == 1


def test_a_sure_model_overrules_a_weak_belief() -> None:
    assert best(blend((0.4, 0.3, 0.2, 0.1), (0.0, 0.0, 0.98, 0.02), 0.5)) == 2


def test_among_equals_the_earlier_is_chosen() -> None:
    assert best(EVEN) == 0


shares = st.lists(st.floats(0, 1), min_size=5, max_size=5)


@given(shares, shares, st.floats(0, 1))
def test_the_posterior_is_always_a_distribution(p: list[float], s: list[float], weight: float) -> None:
    posterior = blend(p, s, weight)
    assert sum(posterior) == pytest.approx(1.0)
    assert all(value >= 0 for value in posterior)


def test_faults_are_weighed_by_what_the_chosen_root_makes_likely() -> None:
    priors = ((0.9, 0.1, 0.5), (0.1, 0.9, 0.5))
    for root, number in ((0, 1), (1, 2)):
        roots = tuple(0.9 if place == root else 0.1 for place in range(2))
        found = decided(roots, priors, (0, 0), {"root": (0.5, 0.5), "fault": (0.35, 0.35, 0.2, 0.1)}, Trust(1.0))
        assert (found.root, found.number) == (root, number)
