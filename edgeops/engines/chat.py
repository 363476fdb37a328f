"""Chat templates, one a model family, as segments. Templates inside model files are never run.

A segment is text and whether its special tokens count. Only our own template parts count; what a person or a log says
is plain text to the model, `<|im_start|>` included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from edgeops.errors import ModelUnfit

_TRIES = 4


@dataclass(frozen=True, slots=True)
class Segment:
    text: str
    special: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A family's frame around the system text and the user's. marks are tokens that the model's vocabulary must hold.

    Families without a system role get the system text at the head of the user's turn.
    """

    before: str
    between: str
    after: str
    marks: tuple[str, ...]
    between_plain: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """prefix is the same for every user text of one system text, token for token; rest is not."""

    prefix: tuple[Segment, ...]
    rest: tuple[Segment, ...]


TEMPLATES: dict[str, Template] = {
    "chatml": Template(
        "<|im_start|>system\n",
        "<|im_end|>\n<|im_start|>user\n",
        "<|im_end|>\n<|im_start|>assistant\n",
        ("<|im_start|>", "<|im_end|>"),
    ),
    "llama3": Template(
        "<|start_header_id|>system<|end_header_id|>\n\n",
        "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n",
        "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    ),
    "mistral": Template("[INST]", "", "[/INST]", (), between_plain="\n\n"),
    "gemma": Template(
        "<start_of_turn>user\n",
        "",
        "<end_of_turn>\n<start_of_turn>model\n",
        ("<start_of_turn>", "<end_of_turn>"),
        between_plain="\n\n",
    ),
    "phi3": Template(
        "<|system|>\n",
        "<|end|>\n<|user|>\n",
        "<|end|>\n<|assistant|>\n",
        ("<|user|>", "<|assistant|>", "<|end|>"),
    ),
}

_SAME = {
    "qwen": "chatml",
    "qwen2": "chatml",
    "qwen2.5": "chatml",
    "qwen3": "chatml",
    "smollm": "chatml",
    "smollm2": "chatml",
}

_BY_MARK = (
    ("<|im_start|>", "chatml"),
    ("<|start_header_id|>", "llama3"),
    ("<start_of_turn>", "gemma"),
    ("<|assistant|>", "phi3"),
    ("[INST]", "mistral"),
)
MARKS = frozenset(mark for mark, _ in _BY_MARK)
"""Tokens that tell a family; the header reader looks for them in a model's vocabulary."""


def template(family: str) -> Template:
    """The template of a family or of a model line that uses it. Raises ModelUnfit when there is none."""
    key = family.lower()
    found = TEMPLATES.get(_SAME.get(key, key))
    if found is None:
        known = ", ".join(sorted({*TEMPLATES, *_SAME}))
        raise ModelUnfit(f"There is no chat template for the family {family!r}; use a model of {known}.")
    return found


def family_of(vocabulary: Collection[str]) -> str:
    """The family whose mark is in a model's vocabulary, or an empty string."""
    return next((family for mark, family in _BY_MARK if mark in vocabulary), "")


def prompt(family: str, system: str, user: str) -> Prompt:
    """A system text and a user text in a family's frame, ready for the assistant to speak."""
    frame = template(family)
    prefix = (Segment(frame.before, True), Segment(system + frame.between_plain, False), Segment(frame.between, True))
    rest = (Segment(user, False), Segment(frame.after, True))
    return Prompt(_filled(prefix), _filled(rest))


def plain_tokens(
    text: str, cut: Callable[[str], list[int]], forged: Callable[[int], bool], spelling: Callable[[int], bytes]
) -> list[int]:
    """The tokens of a text, none of them one that `forged` refuses.

    Some model files mark template tokens as words, which a tokeniser then finds even in plain text: those places are
    cut apart after their first character.
    """
    parts = [text]
    for _ in range(_TRIES):
        found = [token for part in parts for token in cut(part)]
        marks = {spelling(token).decode("utf-8", "replace") for token in found if forged(token)}
        if not marks:
            return found
        inside = re.compile("|".join(f"(?<={re.escape(mark[:1])})(?={re.escape(mark[1:])})" for mark in marks if mark))
        parts = [piece for part in parts for piece in inside.split(part) if piece]
    return [token for part in parts for character in part for token in cut(character) if not forged(token)]


def _filled(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    return tuple(segment for segment in segments if segment.text)
