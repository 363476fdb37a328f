"""`edgeops explain`: what is wrong in these logs, why, and which lines prove it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

# typer: typed functions become commands; see pyproject.toml.
import typer

from edgeops.assistant.evidence import select_quiet
from edgeops.assistant.tour import Headway
from edgeops.assistant.why import Carried, carried
from edgeops.cli.answer import Painter
from edgeops.cli.carrying import shown
from edgeops.cli.console import Console, Progress, open_console
from edgeops.cli.options import NAMED, Budget, Json, Lang, Last, Paths, Since, Until
from edgeops.cli.when import parse
from edgeops.errors import EngineError, SourceError, UsageError
from edgeops.records import Chosen, Explanation, Finished, Incident, Piece, Reading, Reply, Tier
from edgeops.records import Progress as ReadingPrompt
from edgeops.session import Session, Wanted
from edgeops.text import counted

app = typer.Typer()

SHOWN = 3
WORTH_READING, QUIET_BUDGET = 5, 2_000


class Ask(StrEnum):
    AUTO = "auto"
    KNOWN = "known"
    REASONED = "reasoned"


@app.command()
def explain(
    paths: Paths = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    tier: Annotated[Ask, typer.Option(help="known: rules only. reasoned: always ask the model.")] = Ask.AUTO,
    no_model: Annotated[bool, typer.Option("--no-model", help="The same as --tier known.")] = False,
    lang: Annotated[Lang, typer.Option(help="Language of the answer; auto follows the locale.")] = Lang.AUTO,
    budget_chars: Budget = None,
    most: Annotated[
        int, typer.Option("--incidents", min=1, help="Explain so many incidents, the worst first.")
    ] = SHOWN,
    as_json: Json = False,
    readonly: Annotated[bool, typer.Option("--readonly", help="Keep nothing in the store.")] = False,
    why: Annotated[
        bool, typer.Option("--why", help="Show which lines carried each answer (asks the model again).")
    ] = False,
) -> int:
    """Find what is wrong in logs, say why, and cite the lines that prove it.

    Every answer names its tier: known (a rule fits, no model), reasoned (the model, checked by code) or insufficient.
    """
    console = open_console()
    session = new_session(console, keep=not readonly)
    reading = read(session, console, paths, last, since, until)
    answers = session.explain(
        reading.incidents[:most],
        session.lang(lang),
        "known" if no_model else tier.value,
        budget_chars or 0,
        Listener(console),
    )
    pairs, lines = [], []
    painter = Painter(console.columns, console.colour, console.ascii_only)
    for incident, answer in zip(reading.incidents, answers, strict=False):
        pairs.append((incident, answer))
        if not as_json:
            console.write(_text(painter, answer, len(pairs), reading))
            console.out.flush()
        if why:
            lines.append(_carried(session, console, incident, answer, budget_chars or 0))
            console.write([] if as_json else shown(painter, answer, lines[-1]))
    if as_json:
        told = [{**fields_of(a), "carried": c} for (_, a), c in zip(pairs, lines, strict=True)] if why else None
        console.json(told or [answer for _, answer in pairs])
    elif not pairs:
        console.say(_all_well(reading, session.lang(lang), narrowed=bool(since or until)))
        console.write(_quiet(painter, reading, session.lang(lang)))
    elif len(reading.incidents) > len(pairs):
        console.note(f"{len(reading.incidents) - len(pairs)} more incidents, less severe; --incidents N explains more.")
    console.out.flush()
    session.remember(pairs)
    return 1 if pairs else 0


def _carried(
    session: Session, console: Console, incident: Incident, answer: Explanation, budget: int
) -> tuple[Carried, ...]:
    """The lines that carried an answer; none where the model fails or is stopped, which a note says."""
    budget = budget or session.config.evidence.budget_chars
    try:
        return carried(incident, answer, session.book, lambda: session.mind, budget, Listener(console))
    except EngineError as error:
        console.note(f"Which lines carried the answer could not be found out: {error}")
    except KeyboardInterrupt:
        console.note("You stopped the model; which lines carried the answer was not found out.")
    return ()


def fields_of(answer: Explanation) -> dict[str, object]:
    """The answer's fields by their names, as JSON has them."""
    return {field.name: getattr(answer, field.name) for field in fields(answer)}


def new_session(console: Console, keep: bool = True) -> Session:
    """The session of one command."""
    return Session(os.environ, lambda: datetime.now(UTC), console.note, getattr(sys.stdin, "buffer", None), keep)


