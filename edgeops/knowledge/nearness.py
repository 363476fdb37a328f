"""How near texts are to faults in meaning, without a store: cosines with vectors that are shipped, or made on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from edgeops.hooks import Embedder
from edgeops.knowledge.shipped import key, shipped
from edgeops.records import Fault


def told(fault: Fault) -> str:
    """What the embedder reads of a fault: what it is and why it happens, not how it looks in logs, which is for its rules."""
    return f"{fault.title}. {fault.en.title}. {fault.en.summary} {fault.en.cause}"


class Nearness:
    """Nothing is loaded before the first text."""

    def __init__(self, faults: Sequence[Fault], embedder: Embedder) -> None:
        self._faults = faults
        self._embedder = embedder

    def cosines(self, texts: Sequence[str]) -> Any:
        """A float32 array (texts, faults). Raises KnowledgeError."""
        return self._embedder.embed(texts) @ self._vectors.T

    @cached_property
    def _vectors(self) -> Any:
        """A float32 array (faults, size), its rows of length 1."""
        import numpy as np  # deferred: 0.1 s that only a search pays

        texts = [told(fault) for fault in self._faults]
        ready = shipped(self._embedder.name, self._embedder.size)
        missing = [text for text in texts if key(text) not in ready]
        made = dict(zip(missing, self._embedder.embed(missing), strict=True)) if missing else {}
        rows = [made[text] if text in made else np.frombuffer(ready[key(text)][1], dtype=np.int8) for text in texts]
        whole = np.array(rows, dtype=np.float32)
        return whole / np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-9)
