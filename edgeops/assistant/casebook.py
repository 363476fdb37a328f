"""All faults and steps that came in by the hooks, ready to be looked up and searched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from edgeops.detect.rulebook import RuleBook
from edgeops.errors import KnowledgeError
from edgeops.hooks import Embedder, embedder
from edgeops.knowledge.nearness import Nearness
from edgeops.knowledge.search import Index, document_of, search
from edgeops.records import Fault, Knowledge, Step

# Of 260 incidents of validation families whose fault no rule saw it is among the first four for 0.59 by words, 0.68 with the meaning,
# which counts half of the words. A place is worth 1 / (_PLACES + place), each further message 0.8 of the one before;
# only the first _READ are searched by.
_READ, _LOOKED_AT, _PLACES, _MEANING, _FURTHER = 3, 20, 10, 0.5, 0.8
# Where words are all there is. Of 23 shipped incidents the known roots score 8 to 48 (BM25) with their own fault; the root no fault knows 6.7.
LEAST_SCORE = 8.0


class Casebook:
    """What is known: faults by id, steps by id, the rules and a search index (built on first use).

    Without an embedder, or with one that cannot be loaded, faults are found by words alone.
    """

    def __init__(self, faults: Iterable[Fault], steps: Iterable[Step], embedder: Embedder | None = None) -> None:
        self.faults = {fault.id: fault for fault in faults}
        self.steps = {step.id: step for step in steps}
        self.rules = RuleBook(self.faults.values())
        self._nearness = Nearness(self._order, embedder) if embedder and self.faults else None
        self._last: tuple[tuple[str, ...], Any] = ((), None)

    @classmethod
    def from_hooks(cls, registry: Any) -> Casebook:
        """The casebook of everything registered (`edgeops.hooks.registry()`)."""
        faults = [fault for group in registry.hook.edgeops_faults() for fault in group]
        steps = [step for group in registry.hook.edgeops_steps() for step in group]
        return cls(faults, steps, embedder(registry))

    @cached_property
    def _order(self) -> list[Fault]:
        return list(self.faults.values())

    @cached_property
    def _index(self) -> Index:
        return Index(document_of(fault) for fault in self._order)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {fault: number for number, fault in enumerate(self.faults)}

    def search(self, query: str, most: int, lang: str) -> list[Knowledge]:
        """The faults whose words fit the query best."""
        return search(self._order, self._index, query, most, lang)

    def alike(self, messages: Sequence[str]) -> list[str]:
        """The faults that the first messages, the weightiest first, are most like in words and meaning; the likest first."""
        cosines = self._cosines(messages)
        least = LEAST_SCORE if cosines is None else 0.0
        scores: defaultdict[int, float] = defaultdict(float)
        for place, message in enumerate(messages[:_READ]):
            words = [number for number, score in self._index.rank(message, _LOOKED_AT) if score >= least]
            meaning = [] if cosines is None else (-cosines[place]).argsort(kind="stable")[:_LOOKED_AT].tolist()
            for weight, found in ((1.0, words), (_MEANING, meaning)):
                for rank, number in enumerate(found):
                    scores[number] += weight * _FURTHER**place / (_PLACES + rank)
        return [self._order[number].id for number in sorted(scores, key=lambda number: -scores[number])[:_LOOKED_AT]]

    def likeness(self, messages: Sequence[str], fault: str) -> list[float] | None:
        """The cosine of each message with a fault; None where there is no embedder."""
        cosines = self._cosines(messages)
        return None if cosines is None else [float(row[self._numbers[fault]]) for row in cosines]

    def _cosines(self, messages: Sequence[str]) -> Any:
        """An array (messages, faults), that of the last ones kept; None where there is no embedder."""
        if not self._nearness or not messages:
            return None
        known, asked = self._last, tuple(messages)
        if known[0] != asked:
            try:
                known = self._last = asked, self._nearness.cosines(messages)
            except KnowledgeError:
                self._nearness = None
                return None
        return known[1]
