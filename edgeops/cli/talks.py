"""Conversations that were kept: listed, searched, printed, and concluded by what mended it."""

from __future__ import annotations

from edgeops.cli.answer import Painter
from edgeops.cli.console import Console
from edgeops.cli.store import person
from edgeops.knowledge.talks import NONE_YET, Recalled
from edgeops.session import Session
from edgeops.text import show, wrap


def listed(session: Session, console: Console, words: str, as_json: bool) -> int:
    """One line each, or JSON lines."""
    found = session.talks(words)
    for one in found:
        if as_json:
            console.json(one)
        else:
            seen = one.seen.astimezone(session.zone)
            turns = f"{one.turns} turn{'s' if one.turns > 1 else ''}"
            settled = f"  [{one.settled}]" if one.settled else ""
            console.say(f"{one.id}  {seen:%Y-%m-%d %H:%M}  {turns}{settled}  {one.said}")
    if not found and not as_json:
        console.note(f"No conversation has these words: {words}" if words else NONE_YET)
    return 0


def shown(session: Session, console: Console, name: str, as_json: bool) -> int:
    """All turns of a conversation, as they were printed."""
    recalled = session.recall(name)
    if as_json:
        console.json(recalled)
        return 0
    painter = Painter(console.columns, console.colour, console.ascii_only)
    for number, answer in enumerate(recalled.talk.answers):
        if number:
            console.say("")
        console.write(wrap(show(f"> {answer.question}", ascii_only=console.ascii_only), max(console.columns, 20)))
        console.write(painter.reply(answer))
    return 0


def concluded(session: Session, console: Console, recalled: Recalled, did: str, as_json: bool) -> int:
    """What mended it becomes an entry."""
    talk = recalled.talk
    entry = session.conclude(talk, recalled.hand, did, person("chat"), talk.answers[-1].lang)
    if as_json:
        console.json(entry)
    else:
        console.say(f"{entry.title}. Kept as {entry.id}.")
    return 0
