"""The door of the built-in embedder: numpy and the weights are loaded at the first text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from edgeops.errors import KnowledgeError
from edgeops.hooks import implementation

if TYPE_CHECKING:
    from edgeops.knowledge.embed import Network


class Sentences:
    """The sentence encoder of `edgeops.knowledge.embed`."""

    name = "use-multilingual-v3-en-zh-1"
    size = 512

    def embed(self, texts: Sequence[str]) -> Any:
        """A float32 array (texts, size), its rows of length 1. Raises KnowledgeError."""
        return self._network.embed(texts)

    @cached_property
    def _network(self) -> Network:
        try:
            from edgeops.knowledge.embed import Network  # numpy: 0.1 s that only a search pays
        except ImportError as error:
            raise KnowledgeError(f"The embedder cannot be loaded ({error}); reinstall edgeops.") from error
        return Network()


@implementation
def edgeops_embedders() -> tuple[Sentences, ...]:
    return (Sentences(),)
