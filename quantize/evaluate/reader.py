"""A model of which all logits are wanted, not only the last ones: the engine's own binding, read text by text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from edgeops.engines.binding import LlamaRuntime
from edgeops.engines.library import L
from edgeops.engines.settings import EngineSettings
from edgeops.errors import EngineError


class Reader(LlamaRuntime):
    """The model of some settings, its adapter beside it. Loaded in this process, which should end afterwards."""

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings, lambda: None)

    def rows(self, tokens: Sequence[int]) -> Iterator[Any]:
        """The logits after each token of a text, batch by batch (a copy)."""
        self.forget(0)
        for begin in range(0, len(tokens), self.batch):
            part = tokens[begin : begin + self.batch]
            batch = self._batch
            batch.n_tokens = len(part)
            for at, token in enumerate(part):
                batch.token[at], batch.pos[at], batch.logits[at] = token, begin + at, 1
                batch.n_seq_id[at], batch.seq_id[at][0] = 1, 0
            if code := L.llama_decode(self._context, batch):
                raise EngineError(f"The model could not read {len(part)} tokens at {begin} (code {code}); try again.")
            yield np.ctypeslib.as_array(L.llama_get_logits(self._context), shape=(len(part), self.size)).copy()
