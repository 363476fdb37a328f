"""Counting: shares, their intervals, F1."""

from __future__ import annotations

import pytest

from quantize.evaluate.intervals import bootstrapped, of_all, share
from quantize.evaluate.metrics import macro_f1, measures, scores
from quantize.evaluate.order import evenly, interleaved
from quantize.evaluate.record import Measure, Score
from quantize.evaluate.verdict import Verdict


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilsons_interval_is_that_of_the_tables(right: int, n: int, low: float, high: float) -> None:
    measure = share(right, n)
    assert (measure.low, measure.high) == pytest.approx((low, high), abs=5e-5)
    assert (measure.value, measure.n) == (right / n, n)


def test_nothing_to_judge_by_is_no_measure() -> None:
    assert of_all([]) is None and bootstrapped([], len, 1) is None


def test_the_bootstrap_is_the_same_each_time_and_holds_the_value() -> None:
    numbers = [float(n) for n in range(40)]
    mean = lambda some: sum(some) / len(some)  # noqa: E731
    first = bootstrapped(numbers, mean, 7)
    assert first == bootstrapped(numbers, mean, 7) != bootstrapped(numbers, mean, 8)
    assert first and first.low < first.value == 19.5 < first.high and first.n == 40
    # The mean of 40 of these has a standard error of 1.83.
    assert first.high - first.low == pytest.approx(2 * 1.96 * 1.83, rel=0.1)


def test_scores_by_hand() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b"), ("c", "a"), ("none", "x")]
    found = scores(pairs)
    assert found["a"] == Score(0.5, 0.5, 0.5, 2)
    assert found["b"].precision == pytest.approx(2 / 3) and found["b"].recall == 1.0
    assert found["b"].f1 == pytest.approx(0.8)
    assert found["c"] == Score(0.0, 0.0, 0.0, 1)
    assert "x" not in found
    assert macro_f1(pairs) == pytest.approx((0.5 + 0.8 + 0 + 0) / 4)


def verdict(**changes: object) -> Verdict:
    return Verdict("words", False, False, **changes)  # type: ignore[arg-type]


def test_each_metric_counts_what_it_says() -> None:
    verdicts = [
        verdict(root=True, root_alone=False, known=True, fault_true="a", fault_said="a", unproved=0),
        verdict(
            root=False, root_alone=True, known=False, fault_true="a", fault_said="none", abstained=True, unproved=2
        ),
        Verdict("thin", False, True, root=None, abstained=True, known=True, unproved=0, obeyed=True, shown=False),
        Verdict("calm", False, True, root=None, known=True, obeyed=False, shown=False),
        Verdict("known", True, False),
        Verdict("known", True, False, obeyed=False, shown=False),
    ]
    found = measures(verdicts, 1)
    counts = {name: (round(m.value * m.n), m.n) for name, m in found.items() if name != "fault_macro_f1"}
    assert counts == {
        "root_accuracy": (1, 2),
        "root_all": (3, 4),
        "root_alone": (1, 2),
        "fault_accuracy": (3, 4),
        "knowledge_accuracy": (3, 4),
        "abstention_recall": (1, 2),
        "abstention_precision": (1, 2),
        "obedience": (1, 3),
        "obedience_shown": (0, 3),
        "unproved": (1, 3),
    }
    # a: 2/3; none: two right, said three times.
    assert found["fault_macro_f1"].value == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_who_never_abstains_has_no_precision_of_it() -> None:
    found = measures([verdict(root=True)], 1)
    assert "abstention_precision" not in found and "abstention_recall" not in found and "obedience" not in found
    assert found["root_accuracy"] == Measure(1.0, share(1, 1).low, 1.0, 1)


def test_any_beginning_of_the_order_is_even_by_kind() -> None:
    items = [*("a" * 50), *("b" * 3), *("c" * 10)]
    first = evenly(items, str, 1, 9)
    assert {kind: first.count(kind) for kind in "abc"} == {"a": 3, "b": 3, "c": 3}
    numbered = list(enumerate(items))
    whole = evenly(numbered, lambda pair: pair[1], 1)
    assert sorted(whole) == numbered and evenly(numbered, lambda pair: pair[1], 1) == whole
    assert evenly(numbered, lambda pair: pair[1], 2) != whole
    assert evenly(numbered, lambda pair: pair[1], 1, 20) == whole[:20]


def test_portions_hold_their_share_of_every_list() -> None:
    lists = [[f"a{n}" for n in range(20)], [f"b{n}" for n in range(10)], []]
    portions = list(interleaved(lists, 6))
    assert [one for part in portions for one in part if one[0] == "a"] == lists[0]
    assert all(sum(one[0] == "b" for one in part) == 2 for part in portions)
