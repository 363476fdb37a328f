"""What the child needs of a model library: one sequence in one KV cache.

`binding.py` does it with llama.cpp, `onnx.py` with onnxruntime, tests with arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Grammar(Protocol):
    """The state of a GBNF grammar over the text written so far."""

    def allows(self, token: int) -> bool:
        """Whether the token may come next."""

    def mask(self, logits: Any) -> Any:
        """A copy of the logits with -inf where the grammar refuses."""

    def accept(self, token: int) -> None:
        """The token has come."""

    def close(self) -> None: ...


class Runtime(Protocol):
    """A loaded model. context is how many tokens fit; starts holds the tokens that every prompt begins with."""

    context: int
    batch: int
    starts: tuple[int, ...]
    eot: int

    def tokens(self, text: str, special: bool) -> list[int]:
        """Token ids of a text; unless special, no token of the chat template can come out of it."""

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for."""

    def ends(self, token: int) -> bool:
        """Whether the token ends a turn."""

    def decode(self, tokens: Sequence[int], position: int) -> None:
        """Read up to `batch` tokens that stand at position; the logits after the last become available."""

    def logits(self) -> Any:
        """The logits after the last token read: a float array that holds until the next decode."""

    def forget(self, position: int) -> bool:
        """Drop what was read from position on. False when the model cannot (then everything is dropped)."""

    def state(self) -> bytes:
        """The KV state of all that was read."""

    def restore(self, state: bytes) -> bool:
        """Put a KV state back into the emptied cache. False when it does not fit (the cache is then empty)."""

    def grammar(self, text: str) -> Grammar:
        """A grammar from GBNF. Raises EngineError when it cannot be parsed."""
