"""The choice of the next token."""

from __future__ import annotations

import numpy as np
import pytest

from edgeops.engines.sampler import Sampler
from edgeops.records import Sampling

LOGITS = np.log(np.array([0.05, 0.5, 0.3, 0.15], dtype=np.float32))


def draws(count: int = 2000, **how: float) -> np.ndarray:
    sampler = Sampler(Sampling(**how))  # type: ignore[arg-type]
    return np.bincount([sampler.pick(LOGITS) for _ in range(count)], minlength=4) / count


def test_temperature_zero_takes_the_likeliest() -> None:
    assert draws(20, temperature=0.0, seed=5)[1] == 1.0


def test_draws_follow_the_probabilities() -> None:
    assert draws(20_000, temperature=1.0, top_k=0, top_p=1.0) == pytest.approx([0.05, 0.5, 0.3, 0.15], abs=0.02)


def test_top_k_leaves_only_the_k_likeliest() -> None:
    assert draws(temperature=1.0, top_k=2, top_p=1.0) == pytest.approx([0, 0.625, 0.375, 0], abs=0.04)


def test_top_p_leaves_the_fewest_that_reach_it() -> None:
    assert draws(temperature=1.0, top_k=0, top_p=0.7)[[0, 3]].sum() == 0
    assert draws(temperature=1.0, top_k=0, top_p=0.01)[1] == 1.0


def test_a_high_temperature_evens_out_and_a_low_one_sharpens() -> None:
    assert draws(temperature=100.0, top_k=0, top_p=1.0).min() > 0.2
    assert draws(temperature=0.05, top_k=0, top_p=1.0)[1] > 0.99


def test_the_same_seed_gives_the_same_draws() -> None:
    def row(seed: int) -> list[int]:
        sampler = Sampler(Sampling(temperature=1.0, seed=seed))
        return [sampler.pick(LOGITS) for _ in range(50)]

    assert row(7) == row(7)
    assert row(7) != row(8)


def test_what_is_masked_is_never_drawn() -> None:
    masked = LOGITS.copy()
    masked[[1, 2]] = -np.inf
    sampler = Sampler(Sampling(temperature=1.0, top_k=0, top_p=1.0))
    assert {sampler.pick(masked) for _ in range(200)} == {0, 3}
