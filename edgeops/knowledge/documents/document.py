"""What every importer makes of a file: a document of passages, each small enough to be found and shown by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_CHARACTERS = 2_000
MOST_STEPS = 50
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_HAN_SHARE = 0.2
_SENTENCE = re.compile(r"(?<=[.!?。！？；;])\s*|\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document under its headings, outermost first. steps are the command lines it shows, never run by anyone."""

    headings: tuple[str, ...]
    text: str
    steps: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The headings as a person would name the place."""
        return " › ".join(self.headings)


@dataclass(frozen=True, slots=True)
class Document:
    """A file as knowledge. notes are sentences about what was not taken from it, and why."""

    title: str
    passages: tuple[Passage, ...]
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def language(text: str) -> str:
    """`zh` when a fifth of the letters are Chinese, else `en`."""
    letters = len(_LETTER.findall(text))
    return "zh" if letters and len(_HAN.findall(text)) >= _HAN_SHARE * letters else "en"


def bounded(passages: Iterable[Passage], most: int = MOST_CHARACTERS) -> Iterator[Passage]:
    """The passages, those longer than `most` characters parted at paragraphs (or sentences, or anywhere); empty ones left out."""
    for passage in passages:
        text = passage.text.strip()
        if not text and not passage.steps:
            continue
        parts = list(_parted(text, most)) or [""]
        for number, part in enumerate(parts):
            # A command stays with the part that shows it; what stands in none stays with the first.
            steps = tuple(s for s in passage.steps if s in part or (number == 0 and not any(s in p for p in parts)))
            yield Passage(passage.headings, part, steps[:MOST_STEPS])


def _parted(text: str, most: int) -> Iterator[str]:
    piece = ""
    for block in _blocks(text, most):
        if piece and len(piece) + len(block) + 2 > most:
            yield piece
            piece = ""
        piece = f"{piece}\n\n{block}" if piece else block
    if piece:
        yield piece


def _blocks(text: str, most: int) -> Iterator[str]:
    """Paragraphs; one that is too long by itself in sentences, and a sentence that is too long in pieces."""
    for paragraph in re.split(r"\n\s*\n", text):
        if len(paragraph) <= most:
            if paragraph.strip():
                yield paragraph.strip("\n")
            continue
        piece = ""
        for sentence in _SENTENCE.split(paragraph):
            for start in range(0, len(sentence), most):
                part = sentence[start : start + most]
                if piece and len(piece) + len(part) + 1 > most:
                    yield piece
                    piece = ""
                piece = f"{piece} {part}" if piece else part
        if piece:
            yield piece
