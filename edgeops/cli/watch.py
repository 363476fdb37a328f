"""`edgeops watch`: follows logs for ever, tells each incident once and explains it in the background."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated

import typer

from edgeops import paths as places
from edgeops.cli.console import Console, open_console
from edgeops.cli.explain import new_session
from edgeops.cli.options import NAMED, Json, Lang
from edgeops.cli.watching import Teller, health, told_status
from edgeops.errors import SourceError, StoreError, UsageError
from edgeops.intake.journal import Journal
from edgeops.intake.pipe import Pipe
from edgeops.knowledge.database import Database
from edgeops.session import Session
from edgeops.watch import host
from edgeops.watch.explaining import Explained
from edgeops.watch.following import Targets, feeds
from edgeops.watch.hand import hands_of
from edgeops.watch.service import Ears, Service, running
from edgeops.watch.status import status
from edgeops.watch.systemd import Notifier

app = typer.Typer()

HEALTH_S = 60.0
_RELOAD = signal.SIGHUP


@app.command()
def watch(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, directories, globs to follow, or `-` (stdin).")
    ] = None,
    journal: Annotated[bool, typer.Option("--journal", help="Follow systemd's journal as well.")] = False,
    listen: Annotated[
        list[str] | None, typer.Option(help="Take syslog at udp:PORT or tcp:PORT (loopback), or unix:PATH.")
    ] = None,
    include: Annotated[list[str] | None, typer.Option(help="In directories only files like this, as '*.log'.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="In directories no files like this.")] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Read what is new since the last time, then end (for cron).")
    ] = False,
    from_end: Annotated[
        bool, typer.Option("--from-end", help="Of files seen for the first time, pass over what they hold now.")
    ] = False,
    old: Annotated[bool, typer.Option("--old", help="At the first start read rotated files as well.")] = False,
    no_explain: Annotated[bool, typer.Option("--no-explain", help="Find incidents, explain none.")] = False,
    no_model: Annotated[bool, typer.Option("--no-model", help="Explain by what is known alone.")] = False,
    show_status: Annotated[
        bool, typer.Option("--status", help="Say how the watch of this store stands, and end.")
    ] = False,
    lang: Annotated[Lang, typer.Option(help="Language of the answers; auto follows the locale.")] = Lang.AUTO,
    as_json: Json = False,
) -> int:
    """Follow logs for ever: every line is read once, whatever is rotated, cut short or killed meanwhile.

    Incidents go to the store as they are found, and are explained in the background. Ctrl-C ends it; the next watch goes on
    where this one stopped.
    """
    console = open_console()
    if show_status:
        return _status(console, as_json)
    targets = Targets(paths or [], include or [], exclude or [], journal, listen or [], once, from_end, old)
    if not targets:
        raise UsageError("Name files or directories to follow, or use --journal, --listen or '-' (stdin).")
    with _signals() as signals:
        while True:
            session = new_session(console)
            teller = Teller(console, session.lang(lang), as_json, explains=not no_explain)
            ended = _watch(session, targets, teller, signals, explain=not no_explain, model=not no_model)
            if signals.last != _RELOAD:
                return 128 + signals.last if once and not ended else 1 if ended and teller.incidents else 0
            signals.last = 0
            console.note("The settings are read again.")


def _status(console: Console, as_json: bool) -> int:
    file = places.find(os.environ).store_file
    if not file.exists():
        raise StoreError("Nothing was ever watched here; 'edgeops watch PATH' begins.")
    # To be written to, so that a store of an older version is brought up to date first.
    database = Database(file)
    try:
        found = status(database)
    finally:
        database.close()
    if as_json:
        console.json(found)
    else:
        for line in told_status(found):
            console.say(line)
    return 0


@dataclass
class _Signals:
    """Which signal came last, and whom it is to wake."""

    last: int = 0
    wake: Callable[[], None] = field(default=lambda: None)

    def __call__(self, number: int, frame: object) -> None:
        if number == _RELOAD and self._terminal and not _on_terminal():
            number = signal.SIGTERM
        # A reload must not undo an end.
        self.last = number if self.last in (0, _RELOAD) else self.last
        self.wake()

    def __post_init__(self) -> None:
        self._terminal = _on_terminal()


def _on_terminal() -> bool:
    """Whether any stream is a terminal; one that was closed is none any more."""
    return any(map(os.isatty, range(3)))


@contextmanager
def _signals() -> Iterator[_Signals]:
    """SIGTERM, SIGINT and a terminal that is closed end the watch, SIGHUP makes it read its settings again."""
    heard = _Signals()
    before = {number: signal.signal(number, heard) for number in (signal.SIGTERM, signal.SIGINT, _RELOAD)}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(
    session: Session, targets: Targets, teller: Teller, signals: _Signals, *, explain: bool, model: bool
) -> bool:
    """Watch until a signal comes, or (then True) all there is was read."""
    settings = session.config.watch
    teller.bell = settings.bell
    notifier = Notifier(os.environ, time.monotonic)
    hands = hands_of(settings, os.environ, session.say)

    def explained(one: Explained) -> None:
        answer = teller.explained(one)
        if answer:
            for hand in hands:
                hand.give(answer)

    ears = Ears(teller.news, explained, teller.lost, session.say)
    made = feeds(targets, settings, _stdin)
    host.give_way(settings.nice)
    # Whoever runs it once waits for the answers.
    pause = (lambda: "") if targets.once else host.pause
    with running(
        session, made, ears, time.monotonic, explain=explain, model=model, lang=teller.lang, pause=pause
    ) as service:
        signals.wake = service.loop.wake
        _named(service, session.say)
        notifier.tell("READY=1")
        if targets.once:
            service.once(lambda: _over(service), lambda: bool(signals.last))
        else:
            _follow(service, teller, notifier, signals)
        notifier.tell("STOPPING=1")
        ended = not signals.last
        if ended and not targets.once:
            service.once(lambda: True, lambda: bool(signals.last))
        service.loop.end(whole=ended)
        teller.farewell(service)
        if service.loop.blocked:
            raise StoreError(service.loop.blocked)
    for hand in hands:
        hand.close()
    return ended


def _follow(service: Service, teller: Teller, notifier: Notifier, signals: _Signals) -> None:
    told, before = time.monotonic(), service.loop.counters.lines
    pipes = all(isinstance(feed, Pipe) for feed in service.loop.feeds)
    while not signals.last and not (pipes and _over(service)):
        service.step()
        notifier.beat()
        now = time.monotonic()
        if now - told >= HEALTH_S:
            if service.loop.counters.lines != before:
                line = health(service, service.loop.counters.lines - before, now - told)
                notifier.tell(f"STATUS={line}")
                if not teller.live:
                    teller.note(line)
            told, before = now, service.loop.counters.lines


def _over(service: Service) -> bool:
    """Whether what has an end (a pipe, a journal read once) is at it."""
    return not any(isinstance(feed, Pipe | Journal) and feed.descriptors() for feed in service.loop.feeds)


def _named(service: Service, say: Callable[[str], None]) -> None:
    """Say what cannot be followed."""
    troubles = [one for feed in service.loop.feeds for one in feed.standings() if one.trouble]
    for one in troubles[:NAMED]:
        say(f"{one.source}: {one.trouble}")
    if len(troubles) > NAMED:
        say(f"{len(troubles) - NAMED} more sources cannot be followed; 'edgeops watch --status' names them.")


def _stdin() -> int:
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceError("'-' is standard input, but nothing is piped in; name a file, or pipe a log in.")
    return sys.stdin.fileno()