def read(
    session: Session,
    console: Console,
    paths: Sequence[str] | None,
    last: int | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Reading:
    """Read what the person named. Raises UsageError when that is nothing, SourceError when none of it can be read."""
    if not paths and (sys.stdin is None or sys.stdin.isatty()):
        raise UsageError("Name a log file or directory, or pipe a log in and write '-'.")
    now = session.here
    wanted = Wanted(last, parse(since, now), parse(until, now))
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise UsageError(f"--since {since} is later than --until {until}, so nothing lies between them; swap them.")
    with console.progress("reading", "B") as progress:

        def seen(headway: Headway) -> None:
            count = f"{headway.stops}/{headway.of_stops} " if headway.of_stops > 1 else ""
            rate = f"{headway.lines / max(progress.seconds, 0.1):,.0f} lines/s" if headway.lines else ""
            progress(headway.taken, headway.of_bytes, f"reading {count}{headway.label}", rate)

        reading = session.read(paths or ["-"], wanted, seen)
    if not reading.sources and not paths:
        raise UsageError("Standard input is empty; name a log file or directory, or pipe a log in and write '-'.")
    if not reading.sources:
        first = reading.skipped[0] if reading.skipped else None
        what = f"{first.source}: {first.reason}" if first else "There is no log in what you named; name a file."
        raise SourceError(what if len(reading.skipped) < 2 else f"None of the {len(reading.skipped)} sources: {what}")
    for skipped in reading.skipped[:NAMED]:
        console.note(f"Not read: {skipped.source}: {skipped.reason}")
    if len(reading.skipped) > NAMED:
        console.note(f"Not read: {len(reading.skipped) - NAMED} more sources; name a file to learn why.")
    for note in reading.notes:
        console.note(note)
    return reading


class Listener:
    """Shows on a live terminal what the model is doing; says nothing elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._text = ""

    def __call__(self, reply: Reply) -> None:
        if not self._console.live:
            return
        if self._bar is None:
            self._bar = self._console.progress("the model reads", "tokens").__enter__()
        match reply:
            case ReadingPrompt(done, total):
                self._bar(done, total, "the model reads")
            case Chosen():
                self._bar(0, label="the model chooses")
            case Piece(_, text):
                self._text += text
                self._bar(len(self._text), label=f"… {self._text[-60:]}")
            case Finished():
                self._bar.__exit__(None, None, None)
                self._bar, self._text = None, ""


def _text(painter: Painter, answer: Explanation, number: int, reading: Reading) -> Iterator[str]:
    incident = reading.incidents[number - 1]
    if number > 1:
        yield ""
        yield "-" * min(painter.columns, 80)
    if len(reading.incidents) > 1:
        yield f"{number}/{len(reading.incidents)}  {_span(incident)}"
    yield from painter.answer(answer)
    yield ""
    yield _footer(reading, answer)


def _quiet(painter: Painter, reading: Reading, lang: str) -> Iterator[str]:
    """Where nothing is wrong as far as is known: the few lines most worth reading, said to be that."""
    chosen = select_quiet(reading.rest[:WORTH_READING], (), QUIET_BUDGET).evidence
    if chosen:
        yield "最值得一读的几行：" if lang == "zh" else "The lines most worth reading all the same:"
    for line in chosen:
        yield from painter.line(line, "", lang)


def _span(incident: Incident) -> str:
    if not incident.start or not incident.end:
        return "no times in this log"
    return f"{incident.start:%Y-%m-%d %H:%M:%S} - {incident.end:%H:%M:%S}"


def _footer(reading: Reading, answer: Explanation) -> str:
    """What the answer rests on, and what it took where a model was asked."""
    timings, sources = answer.timings, len(reading.sources)
    asked = answer.tier is not Tier.KNOWN and timings.total_s
    if answer.lang == "zh":
        took = (
            f" · {timings.total_s:.1f} 秒，读入 {timings.prompt_tokens} 个词元，写出 {timings.tokens} 个"
            if asked
            else ""
        )
        return f"{sources} 个来源，{reading.lines} 行 · 事件 {answer.incident}{took}"
    took = f" · {timings.total_s:.1f} s, {timings.prompt_tokens} tokens read, {timings.tokens} written" if asked else ""
    return f"{counted(sources, 'source')}, {counted(reading.lines, 'line')} · incident {answer.incident}{took}"


def _all_well(reading: Reading, lang: str, narrowed: bool) -> str:
    count, sources = reading.lines, len(reading.sources)
    if lang == "zh":
        span = "在所给时间段内" if narrowed else ""
        return f"未发现问题：读取了 {sources} 个来源共 {count} 行，{span}没有错误，也没有与已知故障相符的行。"
    span = " in the time given" if narrowed else ""
    return f"Nothing wrong found: {counted(sources, 'source')}, {counted(count, 'line')}, no errors and no line of a known fault{span}."
