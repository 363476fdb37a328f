"""Picks the next token from logits: the likeliest, or a draw among the likely ones."""

from __future__ import annotations

from typing import Any

# numpy: one pass over 150,000 logits a token; the llama_cpp bindings need it anyway. Only the child process imports it.
import numpy as np

from edgeops.records import Sampling


class Sampler:
    """The order is top-k, top-p, temperature, draw (temperature 0: the likeliest); the same seed gives the same draws."""

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._random = np.random.default_rng(sampling.seed)

    def pick(self, logits: Any) -> int:
        """A token id. logits is a float array over the vocabulary; -inf means never."""
        how = self._sampling
        if how.temperature <= 0:
            return int(np.argmax(logits))
        ids = _top_k(logits, how.top_k)
        weights = _softmax(logits[ids])
        last = int(np.searchsorted(np.cumsum(weights), how.top_p)) + 1
        ids = ids[:last]
        weights = _softmax(logits[ids] / how.temperature)
        return int(ids[np.searchsorted(np.cumsum(weights), self._random.random() * 0.999999999)])


def _top_k(logits: Any, k: int) -> Any:
    """Ids of the k greatest logits (all where k is 0), greatest first."""
    count = len(logits) if k <= 0 else min(k, len(logits))
    ids = np.argpartition(logits, len(logits) - count)[len(logits) - count :]
    return ids[np.argsort(-logits[ids], kind="stable")]


def _softmax(logits: Any) -> Any:
    weights = np.exp(logits.astype(np.float64) - logits.max())
    return weights / weights.sum()
