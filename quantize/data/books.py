"""What the one who answers knows of a staged fault: all, its words without its rules, or nothing of it (or of anything)."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from edgeops.assistant.casebook import Casebook
from edgeops.hooks import Embedder
from edgeops.records import Fault, Step

KNOWN, WORDS, UNKNOWN, NOTHING = "known", "words", "unknown", "nothing"
MODES = (KNOWN, WORDS, UNKNOWN)
_PARTS = 4
"""A casebook takes long to make: a part of the faults is hidden at a time, not one."""


@dataclass
class Books:
    """Casebooks of a split. Nothing of the faults of other splits is in those for training."""

    faults: Sequence[Fault]
    steps: Sequence[Step]
    seed: int
    embedder: Embedder | None = None
    _made: dict[tuple[str, int], Casebook] = field(default_factory=dict)

    def __post_init__(self) -> None:
        order = random.Random(f"books {self.seed}").sample([fault.id for fault in self.faults], len(self.faults))
        self._part = {name: place % _PARTS for place, name in enumerate(order)}

    def of(self, fault: str, mode: str) -> Casebook:
        """The casebook for a scene of that fault ("" for scenes without any)."""
        part = -1 if mode == KNOWN or not fault else self._part[fault]
        if (mode, part) not in self._made:
            self._made[mode, part] = Casebook(self._known(part, mode), self.steps, self.embedder)
        return self._made[mode, part]

    def _known(self, part: int, mode: str) -> Iterable[Fault]:
        for fault in self.faults if mode != NOTHING else ():
            if self._part[fault.id] != part:
                yield fault
            elif mode == WORDS:
                yield replace(fault, rules=(), samples=())
