"""Which of many literals stand in a text: one look at the text's four-letter pieces rules nearly all of them out.

Each literal is filed under one of its own pieces, the rarest of a few; only literals whose piece is in the text are compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

_SIZE = 4


def _pieces(text: str) -> set[str]:
    return {text[i : i + _SIZE] for i in range(len(text) - _SIZE + 1)}


def _some(literal: str) -> list[str]:
    """The first, the last and two inner pieces: enough to find a rare one, at a quarter of the cost of all."""
    last = len(literal) - _SIZE
    return [literal[i : i + _SIZE] for i in sorted({0, last // 3, 2 * last // 3, last})] if last >= 0 else []


class LiteralIndex:
    """Literals in lower case."""

    def __init__(self, literals: Sequence[str]) -> None:
        self._literals = literals
        self._by_piece: dict[str, list[int]] = defaultdict(list)
        self._short = [i for i, literal in enumerate(literals) if len(literal) < _SIZE]
        pieces = [_some(literal) for literal in literals]
        usual = Counter(piece for found in pieces for piece in found)
        for number, found in enumerate(pieces):
            if found:
                self._by_piece[min(found, key=lambda piece: (usual[piece], piece))].append(number)

    def present(self, text: str) -> list[int]:
        """The positions of the literals that stand in text (which must be in lower case), in order."""
        near = [i for piece in self._by_piece.keys() & _pieces(text) for i in self._by_piece[piece]]
        return sorted(i for i in (*near, *self._short) if self._literals[i] in text)
