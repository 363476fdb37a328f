"""Items as tokens, just as the engine reads them, with what is to be learnt at each place: the answer's slots, nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edgeops.engines.chat import Segment, prompt
from quantize.data.items import Fixed, Item, Pick, Text, item_of
from quantize.train.wish import TrainError

Weighted = tuple[tuple[int, float], ...]
"""Tokens that may come next, with the share of each; the shares sum to 1."""


class Cutter(Protocol):
    """Cuts text into tokens; special: template marks count as such."""

    end: int

    def cut(self, text: str, special: bool) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Target:
    """What comes after the token at a place. weight: every slot of an answer weighs 1, however many tokens it has."""

    place: int
    next: Weighted
    weight: float


@dataclass(frozen=True, slots=True)
class Encoded:
    """One item: its tokens, and the targets in order. written: it has words to write, not choices alone."""

    id: str
    tokens: tuple[int, ...]
    targets: tuple[Target, ...]
    written: bool


def encoded(item: Item, family: str, cutter: Cutter) -> Encoded:
    """The tokens of prompt and answer. Where several options are right they share; where none is, all do."""
    frame = prompt(family, item.system, item.user)
    tokens = [token for segment in (*frame.prefix, *frame.rest) for token in _cut(segment, cutter)]
    targets: list[Target] = []
    for at, part in enumerate(item.answer):
        if isinstance(part, Fixed):
            tokens += cutter.cut(part.say, False)
        elif isinstance(part, Pick):
            _choose(part, tokens, targets, cutter)
        else:
            following = item.answer[at + 1] if at + 1 < len(item.answer) else None
            _write(part, following, tokens, targets, cutter)
    return Encoded(item.id, tuple(tokens), tuple(targets), bool(item.texts))


def _cut(segment: Segment, cutter: Cutter) -> list[int]:
    return cutter.cut(segment.text, segment.special)


def _choose(part: Pick, tokens: list[int], targets: list[Target], cutter: Cutter) -> None:
    right = part.right or part.options
    paths = [cutter.cut(option, False) for option in right]
    # The other right options are only taught up to where they part from the first: the rest follows from there.
    width = max(1, len(paths[0]) if part.right else _first_fork(paths))
    for depth, token in enumerate(paths[0]):
        if depth < width:
            together = [path[depth] for path in paths if path[:depth] == paths[0][:depth] and len(path) > depth]
            share = tuple((one, together.count(one) / len(together)) for one in sorted(set(together)))
            targets.append(Target(len(tokens) - 1, share, 1 / width))
        tokens.append(token)


def _first_fork(paths: Sequence[Sequence[int]]) -> int:
    """How many tokens from the beginning there are up to and with the first in which the paths differ."""
    depth = 0
    while all(len(path) > depth + 1 for path in paths) and len({path[depth] for path in paths}) == 1:
        depth += 1
    return depth + 1


def _write(part: Text, following: object, tokens: list[int], targets: list[Target], cutter: Cutter) -> None:
    said = cutter.cut(part.text, False)
    after = cutter.cut(following.say, False)[:1] if isinstance(following, Fixed) else [cutter.end]
    wanted = [*said, *after]
    targets += [Target(len(tokens) - 1 + at, ((token, 1.0),), 1 / len(wanted)) for at, token in enumerate(wanted)]
    tokens += said


def read_items(file: Path) -> list[Item]:
    """The items of a file of the dataset. Raises TrainError that names the line."""
    items = []
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                items.append(item_of(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise TrainError(
                    f"Line {number} of {file} is no item of a dataset ({error}); make the dataset anew."
                ) from error
    return items
