"""Grammars (GBNF) by llama.cpp's sampler, asked about one token at a time; imported by the child process only."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from edgeops.engines.library import L
from edgeops.errors import EngineError


class LlamaGrammar:
    """llama.cpp's grammar sampler, asked about one token at a time."""

    def __init__(self, vocab: Any, text: str) -> None:
        self._sampler = L.llama_sampler_init_grammar(vocab, text.encode(), b"root")
        if not self._sampler:
            raise EngineError("The grammar of a slot cannot be parsed; it must be GBNF with a rule named root.")

    def allows(self, token: int) -> bool:
        """See Grammar."""
        data = (L.llama_token_data * 1)(L.llama_token_data(token, 0.0, 0.0))
        self._apply(data, 1)
        return bool(np.isfinite(data[0].logit))

    def mask(self, logits: Any) -> Any:
        """See Grammar."""
        table = np.zeros(len(logits), dtype=[("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        table["id"] = np.arange(len(logits))
        table["logit"] = logits
        self._apply((L.llama_token_data * len(logits)).from_buffer(table), len(logits))
        return table["logit"]

    def accept(self, token: int) -> None:
        """See Grammar."""
        L.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """See Grammar."""
        L.llama_sampler_free(self._sampler)

    def _apply(self, data: Any, count: int) -> None:
        array = L.llama_token_data_array(ctypes.cast(data, L.llama_token_data_p), count, -1, False)
        L.llama_sampler_apply(self._sampler, ctypes.byref(array))
