"""What the model has read: one sequence of tokens in one KV cache, reused, restored, extended and rewound.

Prompts are read in the same cuts whether they are fresh, restored from disk or partly in the cache, because the
arithmetic of a batch depends on its size: the same script gives the same answer every time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from edgeops.engines.prefix import PrefixStore
from edgeops.engines.runtime import Runtime
from edgeops.errors import EngineError

SHORTEST = 32
"""Tokens below which a prefix is not worth a file."""


class Session:
    """Tokens read and tokens waiting to be read; waiting ones cost nothing until logits are needed."""

    def __init__(self, runtime: Runtime, store: PrefixStore | None = None) -> None:
        self.runtime = runtime
        self._store = store
        self._read: list[int] = []
        self._waiting: list[int] = []
        self._cuts: list[int] = []

    @property
    def position(self) -> int:
        """Tokens in the sequence, those waiting included."""
        return len(self._read) + len(self._waiting)

    def open(self, prefix: Sequence[int], rest: Sequence[int], tell: Callable[[int], None]) -> int:
        """Read a prompt, telling how far it is after each batch; returns how many tokens did not have to be read.

        Raises EngineError when a state from disk turns out to be spoilt; it is deleted, so that the next run is sound.
        """
        prompt = [*prefix, *rest]
        cuts = cuts_of(len(prefix), len(prompt), self.runtime.batch)
        self._waiting = []
        self._keep(reusable(self._read, self._cuts, prompt, cuts))
        restored = len(self._read) < len(prefix) < len(prompt) and self._restore(prefix)
        held = len(self._read)
        self._cuts = [cut for cut in cuts if cut <= held]
        tell(held)
        for cut in cuts[len(self._cuts) :]:
            self._decode(prompt[len(self._read) : cut])
            self._cuts.append(cut)
            if cut == len(prefix):
                self._save(prefix)
            tell(cut)
        if restored and self._store and not self._sane():
            self._store.drop(prefix)
            self._keep(0)
            raise EngineError("The model's saved state was spoilt and is deleted; run the command again.")
        return held

    def feed(self, tokens: Sequence[int]) -> None:
        """Append tokens to the sequence."""
        self._waiting += tokens

    def logits(self) -> Any:
        """The logits after the last token of the sequence."""
        while self._waiting:
            self._decode(self._waiting[: self.runtime.batch])
            del self._waiting[: self.runtime.batch]
        return self.runtime.logits()

    def rewind(self, position: int) -> None:
        """Drop the sequence's tokens from position on. The last one left is read again, so that its logits can be had."""
        spare = position - len(self._read)
        if spare >= 0:
            del self._waiting[spare:]
            return
        left = self._read[:position]
        self._keep(position - 1)
        self._waiting = left[len(self._read) :]

    def _decode(self, tokens: Sequence[int]) -> None:
        try:
            self.runtime.decode(tokens, len(self._read))
        except EngineError:
            # What the cache holds now is anybody's guess: the next run must not build on it.
            self.runtime.forget(0)
            self._read, self._waiting, self._cuts = [], [], []
            raise
        self._read += tokens

    def _keep(self, count: int) -> None:
        """Keep the first `count` tokens read; none where the model cannot cut."""
        if count < len(self._read):
            kept = count if self.runtime.forget(count) else 0
            del self._read[kept:]
            self._cuts = [cut for cut in self._cuts if cut <= kept]

    def _restore(self, prefix: Sequence[int]) -> bool:
        state = self._store.load(prefix) if self._store and len(prefix) >= SHORTEST else None
        if self._store and state is not None:
            self._keep(0)
            if self.runtime.restore(state):
                self._read = list(prefix)
                return True
            self._store.drop(prefix)
        return False

    def _save(self, prefix: Sequence[int]) -> None:
        if self._store and len(prefix) >= SHORTEST and self._sane():
            self._store.save(prefix, self.runtime.state())

    def _sane(self) -> bool:
        """Whether the model calculates: one whose file is changed while it is read does not."""
        return math.isfinite(float(self.runtime.logits().sum()))


def cuts_of(prefix: int, total: int, batch: int) -> list[int]:
    """Where the reading of a prompt pauses: every batch, at the prefix's end, every batch from there, and at the end."""
    cuts = [*range(batch, prefix, batch), *([prefix] if prefix else [])]
    return [*cuts, *range(prefix + batch, total, batch), *([total] if total > prefix else [])]


def reusable(old: Sequence[int], old_cuts: Sequence[int], new: Sequence[int], new_cuts: Sequence[int]) -> int:
    """How many tokens in the cache serve the new prompt: up to the last cut that both have in common, never all of it."""
    held = 0
    for before, cut in zip(old_cuts, new_cuts, strict=False):
        if before != cut or cut >= len(new) or cut > len(old) or old[held:cut] != new[held:cut]:
            break
        held = cut
    return held
