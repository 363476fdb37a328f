"""Choices by probability: what code believes, times what the model says beyond its habit."""

from __future__ import annotations

from collections.abc import Sequence

_FLOOR = 1e-4


def blend(prior: Sequence[float], said: Sequence[float], habit: Sequence[float], weight: float) -> tuple[float, ...]:
    """The posterior of each option, summing to 1: prior x (said / habit) ** weight.

    habit is what the model answers when the form holds no content (its preference for certain letters or places);
    weight 0 ignores the model, 1 takes it at its word.
    """
    raw = [
        max(p, _FLOOR) * (max(s, _FLOOR) / max(h, _FLOOR)) ** weight for p, s, h in zip(prior, said, habit, strict=True)
    ]
    total = sum(raw)
    return tuple(value / total for value in raw)


def best(posterior: Sequence[float]) -> int:
    """The position of the likeliest option (the earlier one when equal)."""
    return max(range(len(posterior)), key=lambda i: (posterior[i], -i))
