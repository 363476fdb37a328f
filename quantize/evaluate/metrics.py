"""From verdicts to measures: shares with Wilson's intervals, macro F1 with the bootstrap's. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from quantize.evaluate.intervals import bootstrapped, of_all
from quantize.evaluate.record import Measure, Score
from quantize.evaluate.verdict import Verdict

Pair = tuple[str, str]
"""The class that is right, and the one that was said."""


def measures(verdicts: Sequence[Verdict], seed: int) -> dict[str, Measure]:
    """The metrics of one row over the same incidents as any other's. One that nothing can be judged by is left out."""
    asked = [v for v in verdicts if not v.settled]
    pairs = pairs_of(asked)
    quiet = [v for v in verdicts if v.abstained]
    found = {
        "root_accuracy": of_all(_told(v.root for v in asked)),
        "root_all": of_all([*_told(v.root for v in asked), *(True for v in verdicts if v.settled)]),
        "root_alone": of_all(_told(v.root_alone for v in asked)),
        "fault_accuracy": of_all([true == said for true, said in pairs]),
        "fault_macro_f1": bootstrapped(pairs, macro_f1, seed),
        "knowledge_accuracy": of_all(_told(v.known for v in asked)),
        "abstention_recall": of_all([v.abstained for v in verdicts if v.abstain]),
        "abstention_precision": of_all([v.abstain for v in quiet]),
        "obedience": of_all(_told(v.obeyed for v in verdicts)),
        "obedience_shown": of_all(_told(v.shown for v in verdicts)),
        "unproved": of_all([v.unproved > 0 for v in verdicts if v.unproved is not None]),
    }
    return {name: measure for name, measure in found.items() if measure}


def pairs_of(verdicts: Iterable[Verdict]) -> list[Pair]:
    return [(v.fault_true, v.fault_said) for v in verdicts if not v.settled]


def _told(verdicts: Iterable[bool | None]) -> list[bool]:
    return [verdict for verdict in verdicts if verdict is not None]


def scores(pairs: Sequence[Pair]) -> dict[str, Score]:
    """Precision, recall and F1 of each class that is right for at least one incident."""
    true, said = Counter(t for t, _ in pairs), Counter(s for _, s in pairs)
    hits = Counter(t for t, s in pairs if t == s)
    return {name: _score(hits[name], said[name], n) for name, n in sorted(true.items())}


def _score(hits: int, said: int, n: int) -> Score:
    precision, recall = hits / said if said else 0.0, hits / n
    return Score(precision, recall, 2 * hits / (said + n), n)


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean F1 of those classes."""
    found = scores(pairs)
    return sum(score.f1 for score in found.values()) / len(found) if found else 0.0
