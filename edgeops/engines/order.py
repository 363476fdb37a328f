"""What a script and its replies must look like, whichever engine answers: one check for all, in both directions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from edgeops.errors import EngineLost, UsageError
from edgeops.records import Choose, Chosen, Finished, Piece, Progress, Reply, Say, Script, Write, Written

_LONGEST = 64
"""Characters a token may stand for, in the long run; a slot's text is bounded by this times its tokens."""
_ENDINGS = ("stop", "length", "eos")


def check(script: Script) -> None:
    """Raises UsageError when a script makes no sense: no or repeated options, repeated names, no room to write."""
    slots = [slot for slot in script.answer if isinstance(slot, (Choose, Write))]
    names = [slot.name for slot in slots]
    if len(set(names)) < len(names):
        raise UsageError(f"The script names a slot twice ({', '.join(names)}); give each its own name.")
    for slot in slots:
        if isinstance(slot, Choose) and (not slot.options or len(set(slot.options)) < len(slot.options)):
            raise UsageError(f"The slot {slot.name!r} has no options or repeats one; give it different ones.")
        if isinstance(slot, Choose) and any(_sound(option) != option for option in slot.options):
            raise UsageError(f"An option of the slot {slot.name!r} is no valid text; leave it out.")
        if isinstance(slot, Write) and slot.max_tokens < 1:
            raise UsageError(f"The slot {slot.name!r} allows no tokens; give it max_tokens of 1 or more.")


def cleaned(script: Script) -> Script:
    """The script without what UTF-8 cannot say (half a surrogate pair out of a file name); slots are left alone."""
    answer = tuple(Say(_sound(slot.text)) if isinstance(slot, Say) else slot for slot in script.answer)
    return replace(script, system=_sound(script.system), user=_sound(script.user), answer=answer)


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def checked(script: Script, replies: Iterable[Reply]) -> Iterator[Reply]:
    """The replies, up to and with Finished. Raises EngineLost at the first that the script does not call for."""
    slots = iter([slot for slot in script.answer if isinstance(slot, (Choose, Write))])
    slot = next(slots, None)
    done, room = -1, _room(slot)
    for reply in replies:
        if isinstance(reply, Progress):
            if not done < reply.done <= reply.total:
                raise _wrong(reply)
            done = reply.done
        elif isinstance(reply, Piece):
            room -= len(reply.text)
            if not isinstance(slot, Write) or reply.name != slot.name or room < 0 or not reply.text:
                raise _wrong(reply)
        elif isinstance(reply, Finished):
            if slot is not None:
                raise _wrong(reply)
            yield reply
            return
        else:
            if not _fills(slot, reply):
                raise _wrong(reply)
            slot = next(slots, None)
            room = _room(slot)
        yield reply
    raise EngineLost("The model's answer broke off before it was finished; try again.")


def _room(slot: Choose | Write | None) -> int:
    return slot.max_tokens * _LONGEST if isinstance(slot, Write) else 0


def _fills(slot: Choose | Write | None, reply: Chosen | Written) -> bool:
    if isinstance(slot, Choose) and isinstance(reply, Chosen) and reply.name == slot.name:
        shares = reply.probabilities
        sound = all(0.0 <= share <= 1.0 for share in shares) and math.isclose(sum(shares), 1.0, abs_tol=1e-3)
        return reply.option in slot.options and len(shares) == len(slot.options) and sound
    if isinstance(slot, Write) and isinstance(reply, Written) and reply.name == slot.name:
        return reply.ended in _ENDINGS and len(reply.text) <= _room(slot)
    return False


def _wrong(reply: Reply) -> EngineLost:
    return EngineLost(f"The model's process gave a {type(reply).__name__} that was not asked for; it was stopped.")
