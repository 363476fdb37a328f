"""What the tests of questions share: an engine that speaks, and the screen asked and waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgeops import paths
from edgeops.assistant.reasoned import Mind
from edgeops.records import Finished, Piece, Progress, Reply, Script, Timings, Written
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.screens.ask import AskScreen
from tests.tui.stage import SAMPLES, typed, until

OOM = SAMPLES / "01-oom-kill-behind-502.log"
WHY = "why does nginx answer 502?"


class Speaker:
    """An engine that writes what it is given, a word at a time, as fast as it is let; it keeps what it was asked."""

    def __init__(self, text: str, free: bool = True) -> None:
        self.text, self.scripts = text, list[Script]()
        self.go, self.spoke, self.ended = threading.Event(), threading.Event(), threading.Event()
        if free:
            self.go.set()

    def run(self, script: Script) -> Iterator[Reply]:
        self.scripts.append(script)
        try:
            yield Progress(300, 700)
            for word in self.text.split(" "):
                yield Piece("answer", f"{word} ")
                self.spoke.set()
                while not self.go.wait(0.1):
                    yield Piece("answer", "")
            yield Written("answer", self.text, "stop")
            yield Finished("speaker-1b", Timings())
        finally:
            self.ended.set()


def ask_screen(app: EdgeopsApp) -> AskScreen:
    found = app.screen
    assert isinstance(found, AskScreen)
    return found


async def asked(pilot: Any, text: str) -> None:
    """Ask on the screen of questions, and wait for the answer."""
    found = ask_screen(pilot.app)
    turns = len(found.conversation.talk.answers)
    await pilot.press("a")
    await typed(pilot, text)
    await until(pilot, lambda: not found.coming and len(found.conversation.talk.answers) > turns)


def taught(app: EdgeopsApp, engine: Speaker) -> None:
    assert app.session
    app.session.__dict__["mind"] = Mind(engine)


def store_file() -> Path:
    import os

    return paths.find(os.environ).store_file
