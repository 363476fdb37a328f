"""The words by which text is found: English ones without their endings, identifiers whole and in parts, Chinese in pairs.

SQLite's own tokenizers take a run of Chinese characters for one word. Here each character and each two neighbours are
words, in the text and in the query alike; `kubelet.service`, `ConfigMap` and `0x80070005` are found whole and by their parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}](?:(?:(?![{HAN}])[\w.:/@+-])*[^\W_{HAN}])?")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ENDINGS = (
    *("ations", "ation", "ions", "able", "ible", "ally", "ance", "ence", "ment", "ness", "ful", "ion", "ity", "ive"),
    *("ous", "ant", "ent", "al", "er", "ly", "or"),
)
_SHORTEST = 5
"""Letters that are left at least when an ending is taken off."""
_VOWEL = re.compile("[aeiouy]")
WORDS_VERSION = 1
"""Raised whenever the same text would be split otherwise: stores then make their index anew."""
LONGEST = 64
"""Characters of a word; the rest of a longer one (a hash, a line of base64) finds nothing."""
COMMON = frozenset(
    "a about after all also am an and any are as at be been before but by can could did do does for from get had has have how "
    "i if in into is it its just may me my no not of off on one only or our out over so some such than that the their them "
    "then there these they this to under up was we were what when where which while who why will with would you your".split()
    + list("的了是在和与或及对把被将从到为以于也就都而但请我你他它这那有个吗呢吧啊")
)
"""Words that say nothing about a fault; left out of queries, not of the index."""


def words(text: str) -> Iterator[str]:
    """Every word of a text, in the order of the text; the pairs of a Chinese run stand after its characters."""
    for run in _RUN.findall(unicodedata.normalize("NFKC", text)):
        if "\u3400" <= run[0] <= "\u9fff":
            yield from run
            yield from map("".join, pairwise(run))
        else:
            yield from of_run(run[:LONGEST])


@lru_cache(maxsize=50_000)
def of_run(run: str) -> tuple[str, ...]:
    """An identifier and its parts: `ConfigMap.v1` is configmap.v1, config, map, v1; a plain word is its stem."""
    pieces = [piece for piece in re.split(r"[^\w]+|_", run) if piece]
    parts = [stem(piece.lower()) for piece in pieces] if len(pieces) > 1 else []
    for piece in pieces:
        humps = _PARTS.findall(piece)
        parts += [stem(hump.lower()) for hump in humps if len(humps) > 1]
    # Of a time or an address the single numbers say nothing.
    telling = [part for part in parts if len(part) > 2 or (len(part) == 2 and not part.isdigit())]
    return tuple(dict.fromkeys([run.lower() if len(pieces) > 1 else stem(run.lower()), *telling]))


def stem(word: str) -> str:
    """An English word without plural, -ing, -ed, final e and endings such as -ation; what is short or holds a digit stays."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        bare = word.removesuffix(ending)
        if bare != word and len(bare) > 2 and _VOWEL.search(bare):
            word = bare[:-1] if bare[-1] == bare[-2] and bare[-1] not in "lsz" else bare
            break
    word = word.removesuffix("e") if len(word) > 4 else word
    for ending in _ENDINGS:
        if len(word) - len(ending) >= _SHORTEST and word.endswith(ending):
            return word.removesuffix(ending)
    return word
