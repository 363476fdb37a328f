"""`edgeops tui`: the full-screen app."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from edgeops.cli.console import open_console
from edgeops.cli.options import Lang, Paths
from edgeops.cli.when import parse
from edgeops.errors import UsageError

if TYPE_CHECKING:
    from edgeops.knowledge.entry import Origin
    from edgeops.session import Session

if TYPE_CHECKING:
    from edgeops.knowledge.entry import Origin
    from edgeops.session import Session

app = typer.Typer()


@app.command()
def tui(
    paths: Paths = None,
    lang: Annotated[
        Lang, typer.Option(help="Language of the app and its answers; auto follows the locale.")
    ] = Lang.AUTO,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Draw nothing but ASCII.")] = False,
    readonly: Annotated[bool, typer.Option("--readonly", help="Keep nothing in the store.")] = False,
) -> int:
    """Look at logs and their incidents on the full screen: search, filter, follow, explain, copy what to do.

    `?` shows the keys.
    """
    console = open_console()
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The full screen needs a terminal; without one use edgeops scan or edgeops explain.")
    if "-" in (paths or ()):
        raise UsageError("The full screen reads keys from standard input, so it cannot read a log there; name a file.")
    # Textual is loaded here: no other command needs it, and `edgeops --help` must be quick.
    from edgeops.tui.app import EdgeopsApp
    from edgeops.tui.surroundings import Surroundings

    around = Surroundings(
        environ=os.environ,
        parse=parse,
        by=_person,
        make=lambda say: _session(say, not readonly),
        ascii_only=ascii_only or console.ascii_only,
        lang=lang.value,
    )
    full = EdgeopsApp(paths or [], around)
    full.run()
    if full.crash:
        raise full.crash
    return full.return_code or 0


def _session(say: Callable[[str], None], keep: bool) -> Session:
    # Loaded by a thread, after the first screen was painted.
    from edgeops.session import Session

    return Session(os.environ, lambda: datetime.now(UTC), say, None, keep)


def _person() -> Origin:
    # Opens the store's room, which the first screen does not need.
    from edgeops.cli.store import person

    return person()
