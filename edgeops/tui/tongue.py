"""Sentences from below the app in Chinese: they are made in English, and known again by the pieces that are the same each time.

A sentence that is in no table stays as it is, and so does what stands in its holes, but for holes that hold a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from edgeops.tui import tongue_engines, tongue_logs, tongue_models, tongue_store, tongue_watch
from edgeops.tui.tongue_system import worded

LONGEST = 4_000
"""Characters; what is longer is no sentence of ours."""
NESTED = {"advice", "again", "allowed", "error", "hint", "how", "kind", "kinds"} | {
    "lack", "many", "reason", "said", "way", "what", "where"
}  # fmt: skip
"""Holes that may hold a sentence, or part of one; all others hold names, paths and numbers."""
_DEPTH = 4
_MOST_PARTS = 8
_MOST_NEAR = 48
_MOST_TRIES = 2_000
"""So many sentences are compared with a text, so often with it or its parts: what is made to look like all of them stays as it is."""
_LOOSE = 8
"""With fewer letters a template fits almost anything: it counts only in a hole, or if what is in its own is known, too."""
_ALIKE = 6
_HAN = "\u2e80"
_ENDINGS = ("。", "，", "；", "）")

_PARTING = re.compile(r"(?<=[.;?!]) ")
_LATIN = re.compile(r"[!-~]")
_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with holes: the pieces around them in English, and what it is in Chinese, piece and hole in turn."""

    pieces: tuple[str, ...]
    names: tuple[str, ...]
    chinese: tuple[str, ...]
    longest: str
    """The piece that tells most."""
    letters: int
    """So many are the same each time."""

    def values(self, text: str) -> dict[str, str] | None:
        """What stands in the holes, each as short as can be; None if the text is no such sentence. One pass, whatever the text."""
        first, last = self.pieces[0], self.pieces[-1]
        if not self.names:
            return {} if text == first else None
        at, end = len(first), len(text) - len(last)
        if at > end or not (text.startswith(first) and text.endswith(last)):
            return None
        found = []
        for piece in self.pieces[1:-1]:
            place = text.find(piece, at, end)
            if place < 0:
                return None
            found.append(text[at:place])
            at = place + len(piece)
        found.append(text[at:end])
        # Its end amid it: these are two sentences of the kind.
        if len(last) >= _ALIKE and any(last in value for value in found):
            return None
        return dict(zip(self.names, found, strict=True))

    def filled(self, values: dict[str, str], inner: Callable[[str], str], *, is_whole: bool) -> str:
        """The Chinese sentence; "" where too little of it is known. inner says what is in a hole."""
        known, said = not self.names or self.letters >= _LOOSE, [self.chinese[0]]
        is_part = not known and not is_whole and NESTED.isdisjoint(self.names)
        for name, after in zip(self.chinese[1::2], self.chinese[2::2], strict=True):
            value = values[name]
            words = inner(value) if name in NESTED else value
            if words != value:
                known = True
                said[-1] = _joined(said[-1], words)
                words = words.removesuffix("。") if after.startswith(_ENDINGS) else words
            said += [words, after]
        return "".join(said) if known or is_part else ""


def template(english: str, chinese: str) -> Template:
    """Of what a table says."""
    parts = _HOLE.split(english)
    pieces = tuple(parts[::2])
    letters = sum(map(str.isalpha, "".join(pieces)))
    return Template(pieces, tuple(parts[1::2]), tuple(_HOLE.split(chinese)), max(pieces, key=len), letters)


def sentences() -> Iterator[tuple[str, str]]:
    """All that are known, in English and in Chinese."""
    for room in (tongue_logs, tongue_store, tongue_models, tongue_engines, tongue_watch):
        yield from room.SENTENCES.items()


@lru_cache(256)
def translated(text: str) -> str:
    """The text with its sentences in Chinese, as far as they are known from its beginning on."""
    if len(text) > LONGEST:
        return text
    # In a hole a sentence may have lost its full stop.
    near = [one for one in _templates() if one.longest.removesuffix(".") in text]
    return _Reading(near).said(text) if 0 < len(near) <= _MOST_NEAR else text


@cache
def _templates() -> tuple[Template, ...]:
    return tuple(template(*pair) for pair in sentences())


class _Reading:
    """How one text is read, by the templates that may be in it."""

    def __init__(self, near: Sequence[Template]) -> None:
        self._near = near
        self._tries = _MOST_TRIES

    def said(self, text: str, depth: int = _DEPTH) -> str:
        """The text, its sentences in Chinese, from its beginning on; in one that is not a hole a source may come before them."""
        parts = _PARTING.split(text, _MOST_PARTS - 1)
        # From the end: the best that can be said of what begins at each part, and whether its first sentence is known.
        best, is_known = [""] * (len(parts) + 1), False
        for at in reversed(range(len(parts))):
            ends = range(at + 1, len(parts) + 1)
            ways = [_then(got, best[end]) for end in ends if (got := self._one(" ".join(parts[at:end]), depth))]
            is_known = bool(ways)
            best[at] = min([*ways, " ".join(parts[at:])], key=_foreign)
        if is_known:
            return best[0]
        source, colon, rest = text.partition(": ")
        # After a full-width colon stands what a phrase of the app was filled with, such as a line that was copied.
        if depth == _DEPTH and colon and "：" not in source and (words := self.said(rest, depth - 1)) != rest:
            return f"{source}：{words}"
        return text

    def _one(self, text: str, depth: int) -> str:
        """One sentence, perhaps with the semicolon that joins it to the next; "" if it is none."""
        found = []
        for bare, joint in ((text, ""), (text[:-1], "；")) if text.endswith(";") else ((text, ""),):
            self._tries -= len(self._near)
            if self._tries < 0:
                return ""
            for one in self._near:
                values = one.values(bare)
                if values is not None:
                    words = one.filled(values, lambda value: self._inner(value, depth - 1), is_whole=depth == _DEPTH)
                    found += [words if words.endswith(("。", "；")) else words + joint] if words else []
        return min(found, key=_foreign, default="")

    def _inner(self, value: str, depth: int) -> str:
        """What stands in a hole: a reason of the system, or a sentence."""
        if words := worded(value):
            return words
        if not (value and depth):
            return value
        if (said := self.said(value, depth)) != value:
            return said
        said = self.said(f"{value}.", depth)
        return said.removesuffix("。") if said != f"{value}." else value


def _foreign(said: str) -> int:
    """How much of it is not Chinese: of two readings the one with less is right."""
    return len(_LATIN.findall(said))


def _joined(before: str, words: str) -> str:
    """What stands before words in Chinese: no space between two of them."""
    return before[:-1] if words[:1] >= _HAN and before[-1:] == " " and before[-2:-1] >= _HAN else before


def _then(said: str, rest: str) -> str:
    return said + rest if said[-1:] >= _HAN or not rest else f"{said} {rest}"
