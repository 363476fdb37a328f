"""The gate: a model may serve only if no guarded metric is worse than the active model's beyond its interval, and some is better. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from quantize.evaluate.record import BASE, LESS_IS_BETTER, Evaluation, Measure, Row

GUARDED = (
    "root_accuracy", "fault_accuracy", "fault_macro_f1", "abstention_recall", "abstention_precision", "knowledge_accuracy",
    "obedience", "unproved", "choice_opseval", "choice_owl_zh", "choice_owl_en",
)  # fmt: skip
"""What a person notices. Perplexity, divergence and what the model says without code are told, not guarded."""


LEAST = 30
"""Items of some guarded metric: with fewer, better and worse are chance."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model may serve. reasons: a sentence for each thing against it; better: the guarded metrics it gains."""

    admitted: bool
    against: str
    reasons: tuple[str, ...]
    better: tuple[str, ...]


def judge(active: Evaluation | None, candidate: Evaluation, loaded: str, serving: str = "") -> Verdict:
    """The verdict on the candidate that loads these hashes, where the active one loads those in serving ("": the plain base).

    An active model that the candidate's own run measured too is compared there; else both must have seen the same data.
    """
    mine = _row(candidate, loaded)
    if mine is None:
        return _refused(serving, "The evaluation did not measure this model; run 'edgeops-quantize evaluate' with it.")
    theirs = _row(candidate, serving) if serving else candidate.row(BASE)
    if theirs is None and active is not None and serving:
        theirs = _row(active, serving)
        if theirs is not None and active.data != candidate.data:
            return _refused(
                theirs.name,
                "The active model and this one were measured on different data, so they cannot be compared; "
                "evaluate both in one run.",
            )
    if theirs is None:
        return _refused(serving, "The evaluation did not measure what is in service now; evaluate both in one run.")
    return compare(theirs, mine)


def compare(active: Row, candidate: Row) -> Verdict:
    """The verdict on two rows that were measured on the same data."""
    metrics = [name for name in GUARDED if name in active.metrics]
    reasons = [said for name in metrics if (said := _against(name, active.metrics[name], candidate.metrics.get(name)))]
    better = tuple(
        name
        for name in metrics
        if name in candidate.metrics and _gain(name, active.metrics[name], candidate.metrics[name]) > 0
    )
    if not metrics:
        reasons.append("Nothing that is guarded was measured of the active model; evaluate both in one run.")
    elif (most := items(active)) < LEAST:
        reasons.append(
            f"No more than {most} items were judged, too few to tell better from worse (at least {LEAST}); raise --limit."
        )
    elif not reasons and not better:
        reasons.append("It is better in nothing that is guarded, so the active model stays.")
    return Verdict(not reasons, active.name, tuple(reasons), better)


def items(row: Row | None) -> int:
    """The most items that a guarded metric of the row rests on."""
    return max((row.metrics[name].n for name in GUARDED if name in row.metrics), default=0) if row else 0


def _against(name: str, active: Measure, candidate: Measure | None) -> str:
    """What speaks against the candidate in this metric, or ""."""
    if candidate is None or not isfinite(candidate.value):
        return f"{name} was not measured of the new model, and is {active.value:.3f} now."
    edge = active.high if name in LESS_IS_BETTER else active.low
    beyond = candidate.value > edge if name in LESS_IS_BETTER else candidate.value < edge
    if not beyond:
        return ""
    return (
        f"{name} would be {candidate.value:.3f} and is {active.value:.3f} now, "
        f"whose interval is {active.low:.3f} to {active.high:.3f} ({active.n} items)."
    )


def _gain(name: str, active: Measure, candidate: Measure) -> float:
    difference = candidate.value - active.value
    return -difference if name in LESS_IS_BETTER else difference


def _row(evaluation: Evaluation, loaded: str) -> Row | None:
    return next((row for row in evaluation.rows if row.sha256 == loaded), None)


def _refused(against: str, reason: str) -> Verdict:
    return Verdict(False, against, (reason,), ())
