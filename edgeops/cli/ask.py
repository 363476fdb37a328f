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
from edgeops.errors import UsageError
from edgeops.knowledge.documents.document import language
from edgeops.records import Answer, Evidence, Incident, Knowledge, Talk
from edgeops.session import Session

app = typer.Typer()

Logs = Annotated[
    list[str] | None, typer.Option("--log", help="Logs at hand: a file, a directory or a glob; may be given again.")
]
NoModel = Annotated[bool, typer.Option("--no-model", help="Answer from the store and the logs alone.")]
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


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in English or Chinese.")],
    log: Logs = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    lang: Spoken = Lang.AUTO,
    no_model: NoModel = False,
    as_json: Json = False,
) -> int:
    """Answer a question from what is known and the logs at hand, with citations.

    A sentence that nothing here bears out is marked as general knowledge.
    """
    if not question.strip():
        raise UsageError('Ask something, such as: edgeops ask "why does nginx answer 502?" --log /var/log/nginx')
    console = open_console()
    session = new_session(console)
    incidents = at_hand(session, console, log, last, since, until)
    spoken = lang.value if lang is not Lang.AUTO else language(question)
    talk = session.ask(question, Talk(""), incidents, spoken, not no_model, Listener(console))
    tell(console, talk.answers[-1], as_json)
    if console.live:
        console.out.flush()
        session.prepare()
    return 0


def at_hand(
    session: Session,
    console: Console,
    log: Sequence[str] | None,
    last: int | None = None,
    since: str | None = None,
    until: str | None = None,
) -> tuple[Incident, ...]:
    """The incidents in the logs that were named; none when none were."""
    return read(session, console, log, last, since, until).incidents if log else ()


def tell(console: Console, answer: Answer, as_json: bool) -> None:
    """Print one answer."""
    if as_json:
        console.json(Given(answer.text, answer.tier.value, answer.cites, answer.knowledge, answer.evidence, answer))
    else:
        console.write(Painter(console.columns, console.colour, console.ascii_only).reply(answer))
