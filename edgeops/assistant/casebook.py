"""All faults and steps that came in by the hooks, ready to be looked up and searched."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from edgeops.detect.rulebook import RuleBook
from edgeops.knowledge.search import Index, document_of, search
from edgeops.records import Fault, Knowledge, Step


class Casebook:
    """What is known: faults by id, steps by id, the rules and a search index (built on first use)."""

    def __init__(self, faults: Iterable[Fault], steps: Iterable[Step]) -> None:
        self.faults = {fault.id: fault for fault in faults}
        self.steps = {step.id: step for step in steps}
        self.rules = RuleBook(self.faults.values())

    @classmethod
    def from_hooks(cls, registry: Any) -> Casebook:
        """The casebook of everything registered (`edgeops.hooks.registry()`)."""
        faults = [fault for group in registry.hook.edgeops_faults() for fault in group]
        steps = [step for group in registry.hook.edgeops_steps() for step in group]
        return cls(faults, steps)

    @cached_property
    def _order(self) -> list[Fault]:
        return list(self.faults.values())

    @cached_property
    def _index(self) -> Index:
        return Index(document_of(fault) for fault in self._order)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {fault: number for number, fault in enumerate(self.faults)}

    def share(self, text: str, fault: str) -> float:
        """How much of what a text says stands in the words of a fault, from 0 to 1."""
        return self._index.share(text, self._numbers[fault])

    def search(self, query: str, most: int, lang: str) -> list[Knowledge]:
        """The faults whose words fit the query best."""
        return search(self._order, self._index, query, most, lang)
