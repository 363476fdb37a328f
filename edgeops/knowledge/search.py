"""Finds faults of the pack by words, without a store: BM25 in memory. What the store holds is found by `retrieval`."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from edgeops.records import Fault, Knowledge

_WORD = re.compile(r"[a-z][a-z0-9_+-]{1,40}|\d{3,5}|[\u4e00-\u9fff]")
_STOP = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "was",
        "were",
        "are",
        "has",
        "have",
        "had",
        "this",
        "that",
        "from",
        "into",
        "onto",
        "its",
        "not",
        "but",
        "out",
        "can",
        "will",
        "all",
        "any",
        "one",
        "you",
        "your",
    ]
)
K1, B = 1.2, 0.6


def words(text: str) -> list[str]:
    """Search terms: lower-case words and single Chinese characters joined to pairs."""
    found = [w for w in _WORD.findall(text.lower()) if w not in _STOP]
    chinese = [w for w in found if "\u4e00" <= w <= "\u9fff"]
    return [w for w in found if not "\u4e00" <= w <= "\u9fff"] + [a + b for a, b in pairwise(chinese)]


class Index:
    """An inverted index over texts."""

    def __init__(self, documents: Iterable[str]) -> None:
        counts = [Counter(words(text)) for text in documents]
        self._sizes = [sum(count.values()) for count in counts]
        self._mean = sum(self._sizes) / max(len(counts), 1) or 1.0
        self._postings: dict[str, list[tuple[int, int]]] = {}
        for number, count in enumerate(counts):
            for word, times in count.items():
                self._postings.setdefault(word, []).append((number, times))

    def rank(self, query: str, most: int) -> list[tuple[int, float]]:
        """The best documents with their BM25 scores, best first."""
        scores: Counter[int] = Counter()
        for word in set(words(query)):
            weight = self._weight(word)
            for number, times in self._postings.get(word, ()):
                norm = K1 * (1 - B + B * self._sizes[number] / self._mean)
                scores[number] += weight * times * (K1 + 1) / (times + norm)  # type: ignore[assignment]
        return [(number, float(score)) for number, score in scores.most_common(most)]

    def _weight(self, word: str) -> float:
        holding = len(self._postings.get(word, ()))
        return math.log(1 + (len(self._sizes) - holding + 0.5) / (holding + 0.5))


def document_of(fault: Fault) -> str:
    """The words by which a fault is found."""
    name = fault.id.replace("-", " ")
    texts = (name, name, fault.title, fault.family, " ".join(fault.services), *(r.pattern for r in fault.rules))
    return " ".join((*texts, fault.en.title, fault.en.summary, fault.en.cause, fault.zh.title, fault.zh.summary))


def search(faults: Sequence[Fault], index: Index, query: str, most: int, lang: str = "en") -> list[Knowledge]:
    """The faults whose words fit the query best."""
    found = []
    for number, score in index.rank(query, most):
        fault = faults[number]
        wording = fault.zh if lang == "zh" else fault.en
        found.append(Knowledge(fault.id, wording.title, wording.cause, score, lang))
    return found
