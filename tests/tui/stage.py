"""What the tests of the full-screen app share: an app on a stage of its own, and what its screen says."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from edgeops.cli.when import parse
from edgeops.knowledge.entry import Origin
from edgeops.paths import find
from edgeops.session import Session
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.newcomer import welcomed
from edgeops.tui.surroundings import Surroundings
from edgeops.tui.widgets.bars import StatusBar
from edgeops.tui.widgets.logview import LogView
from edgeops.tui.widgets.prompt import PromptInput

SAMPLES = Path(__file__).parents[2] / "samples"
NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)
PATIENCE_S = 40.0


def app_of(
    *paths: Path | str,
    lang: str = "en",
    ascii_only: bool = False,
    environ: Mapping[str, str] | None = None,
    new: bool = False,
) -> EdgeopsApp:
    """An app that reads these, at a fixed time. new: of somebody who was never welcomed."""
    given = {**os.environ, **(environ or {})}
    if not new:
        welcomed(find(given))
    around = Surroundings(
        environ=given,
        parse=parse,
        by=lambda: Origin("tester", "here", ""),
        make=lambda say: Session(given, lambda: NOW, say),
        ascii_only=ascii_only,
        lang=lang,
    )
    return EdgeopsApp([str(path) for path in paths], around)


@asynccontextmanager
async def running(app: EdgeopsApp, size: tuple[int, int] = (80, 24), read: bool = True) -> AsyncIterator[Pilot[Any]]:
    """The app, running; by default once it has read what was named. Its threads end with it.

    An app forks its helpers before it has threads: one that is begun while another's still hold locks would hand these down.
    """
    threads = ThreadPoolExecutor()
    asyncio.get_running_loop().set_default_executor(threads)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        if read:
            await until(pilot, lambda: app.session and not app.doing and (app.study is not None or not app.arguments))
        yield pilot
    ending = threading.Thread(target=threads.shutdown)
    ending.start()
    while ending.is_alive():
        await asyncio.sleep(0.005)


async def until(pilot: Pilot[Any], true: Callable[[], object]) -> None:
    """Wait for something to be true; fail after a while."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "it never came:\n" + screen(pilot.app)
        await pilot.pause(0.02)
    await pilot.pause()


def screen(app: Any) -> str:
    """What stands on the screen."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


def status(app: EdgeopsApp) -> str:
    """What the status line says."""
    bar = app.screen.query_one(StatusBar)
    return "".join(text for _, text in (*bar.left, *bar.right))


def view(app: EdgeopsApp) -> LogView:
    """The log view."""
    return app.screen.query_one(LogView)


def cursor(app: EdgeopsApp) -> bytes:
    """The line at the cursor of the log view."""
    item = view(app).cursor
    return item.row.raw if item else b""


async def typed(pilot: Pilot[Any], text: str) -> None:
    """Type a text and Enter into the line at the bottom that a key has opened."""
    await pilot.pause()
    pilot.app.screen.query_one(PromptInput).value = text
    await pilot.press("enter")
    await pilot.pause()


def numbered(lines: int, seconds: int = 2) -> bytes:
    """A log of so many lines from midnight of 2024-05-01 on, each tenth a warning, each hundredth an error."""
    return b"".join(
        b"2024-05-%02dT%02d:%02d:%02dZ host app[7]: %s line %d\n"
        % (1 + at * seconds // 86400, at * seconds // 3600 % 24, at * seconds // 60 % 60, at * seconds % 60,
           b"ERROR" if at % 100 == 99 else b"WARN" if at % 10 == 9 else b"INFO", at + 1)
        for at in range(lines)
    )  # fmt: skip


def write(path: Path, data: bytes) -> Path:
    """A file of these bytes."""
    path.write_bytes(data)
    return path
