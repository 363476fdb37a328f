"""`edgeops chat`: a conversation. Replies such as "no, the disk is fine" and "that was it" steer it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import typer

from edgeops.cli.ask import Logs, NoModel, Spoken, at_hand, tell
from edgeops.cli.console import Console, open_console
from edgeops.cli.explain import Listener, new_session
from edgeops.cli.options import Json, Lang, Last, Since, Until
from edgeops.knowledge.documents.document import language
from edgeops.records import Talk

app = typer.Typer()

_ENOUGH = frozenset(("exit", "quit", "bye", ":q", "退出", "再见"))
_HELP = "Ask, or say what you found ('no, the disk is fine', 'that was it'). 'exit' or Ctrl-D ends it."


@app.command()
def chat(
    log: Logs = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    lang: Spoken = Lang.AUTO,
    no_model: NoModel = False,
    as_json: Json = False,
) -> int:
    """Ask, check, reply, ask on: a conversation that ends with what it was.

    Each line of standard input is a question or a reply to the last answer.
    """
    console = open_console()
    session = new_session(console)
    incidents = at_hand(session, console, log, last, since, until)
    talk, spoken = Talk(""), lang.value
    for said in _lines(console):
        if lang is Lang.AUTO and (spoken == "auto" or len(said) > len("ok")):
            spoken = language(said)
        talk = session.ask(said, talk, incidents, spoken, not no_model, Listener(console))
        tell(console, talk.answers[-1], as_json)
        console.out.flush()
    if console.live:
        session.prepare()
    return 0


def _lines(console: Console) -> Iterator[str]:
    """What the person types, line by line, until they have had enough."""
    if console.live and sys.stdin.isatty():
        console.note(_HELP)
    while True:
        if console.live and sys.stdin.isatty():
            console.hint("> ")
        line = sys.stdin.readline()
        if not line or line.strip().lower() in _ENOUGH:
            return
        if line.strip():
            yield line.strip()
