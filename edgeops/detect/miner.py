"""Learns which templates a stream of messages has, in bounded memory.

Patterns are kept apart until there are too many of them or `settle` is called; then those that are one template are joined
(see `merging`). What is joined stays joined: a pattern that fits a joined template later counts for it without being kept.
When patterns are still too many, those seen least and longest ago are forgotten, chatter before alarms: alarms (warnings
and worse) are forgotten only where they alone fill half of the room. A forgotten pattern is its own template again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from edgeops.detect.merging import Tokens, collapsed, merge, skeleton, text_of, tokens, union
from edgeops.detect.templates import id_of
from edgeops.detect.variables import VARIABLE
from edgeops.records import Severity, Template

MOST_PATTERNS = 4_000
"""So many patterns are kept; about 4 MB."""

_WORTH_SETTLING = 0.9
_MOST_PATIENCE = 64


@dataclass(slots=True)
class _Kept:
    pattern: str
    turn: int
    count: int = 0
    severity: Severity = Severity.NONE
    first: datetime | None = None
    last: datetime | None = None

    def add(self, count: int, severity: Severity, first: datetime | None, last: datetime | None) -> None:
        self.count += count
        self.severity = max(self.severity, severity)
        self.first = min(filter(None, (self.first, first, last)), default=None)
        self.last = max(filter(None, (self.last, first, last)), default=None)


class Miner:
    """The templates learnt so far; known ones from before count for nothing but take in what fits them."""

    def __init__(self, most: int = MOST_PATTERNS, known: Iterable[Template] = ()) -> None:
        self._most = most
        self._kept: dict[str, _Kept] = {}
        self._joined: dict[str, str] = {}
        for template in known:
            self._kept[skeleton(template.pattern)] = _Kept(template.pattern, 0, 0, template.severity)
        self._general = _General(sorted(key for key, kept in self._kept.items() if "<*>" in kept.pattern))
        self._turn = self._patience = self._waited = 0
        self.forgotten = 0

    def learn(
        self,
        pattern: str,
        count: int = 1,
        severity: Severity = Severity.NONE,
        first: datetime | None = None,
        last: datetime | None = None,
    ) -> None:
        """Count messages of this pattern; first and last are the times of the earliest and the latest of them."""
        key = self._key(pattern)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= self._most:
                self._make_room()
                key = self._key(pattern)
            kept = self._kept.setdefault(key, _Kept(pattern, 0))
        elif kept.pattern != pattern:
            kept.pattern = _both(kept.pattern, pattern)
        self._turn += 1
        kept.turn = self._turn
        kept.add(count, severity, first, last)

    def settle(self) -> None:
        """Join the patterns that are one template."""
        final = merge(kept.pattern for kept in self._kept.values())
        before, self._kept = self._kept, {}
        moved: dict[str, str] = {}
        for key, kept in before.items():
            pattern = final[kept.pattern]
            to = moved[key] = skeleton(pattern)
            held = self._kept.setdefault(to, _Kept(pattern, kept.turn))
            held.pattern, held.turn = _both(held.pattern, pattern), max(held.turn, kept.turn)
            held.add(kept.count, kept.severity, kept.first, kept.last)
        self._joined = {key: moved.get(to, to) for key, to in self._joined.items()}
        self._joined.update((key, to) for key, to in moved.items() if key != to)
        for key in list(self._joined)[: -4 * self._most]:
            del self._joined[key]
        self._general = _General(sorted(set(self._joined.values()) & self._kept.keys()))

    def template(self, pattern: str) -> Template:
        """The template that messages of this pattern belong to, with what was seen of it so far."""
        kept = self._kept.get(self._key(pattern))
        return _template(kept) if kept else Template(id_of(pattern), pattern)

    def templates(self) -> list[Template]:
        """All templates, the most frequent first."""
        found = map(_template, self._kept.values())
        return sorted(found, key=lambda template: (-template.count, template.pattern))

    def _key(self, pattern: str) -> str:
        key = skeleton(pattern)
        if key in self._kept:
            return key
        return self._joined.get(key) or self._general.fitting(key) or key

    def _make_room(self) -> None:
        self._waited += 1
        if self._waited > self._patience:
            size = len(self._kept)
            self.settle()
            # Where joining does not help, it is tried less and less often: forgetting is cheap.
            helped = len(self._kept) < size * _WORTH_SETTLING
            self._waited, self._patience = 0, 0 if helped else min(2 * self._patience + 1, _MOST_PATIENCE)
        room = self._most * 3 // 4
        if len(self._kept) > room:
            self._forget(len(self._kept) - room)

    def _forget(self, surplus: int) -> None:
        ranked = sorted(self._kept, key=lambda key: (self._kept[key].count, self._kept[key].turn))
        alarms = [key for key in ranked if self._kept[key].severity >= Severity.WARNING]
        chatter = [key for key in ranked if self._kept[key].severity < Severity.WARNING]
        spared = max(0, len(alarms) - self._most // 2)
        for key in [*alarms[:spared], *chatter][: max(surplus, spared)]:
            del self._kept[key]
            self.forgotten += 1


class _General:
    """Joined templates, found by what is constant in them."""

    def __init__(self, skeletons: list[str] | None = None) -> None:
        self._by_length: dict[int, dict[tuple[int, ...], dict[Tokens, str]]] = defaultdict(dict)
        for text in skeletons or []:
            row = tokens(text)
            free = tuple(place for place, token in enumerate(row) if VARIABLE.fullmatch(token.strip("\"'")))
            self._by_length[len(row)].setdefault(free, {})[_constant(row, free)] = text

    def fitting(self, pattern: str) -> str | None:
        """The most particular template that this skeleton fits."""
        if not self._by_length:
            return None
        for text in dict.fromkeys((pattern, collapsed(pattern))):
            row = tokens(text)
            found = self._by_length.get(len(row), {})
            for free in sorted(found, key=lambda places: (len(places), places)):
                fit = found[free].get(_constant(row, free))
                if fit is not None:
                    return fit
        return None


def _constant(row: Tokens, free: tuple[int, ...]) -> Tokens:
    constant = list(row)
    for place in free:
        constant[place] = ""
    return tuple(constant)


def _both(one: str, other: str) -> str:
    """Two patterns of one skeleton as one: where their kinds differ, the kind is any."""
    return one if one == other else text_of(union([tokens(one), tokens(other)]))


def _template(kept: _Kept) -> Template:
    return Template(id_of(kept.pattern), kept.pattern, kept.count, kept.severity, kept.first, kept.last)
