"""`edgeops chat`: a conversation. Replies such as "no, the disk is fine" and "that was it" steer it. It is kept and found again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

import typer

from edgeops.cli.ask import Logs, NoModel, Readonly, Spoken, at_hand, tell
from edgeops.cli.console import Console, open_console
from edgeops.cli.explain import Listener, new_session
from edgeops.cli.options import Json, Lang, Last, Since, Until
from edgeops.cli.store import person
from edgeops.cli.talks import concluded, listed, shown
from edgeops.errors import UsageError
from edgeops.knowledge.documents.document import language
from edgeops.knowledge.talks import Hand
from edgeops.records import Talk
from edgeops.session import Session

app = typer.Typer()

_ENOUGH = frozenset(("exit", "quit", "bye", ":q", "退出", "再见"))
_HELP = "Ask, or say what you found ('no, the disk is fine', 'that was it'). 'exit' or Ctrl-D ends it."


@app.command()
def chat(
    name: Annotated[
        str, typer.Argument(metavar="[ID]", help="With --continue, --show or --did: which one, if not the latest.")
    ] = "",
    go_on: Annotated[bool, typer.Option("--continue", help="Go on with a conversation where it stopped.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the conversations, the latest first.")] = False,
    search: Annotated[str, typer.Option("--search", metavar="WORDS", help="List those that have the words.")] = "",
    show: Annotated[bool, typer.Option("--show", help="Print a conversation.")] = False,
    did: Annotated[str, typer.Option("--did", help="Say what mended it; the next one is answered with it.")] = "",
    log: Logs = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    lang: Spoken = Lang.AUTO,
    no_model: NoModel = False,
    readonly: Readonly = False,
    as_json: Json = False,
) -> int:
    """Ask, check, reply, ask on: a conversation that ends with what it was.

    Each line of standard input is a question or a reply to the last answer.
    """
    console = open_console()
    session = new_session(console, keep=not readonly)
    if listing or search:
        return listed(session, console, " ".join(filter(None, (search, name))), as_json)
    if show:
        return shown(session, console, name, as_json)
    if did:
        return concluded(session, console, session.recall(name), did, as_json)
    if name and not go_on:
        raise UsageError(f"'edgeops chat --continue {name}' goes on with it, --show {name} prints it; or ask on stdin.")
    sitting = _Sitting(session, console, lang, not no_model, as_json)
    if go_on:
        sitting.take_up(name)
    if log:
        sitting.hand, sitting.new_hand = at_hand(session, console, log, last, since, until), True
    return sitting.sit()


@dataclass
class _Sitting:
    """One stretch of a conversation."""

    session: Session
    console: Console
    lang: Lang
    model: bool
    as_json: bool
    talk: Talk = field(default_factory=lambda: Talk(""))
    hand: Hand = field(default_factory=Hand)
    new_hand: bool = False
    spoken: str = "auto"

    def take_up(self, name: str) -> None:
        """Go on with a conversation that was kept."""
        recalled = self.session.recall(name)
        self.talk, self.hand, self.spoken = recalled.talk, recalled.hand, recalled.talk.answers[-1].lang
        seen, turns = recalled.seen.astimezone(self.session.zone), len(self.talk.answers)
        logs = f" Incidents at hand: {len(self.hand.incidents)}." if self.hand.logs else ""
        asked = self.talk.answers[0].question
        self.console.note(
            f"Going on with {self.talk.id}: {asked} ({turns} turns, the last {seen:%Y-%m-%d %H:%M}).{logs}"
        )
        if self._typed:
            tell(self.console, self.talk, False)

    def sit(self) -> int:
        for said in self._lines():
            self._turn(said)
        if self.console.live:
            if self.session.keep and self.talk.answers:
                self.console.note(f"'edgeops chat --continue {self.talk.id}' goes on from here.")
            self.session.prepare()
        return 0

    def _turn(self, said: str) -> None:
        before, lang = self.talk, self.lang.value
        if self.lang is Lang.AUTO:
            lang = language(said) if self.spoken == "auto" or len(said) > len("ok") else self.spoken
        self.spoken = lang
        heard = Listener(self.console)
        self.talk = self.session.ask(said, before, self.hand.incidents, lang, self.model, heard)
        tell(self.console, self.talk, self.as_json)
        self.session.keep_talk(before, self.talk, person("chat"), self.hand if self.new_hand else None)
        self.new_hand = False
        if self.talk.settled != before.settled and self._typed and self.session.keep:
            self._ask_what_mended_it()

    def _ask_what_mended_it(self) -> None:
        self.console.hint("What mended it? The next one is answered with it. (Enter: nothing to note) ")
        if did := sys.stdin.readline().strip():
            concluded(self.session, self.console, self.session.recall(self.talk.id), did, False)

    @property
    def _typed(self) -> bool:
        """Whether a person sits at a terminal."""
        return self.console.live and sys.stdin.isatty()

    def _lines(self) -> Iterator[str]:
        """What the person types, line by line, until they have had enough."""
        if self._typed:
            self.console.note(_HELP)
        while True:
            if self._typed:
                self.console.hint("> ")
            line = sys.stdin.readline()
            if not line or line.strip().lower() in _ENOUGH:
                return
            if line.strip():
                yield line.strip()
