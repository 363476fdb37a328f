"""Choices by probability: what code believes, times what the model says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgeops.records import Trust

_FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class Decided:
    """root: the place among the candidates; number: the fault's (0: none of these); certainty: the root's; withheld: rather no answer."""

    root: int
    number: int
    certainty: float
    withheld: bool


def blend(prior: Sequence[float], said: Sequence[float], weight: float) -> tuple[float, ...]:
    """The posterior of each option, summing to 1: prior x said ** weight. Weight 0 ignores the model, 1 takes it at its word.

    What a model prefers in an empty form is not divided out: one that was trained prefers nothing that it should not, and
    of a plain one it cost more right answers than it saved (on 48 staged incidents at weight 0.3: faults right 44 % and 27 %).
    """
    raw = [max(p, _FLOOR) * max(s, _FLOOR) ** weight for p, s in zip(prior, said, strict=True)]
    total = sum(raw)
    return tuple(value / total for value in raw)


def best(posterior: Sequence[float]) -> int:
    """The position of the likeliest option (the earlier one when equal)."""
    return max(range(len(posterior)), key=lambda i: (posterior[i], -i))


def decided(
    root_prior: Sequence[float],
    fault_priors: Sequence[Sequence[float]],
    states: Sequence[int],
    said: Mapping[str, Sequence[float]],
    trust: Trust,
) -> Decided:
    """What is chosen. fault_priors: of the faults, for each root; states: the number of the fault that each root states (0: none).

    said may be empty: a model was not asked.
    """
    roots = weighed(root_prior, said.get("root", ()), trust.weight)
    root = best(roots)
    faults = said.get("fault", ())
    number = states[root] or likeliest(weighed(fault_priors[root], fitting(faults), trust.weight))
    return Decided(root, number, roots[root], bool(faults) and not number and withholds(faults, trust))


def likeliest(faults: Sequence[float]) -> int:
    """The number of the likeliest fault; the last share is that of none of them, 0."""
    return (best(faults) + 1) % len(faults)


def withholds(faults: Sequence[float], trust: Trust) -> bool:
    """Whether a model that finds the faults so likely, `these lines do not tell` last, is better not heard where none of them was chosen."""
    return faults[-1] >= trust.withhold


def fitting(faults: Sequence[float]) -> tuple[float, ...]:
    """The share of each known fault, and last that of none: K0 and K? say alike that no known fault fits."""
    return (*faults[:-2], sum(faults[-2:])) if faults else ()


def weighed(prior: Sequence[float], said: Sequence[float], weight: float) -> tuple[float, ...]:
    """How likely each option is after the model was heard; what code believes where it was not asked."""
    return blend(prior, said or prior, weight if said else 0.0)
