"""What the child is told to do, and what it reports: plain records that cross as one line of JSON each."""

from __future__ import annotations

from collections.abc import Callable

# msgspec: checks each message against its type while decoding it; see engines.wire.
import msgspec

from edgeops.engines.weights.recipes import Recipe

Tick = Callable[[int, int], None]
"""Told (steps done, of how many)."""


class Compared(msgspec.Struct, frozen=True):
    """divergence is the mean Kullback-Leibler divergence in nats a token, tail its 99th percentile, same the share of equal first guesses.

    The perplexities are those of the texts under the reference and under the other.
    """

    divergence: float
    tail: float
    same: float
    perplexity_before: float
    perplexity_after: float
    tokens: int


class Paced(msgspec.Struct, frozen=True):
    """Tokens a second, reading and writing."""

    prefill: float
    decode: float


class Fold(msgspec.Struct, frozen=True, tag=True):
    """Write target as base with the adapter folded in; marks are texts to keep in the file."""

    base: str
    adapter: str
    base_sha256: str
    marks: dict[str, str]
    target: str


class Quantise(msgspec.Struct, frozen=True, tag=True):
    """Write target as source in the types of a recipe; matrix is a file of importance, or ""."""

    source: str
    target: str
    recipe: Recipe
    matrix: str
    threads: int


class Observe(msgspec.Struct, frozen=True, tag=True):
    """Write the importance matrix of a model (with an adapter, or "") over at most so many tokens of texts."""

    model: str
    adapter: str
    texts: tuple[str, ...]
    most: int
    target: str
    threads: int


class Judge(msgspec.Struct, frozen=True, tag=True):
    """Compare a model with a reference (with an adapter, or "") over at most so many tokens, and measure both in so many rounds."""

    reference: str
    adapter: str
    other: str
    texts: tuple[str, ...]
    most: int
    rounds: int
    threads: int


class Ordered(msgspec.Struct, frozen=True):
    """Down: the order; parent is the process that the child must not outlive."""

    order: Fold | Quantise | Observe | Judge
    parent: int
    allow_unsandboxed: bool


class Step(msgspec.Struct, frozen=True, tag=True):
    """Up: how far it is."""

    done: int
    total: int


class Done(msgspec.Struct, frozen=True, tag=True):
    """Up: the file is written."""


class Judged(msgspec.Struct, frozen=True, tag=True):
    """Up: what a comparison found; before is the reference's pace."""

    compared: Compared
    before: Paced
    after: Paced


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Up: it could not be done; kind is the name of an error."""

    kind: str
    message: str


Up = Step | Done | Judged | Failed
