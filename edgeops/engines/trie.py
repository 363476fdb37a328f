"""Exact probabilities of a few allowed texts: walk the trie of their tokens, sharing each node's weight among the allowed children.

Pure: the model is a function from a path and the tokens allowed next to their logits. Nodes with one child need no model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edgeops.errors import EngineError

Weigh = Callable[[tuple[int, ...], list[int]], Sequence[float]]
"""(path so far, tokens allowed next) -> a logit for each of those tokens."""


@dataclass(slots=True)
class Node:
    """children by token; option is the position of the option that ends here, or -1."""

    children: dict[int, Node] = field(default_factory=dict)
    option: int = -1


def grow(options: Sequence[Sequence[int]]) -> Node:
    """The trie of some token sequences. Raises EngineError when two are the same."""
    root = Node()
    for position, tokens in enumerate(options):
        node = root
        for token in tokens:
            node = node.children.setdefault(token, Node())
        if node.option >= 0:
            raise EngineError(
                f"Options {node.option + 1} and {position + 1} of a choice are the same to the model; make them differ."
            )
        node.option = position
    return root


def probabilities(options: Sequence[Sequence[int]], end: int, weigh: Weigh) -> tuple[float, ...]:
    """The probability of each option, summing to 1, given that one of them is said.

    end is the token that follows the choice: where one option begins another, the shorter one competes by it.
    """
    logs = [0.0] * len(options)
    stack: list[tuple[Node, tuple[int, ...], float]] = [(grow(options), (), 0.0)]
    while stack:
        node, path, log = stack.pop()
        tokens = list(node.children)
        if node.option >= 0:
            logs[node.option] = log
            tokens.append(end)
        if len(tokens) > 1:
            shares = log_shares(weigh(path, tokens))
            if node.option >= 0:
                logs[node.option] += shares[-1]
        else:
            shares = [0.0]
        for (token, child), share in reversed(list(zip(node.children.items(), shares, strict=False))):
            stack.append((child, (*path, token), log + share))
    total = math.fsum(math.exp(log) for log in logs)
    return tuple(math.exp(log) / total for log in logs)


def log_shares(logits: Sequence[float]) -> list[float]:
    """Logarithms of a softmax. Raises EngineError when the model gave no numbers."""
    top = max(logits)
    if not math.isfinite(top):
        raise EngineError("The model gave no usable numbers; verify its file with `edgeops model verify`.")
    total = math.log(math.fsum(math.exp(x - top) for x in logits))
    return [x - top - total for x in logits]
