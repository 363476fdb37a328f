"""A line held against known faults one by one, as the runtime asks it: yes for the one that it shows, no for all others.

Such items are short, and there are many ways to put one line among faults: here a model learns most of what belongs together.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from edgeops.assistant.casebook import Casebook
from edgeops.assistant.known import title_of
from edgeops.assistant.matching import ANSWERS, matching
from edgeops.records import Evidence, Fault, Script
from quantize.data.likeness import alike

MOST = 6
_NEAR, _FAR = 5, 1
"""So many faults more are drawn of those that the line is most like, and of all."""
_HIDDEN = 0.18
"""So often the right one is left out, and nothing fits."""


@dataclass(frozen=True, slots=True)
class Match:
    """The run, what is right in its slots, and the faults that it asks about, in their order."""

    script: Script
    right: Mapping[str, tuple[str, ...]]
    faults: tuple[str, ...]


def match(
    line: Evidence, fault: Fault | None, offered: Mapping[str, str], book: Casebook, lang: str, dice: random.Random
) -> Match | None:
    """A line among faults. fault is what it shows, known to the book or not; offered: titles of faults that the runtime would ask about.

    None where nothing is left to ask about.
    """
    titles = dict(offered)
    near = [one for one in book.alike([line.message]) if one not in titles]
    others = [one for one in book.faults if one not in titles]
    drawn = dice.sample(near, min(len(near), _NEAR)) + dice.sample(others, min(len(others), _FAR))
    for one in drawn:
        titles[one] = title_of(book.faults[one], lang)
    shown = fault.id if fault and fault.id in titles and dice.random() >= _HIDDEN else ""
    wrong = [one for one in titles if not (fault and _as_good(book.faults[one], fault))]
    dice.shuffle(wrong)
    asked = [*wrong[: dice.randint(2, MOST) - bool(shown)], *([shown] if shown else [])]
    if not asked:
        return None
    dice.shuffle(asked)
    yes, no = ANSWERS[lang]
    right = {f"fits{number}": (yes if one == shown else no,) for number, one in enumerate(asked, 1)}
    return Match(matching(line, [titles[one] for one in asked], lang), right, tuple(asked))


def _as_good(offered: Fault, right: Fault) -> bool:
    """Whether nobody could say that the line does not show this one, too."""
    return offered.id == right.id or alike(offered, right) or alike(right, offered)
