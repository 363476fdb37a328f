"""A script as tokens, measured against the context before anything is read. Pure but for the tokeniser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeops.engines.chat import Segment, prompt
from edgeops.engines.runtime import Runtime
from edgeops.errors import ContextOverflow
from edgeops.records import Choose, Say, Script, Write


@dataclass(frozen=True, slots=True)
class Plan:
    """A script as tokens. spaced tells of each slot that the space before it moved into it (see `plan`)."""

    prefix: list[int]
    rest: list[int]
    slots: tuple[Say | Choose | Write, ...]
    tokens: tuple[tuple[list[int], ...], ...]
    spaced: tuple[bool, ...]

    @property
    def needed(self) -> int:
        """Tokens that the whole run can take."""
        total = len(self.prefix) + len(self.rest)
        for slot, options in zip(self.slots, self.tokens, strict=True):
            total += slot.max_tokens if isinstance(slot, Write) else max(map(len, options))
        return total


def plan(runtime: Runtime, family: str, script: Script) -> Plan:
    """The tokens of a script. Raises ContextOverflow before anything is read.

    A space at the end of a Say moves into the slot that follows, since models write ` word` as one token and guess
    badly after a lone space.
    """
    frame = prompt(family, script.system, script.user)
    spaced = [_moves(script.answer, at) for at in range(len(script.answer))]
    tokens: list[tuple[list[int], ...]] = []
    for at, slot in enumerate(script.answer):
        if isinstance(slot, Say):
            moves = at + 1 < len(spaced) and spaced[at + 1]
            tokens.append((runtime.tokens(slot.text[:-1] if moves else slot.text, False),))
        elif isinstance(slot, Choose):
            lead = " " if spaced[at] else ""
            tokens.append(tuple(runtime.tokens(lead + option, False) for option in slot.options))
        else:
            tokens.append(())
    made = Plan(
        [*runtime.starts, *_tokens(runtime, frame.prefix)],
        _tokens(runtime, frame.rest),
        script.answer,
        tuple(tokens),
        tuple(spaced),
    )
    if made.needed > runtime.context:
        raise ContextOverflow(made.needed, runtime.context)
    return made


def _moves(answer: Sequence[Say | Choose | Write], at: int) -> bool:
    before = answer[at - 1] if at else None
    return isinstance(before, Say) and before.text.endswith(" ") and not isinstance(answer[at], Say)


def _tokens(runtime: Runtime, segments: Sequence[Segment]) -> list[int]:
    return [token for segment in segments for token in runtime.tokens(segment.text, segment.special)]
