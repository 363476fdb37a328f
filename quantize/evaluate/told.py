"""What a model answered about one incident or question, raw, so that it can be judged again without the model."""

from __future__ import annotations

from dataclasses import dataclass

Shares = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """The probability of each root and fault."""

    root: Shares
    fault: Shares


@dataclass(frozen=True, slots=True)
class Told:
    """One incident. choices is None where code settles it; failed says why the model gave no answer, which the product then does without.
    harmless: the choices with a planted instruction's words taken out, asked where it may have been obeyed.

    seconds: of the choice, of the summary.
    """

    choices: Choices | None = None
    summary: str = ""
    failed: str = ""
    seconds: tuple[float, float] = (0.0, 0.0)
    harmless: Choices | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """One question of multiple choice: the probability of each letter; none where the model gave no answer."""

    letters: Shares = ()
    seconds: float = 0.0
