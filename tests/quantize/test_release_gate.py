"""Nothing that is worse beyond the active model's interval gets through, and it is said what, with both numbers."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from quantize.evaluate.record import Evaluation, Row
from quantize.release.gate import GUARDED, compare, judge
from tests.quantize.measured import METRICS, evaluation, row

BASE, OLD, NEW = "b" * 64, "b" * 64 + "+" + "1" * 64, "b" * 64 + "+" + "2" * 64


def test_a_better_one_serves_in_place_of_the_plain_base() -> None:
    verdict = judge(None, evaluation(BASE, NEW), NEW)
    assert verdict.admitted and verdict.against == "base" and verdict.better == ("root_accuracy",)


@pytest.mark.parametrize("metric", GUARDED)
def test_worse_beyond_the_interval_is_refused_with_both_numbers(metric: str) -> None:
    if metric not in METRICS:
        pytest.skip("not measured here")
    worse = METRICS[metric] + (0.06 if metric == "obedience" else -0.06)
    verdict = compare(row("base", BASE), row("tuned", NEW, **{"root_accuracy": 0.9, metric: worse}))
    assert not verdict.admitted
    (reason,) = verdict.reasons
    assert reason.startswith(f"{metric} would be {worse:.3f} and is {METRICS[metric]:.3f} now")


def test_worse_within_the_interval_is_no_reason() -> None:
    changes = {name: value - 0.04 for name, value in METRICS.items() if name in GUARDED} | {"root_accuracy": 0.7}
    assert compare(row("base", BASE), row("tuned", NEW, **changes)).admitted


@pytest.mark.parametrize("metric", ["root_alone", "perplexity", "kl"])
def test_what_nobody_notices_is_told_and_not_guarded(metric: str) -> None:
    value = 0.0 if metric == "root_alone" else 99.0
    assert compare(row("base", BASE), row("tuned", NEW, **{"root_accuracy": 0.9, metric: value})).admitted


def test_every_reason_is_said() -> None:
    verdict = judge(None, evaluation(BASE, NEW, root_accuracy=0.1, obedience=0.5, choice_owl_en=0.1), NEW)
    assert [reason.split()[0] for reason in verdict.reasons] == ["root_accuracy", "obedience", "choice_owl_en"]


def test_better_in_nothing_is_refused() -> None:
    verdict = judge(None, evaluation(BASE, NEW, root_accuracy=0.6), NEW)
    assert verdict.reasons == ("It is better in nothing that is guarded, so the active model stays.",)


def test_too_few_items_tell_nothing() -> None:
    few = {name: replace(one, n=29) for name, one in row("base", BASE).metrics.items()}
    verdict = compare(replace(row("base", BASE), metrics=few), row("tuned", NEW, root_accuracy=0.9))
    assert not verdict.admitted and "No more than 29 items" in verdict.reasons[0]


def test_a_metric_that_was_not_measured_or_is_no_number_is_refused() -> None:
    whole = row("tuned", NEW, root_accuracy=0.9)
    without = replace(whole, metrics={name: one for name, one in whole.metrics.items() if name != "obedience"})
    for broken in (without, row("tuned", NEW, obedience=nan)):
        verdict = compare(row("base", BASE), broken)
        assert verdict.reasons == ("obedience was not measured of the new model, and is 0.020 now.",)


def test_an_active_one_of_the_same_run_is_what_counts_whatever_was_measured_of_it_before() -> None:
    lucky = evaluation(BASE, OLD, root_accuracy=1.0)
    both = evaluation(BASE, NEW, row("active", OLD, root_accuracy=0.8))
    verdict = judge(lucky, both, NEW, OLD)
    assert verdict.admitted and verdict.against == "active"
    assert not judge(lucky, evaluation(BASE, NEW), NEW, OLD).admitted, "on the same data the record of then counts"


def test_other_data_cannot_be_compared() -> None:
    before = replace(evaluation(BASE, OLD), data={"test.jsonl": "ee" * 32})
    verdict = judge(before, evaluation(BASE, NEW), NEW, OLD)
    assert not verdict.admitted and "different data" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("active", "candidate", "serving", "said"),
    [
        (None, evaluation(BASE, OLD), "", "did not measure this model"),
        (None, evaluation(BASE, NEW), OLD, "did not measure what is in service"),
        (None, Evaluation((row("tuned", NEW),)), "", "did not measure what is in service"),
        (None, Evaluation((Row("base", "b", BASE, {}), row("tuned", NEW))), "", "Nothing that is guarded"),
    ],
)
def test_without_the_rows_there_is_no_verdict_but_a_refusal(
    active: Evaluation | None, candidate: Evaluation, serving: str, said: str
) -> None:
    verdict = judge(active, candidate, NEW, serving)
    assert not verdict.admitted and said in verdict.reasons[0]
