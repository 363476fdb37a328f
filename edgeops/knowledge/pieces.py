"""Splits text into the pieces of the embedder's vocabulary: the likeliest split under a unigram model (Viterbi)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

UNKNOWN, BEGIN, END = 0, 1, 2
_SPECIAL = 3
_SPACE = "\u2581"
_UNSEEN = 10.0
"""An unknown character is so much less likely than the rarest piece."""
_LONGEST_WORD = 200
"""Longer words (Chinese has no spaces) are split in chunks, which bounds the time and what is remembered."""


class Pieces:
    """The vocabulary: lines of a piece, a tab and its log-probability, in the order of their numbers."""

    def __init__(self, lines: Iterable[str]) -> None:
        pairs = [line.rstrip("\n").rpartition("\t") for line in lines]
        self._scores = {piece: (number, float(score)) for number, (piece, _, score) in enumerate(pairs)}
        self._worst = min(score for _, score in self._scores.values()) - _UNSEEN
        for special in [piece for piece, _, _ in pairs[:_SPECIAL]]:
            del self._scores[special]
        self._longest = max(map(len, self._scores))
        self.of_word = lru_cache(maxsize=20_000)(self._split)

    def split(self, text: str, most: int) -> list[int]:
        """The numbers of the pieces, between a begin and an end; at most `most` in all."""
        numbers = [BEGIN]
        for word in unicodedata.normalize("NFKC", text).split():
            marked = _SPACE + word
            for start in range(0, len(marked), _LONGEST_WORD):
                numbers += self.of_word(marked[start : start + _LONGEST_WORD])
            if len(numbers) >= most:
                break
        return [*numbers[: most - 1], END]

    def _split(self, word: str) -> tuple[int, ...]:
        """The likeliest pieces of a word; `best` holds, for every position, the score and the last piece up to it."""
        known, longest = self._scores, self._longest
        best: list[tuple[float, int, int]] = [(0.0, 0, 0)] + [(-1e30, 0, 0)] * len(word)
        for start in range(len(word)):
            base = best[start][0]
            for end in range(start + 1, min(start + longest, len(word)) + 1):
                number, score = known.get(word[start:end], (UNKNOWN, self._worst))
                if number == UNKNOWN and end > start + 1:
                    continue
                if base + score > best[end][0]:
                    best[end] = (base + score, start, number)
        numbers, at = [], len(word)
        while at:
            _, at, number = best[at]
            numbers.append(number)
        return tuple(reversed(numbers))
