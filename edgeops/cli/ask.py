"""`edgeops ask`: a question, answered from what is known and the logs at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from edgeops.cli.answer import Painter
from edgeops.cli.console import Console, open_console
from edgeops.cli.explain import Listener, new_session, read
from edgeops.cli.options import Json, Lang, Last, Since, Until
from edgeops.cli.store import person
from edgeops.errors import UsageError
from edgeops.knowledge.documents.document import language
from edgeops.knowledge.talks import Hand
from edgeops.records import Answer, Evidence, Knowledge, Talk
from edgeops.session import Session

app = typer.Typer()

Logs = Annotated[
    list[str] | None, typer.Option("--log", help="Logs at hand: a file, a directory or a glob; may be given again.")
]
NoModel = Annotated[bool, typer.Option("--no-model", help="Answer from the store and the logs alone.")]
Readonly = Annotated[bool, typer.Option("--readonly", help="Keep nothing in the store.")]
Spoken = Annotated[Lang, typer.Option(help="Language of the answer; auto follows the question.")]


@dataclass(frozen=True, slots=True)
class Given:
    """What `ask --json` prints."""

    answer: str
    tier: str
    cites: tuple[str, ...]
    knowledge: tuple[Knowledge, ...]
    evidence: tuple[Evidence, ...]
    record: Answer
    talk: str = ""
    """The conversation's id, for `chat --continue ID`."""


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in English or Chinese.")],
    log: Logs = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    lang: Spoken = Lang.AUTO,
    no_model: NoModel = False,
    readonly: Readonly = False,
    as_json: Json = False,
) -> int:
    """Answer a question from what is known and the logs at hand, with citations.

    A sentence that nothing here bears out is marked as general knowledge.
    """
    if not question.strip():
        raise UsageError('Ask something, such as: edgeops ask "why does nginx answer 502?" --log /var/log/nginx')
    console = open_console()
    session = new_session(console, keep=not readonly)
    hand = at_hand(session, console, log, last, since, until)
    spoken = lang.value if lang is not Lang.AUTO else language(question)
    talk = session.ask(question, Talk(""), hand.incidents, spoken, not no_model, Listener(console))
    tell(console, talk, as_json)
    session.keep_talk(Talk(""), talk, person("ask"), hand)
    if console.live:
        if not readonly:
            console.note(f"'edgeops chat --continue {talk.id}' goes on from here.")
        session.prepare()
    return 0


def at_hand(
    session: Session,
    console: Console,
    log: Sequence[str] | None,
    last: int | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Hand:
    """The logs that were named and the incidents in them; nothing when none were."""
    return Hand(tuple(log), read(session, console, log, last, since, until).incidents) if log else Hand()


def tell(console: Console, talk: Talk, as_json: bool) -> None:
    """Print the last answer."""
    answer = talk.answers[-1]
    if as_json:
        cites, known = answer.cites, answer.knowledge
        console.json(Given(answer.text, answer.tier.value, cites, known, answer.evidence, answer, talk.id))
    else:
        console.write(Painter(console.columns, console.colour, console.ascii_only).reply(answer))
    console.out.flush()
