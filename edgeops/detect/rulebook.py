"""Which known faults a message shows: every pattern of every fault behind a literal test that rules most of them out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from edgeops.detect.literals import LiteralIndex
from edgeops.pattern import MOST_MESSAGE, Pattern
from edgeops.records import Fault, Role, Rule

Bindings = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that a message fits, with the variables it bound."""

    rule: Rule
    bindings: Bindings


class RuleBook:
    """The rules of all faults, and which fault leads to which."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = {fault.id: fault for fault in faults}
        self._rules = [(Pattern(rule.pattern), rule) for fault in self.faults.values() for rule in fault.rules]
        self._literals = LiteralIndex([pattern.literal for pattern, _ in self._rules])
        numbered = [(pattern, rule) for pattern, rule in self._rules if pattern.digits]
        self._numbered = LiteralIndex([_undigit(pattern.literal) for pattern, _ in numbered])
        self._numbers = [_numbers(rule.pattern) for _, rule in numbered]
        self._reach: dict[str, frozenset[str]] = {}

    def match(self, message: str) -> tuple[Match, ...]:
        """Every rule that message fits, causes first, then the one with more fixed text (the more particular rule)."""
        lowered = message[:MOST_MESSAGE].lower()
        found: list[tuple[bool, int, Match]] = []
        for number in self._literals.present(lowered):
            pattern, rule = self._rules[number]
            bound = pattern.match(message, lowered)
            if bound is not None:
                match = Match(rule, tuple(bound.items()))
                found.append((rule.role is not Role.CAUSE, -len(_HOLE.sub("", rule.pattern)), match))
        return tuple(match for *_, match in sorted(found, key=lambda item: item[:2]))

    def numbers(self, message: str) -> tuple[str, ...]:
        """The words with digits, in lower case, on which it depends which rules messages of this shape fit; mostly none."""
        present = self._numbered.present(_undigit(message[:MOST_MESSAGE].lower()))
        return tuple(sorted({word for rule in present for word in self._numbers[rule]}))

    def leads_to(self, cause: str, effect: str) -> bool:
        """Whether fault `cause` brings about fault `effect`, directly or through others."""
        if cause not in self._reach:
            seen: set[str] = set()
            todo = [cause]
            while todo:
                fault = self.faults.get(todo.pop())
                fresh = set(fault.leads_to) - seen if fault else set()
                seen |= fresh
                todo.extend(fresh)
            self._reach[cause] = frozenset(seen - {cause})
        return effect in self._reach[cause]


_HOLE = re.compile(r"\{[^{}]*\}")
_DIGITS = str.maketrans("", "", "0123456789")


def _undigit(text: str) -> str:
    return text.translate(_DIGITS)


def _numbers(pattern: str) -> tuple[str, ...]:
    """The words with digits in a pattern's fixed text."""
    fixed = _HOLE.sub(" ", pattern.replace("{{", " ").replace("}}", " ")).lower()
    return tuple(word for word in fixed.split() if any(map(str.isdigit, word)))
