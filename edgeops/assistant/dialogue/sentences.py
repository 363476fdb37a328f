"""Sentences and what bears them out: the refs they name, or the passage that says the same; else they are general knowledge."""

from __future__ import annotations

import re
from collections.abc import Sequence

from edgeops.assistant.cite import cited, verify
from edgeops.knowledge.search import words
from edgeops.records import Evidence, Sentence, Unproved

_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\[\"'`(])|(?<=[。！？])\s*|\n+")
_REF = re.compile(r"\s*\[[LKH]\d{1,3}\]")
_TRAILING = re.compile(r"([.。!！?？])((?:\s*\[[LKH]\d{1,3}\])+)\s*")
_WRAPPED = re.compile(r"(?<!\n)\n(?![\n#*-])")
_SAME = 0.5
_LEAST_WORDS = 3
_COVERED = {"en": 0.4, "zh": 0.12}
_ASKING = frozenset(
    words(
        "how what why when where which who do does did is are am my me our there please help tell show explain need want should could would"
        " get got about some very just now then here i we it of on in at to by be been being if so than too also any thing things"
        " 请帮 帮助 帮我 我的 怎么 么办 什么 为什 如何 并解 解决 决问 问题 排查 查原 原因 一下 出现 现了"
    )
)


def split(text: str) -> list[str]:
    """The sentences of a text. Refs that stand behind a full stop belong to the sentence before it."""
    moved = _TRAILING.sub(lambda found: f"{found[2]}{found[1]} ", text)
    return [part.strip() for part in _END.split(moved) if part and part.strip()]


def grounded(texts: Sequence[str], evidence: Sequence[Evidence]) -> tuple[tuple[Sentence, ...], tuple[Unproved, ...]]:
    """Each sentence with its refs, and every name or number in it that stands in no evidence.

    A ref that does not exist is taken out of the sentence. A sentence that names none gets the one that shares most words with it.
    """
    refs = {e.ref for e in evidence}
    corpora = {e.ref: set(words(f"{e.text} {e.message}")) for e in evidence}
    done: list[Sentence] = []
    doubts: list[Unproved] = []
    for text in texts:
        doubts += verify("answer", text, evidence, "")
        bare = _REF.sub(lambda found: found[0] if found[0].strip()[1:-1] in refs else "", text)
        own = tuple(ref for ref in cited(bare) if ref in refs) or _likest(bare, corpora)
        done.append(Sentence(bare if cited(bare) else _with(bare, own), own))
    return tuple(done), tuple(dict.fromkeys(doubts))


def _likest(text: str, corpora: dict[str, set[str]]) -> tuple[str, ...]:
    said = set(words(text))
    if len(said) < _LEAST_WORDS:
        return ()
    best = max(corpora, key=lambda ref: len(said & corpora[ref]), default="")
    return (best,) if best and len(said & corpora[best]) >= _SAME * len(said) else ()


def _with(text: str, refs: tuple[str, ...]) -> str:
    if not refs:
        return text
    bare = text.rstrip(".。!！")
    return f"{bare} {' '.join(f'[{ref}]' for ref in refs)}{text[len(bare) :]}"


def bears_on(question: str, passage: str, lang: str) -> bool:
    """Whether the passage shares enough of the question's own words; chance finds one word of anything in any store."""
    asked = set(words(question)) - _ASKING
    shared = asked & set(words(passage))
    return bool(shared) and _weight(shared) >= _COVERED[lang] * _weight(asked)


def _weight(terms: set[str]) -> int:
    """A Latin word or a number says as much as three pairs of Chinese characters, half of which are no words."""
    return sum(3 if term.isascii() else 1 for term in terms)


def telling(question: str, texts: Sequence[tuple[str, str]], most: int) -> list[Sentence]:
    """The sentences that share most with the question, each with the ref of the text that it stands in; in that text's order.

    texts are pairs of a ref and a text. What shares nothing is not told.
    """
    asked = set(words(question)) - _ASKING
    scored = []
    for place, (ref, text) in enumerate(texts):
        # Runbooks are wrapped at some width: a single line end ends no sentence.
        for number, sentence in enumerate(split(_WRAPPED.sub(" ", text))):
            shared = len(asked & set(words(sentence)))
            scored.append((-shared, place, number, Sentence(_with(sentence, (ref,)), (ref,))))
    chosen = sorted(item for item in scored if item[0] < 0)[:most]
    return [sentence for *_, sentence in sorted(chosen, key=lambda item: item[1:3])]
