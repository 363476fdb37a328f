"""Words for the same thing: `archive` is 归档, 打包, 压缩包. A query in one language so finds entries in the other.

`concepts.txt` is ours, one concept a line. English words bring Chinese ones only: among English texts their synonyms
blurred more than they found (runbooks hit@1 0.84 to 0.74); Chinese words, many and short, bring both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from edgeops.knowledge.words import HAN, stem, words

FILE = Path(__file__).with_name("concepts.txt")
_RUN = re.compile(f"[{HAN}]+")


@cache
def _table() -> tuple[dict[str, list[str]], int]:
    """What each word brings, and the length of the longest Chinese word."""
    brings: dict[str, list[str]] = {}
    longest = 1
    for line in FILE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        left, _, right = line.partition("=")
        english, chinese = [stem(word) for word in left.split()], right.split()
        for word in english:
            brings.setdefault(word, []).extend(chinese)
        for word in chinese:
            brings.setdefault(word, []).extend([*english, *(other for other in chinese if other != word)])
            longest = max(longest, len(word))
    return brings, longest


def neighbours(text: str) -> list[tuple[str, ...]]:
    """What else the text may be called; each as the words that stand side by side in the index."""
    brings, longest = _table()
    found = [word for word in words(text) if word.isascii()]
    for run in _RUN.findall(text):
        found += _known(run, brings, longest)
    others = dict.fromkeys(other for word in dict.fromkeys(found) for other in brings.get(word, ()))
    return [_indexed(other) for other in others]


def _known(run: str, brings: dict[str, list[str]], longest: int) -> Iterator[str]:
    """The concepts in a run of Chinese, the longest at each place."""
    start = 0
    while start < len(run):
        size = next((size for size in range(longest, 1, -1) if run[start : start + size] in brings), 1)
        if run[start : start + size] in brings:
            yield run[start : start + size]
        start += size


def _indexed(word: str) -> tuple[str, ...]:
    return (word,) if word.isascii() or len(word) == 1 else tuple(map("".join, pairwise(word)))
