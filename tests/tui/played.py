"""The real app with a recorded model: `python -m tests.tui.played RECORDING LOG…`. What it is told is recorded by `recorded`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from edgeops.assistant.reasoned import Mind
from edgeops.cli.when import parse
from edgeops.engines.replay import ReplayEngine, record
from edgeops.hooks import Engine
from edgeops.knowledge.entry import Origin
from edgeops.records import Choose, Chosen, Finished, Piece, Progress, Reply, Script, Timings, Write, Written
from edgeops.session import Session
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.surroundings import Surroundings

NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)
SAID = "The flux capacitor desynchronised beyond repair."


class Sure:
    """An engine that takes the first of all options and always says the same."""

    def run(self, script: Script) -> Iterator[Reply]:
        yield Progress(1, 1)
        for slot in script.answer:
            if isinstance(slot, Choose):
                rest = 0.1 / max(len(slot.options) - 1, 1)
                shares = (0.9, *[rest] * (len(slot.options) - 1)) if len(slot.options) > 1 else (1.0,)
                yield Chosen(slot.name, slot.options[0], shares)
            elif isinstance(slot, Write):
                yield Piece(slot.name, SAID)
                yield Written(slot.name, SAID, "stop")
        yield Finished("replay", Timings())


def session_of(engine: Engine, say: Callable[[str], None]) -> Session:
    """A session whose model is that engine."""
    session = Session(os.environ, lambda: NOW, say)
    session.__dict__["mind"] = Mind(engine)
    return session


def recorded(recording: Path, logs: Sequence[str]) -> None:
    """Have what a model would be asked about these answered, and recorded. Keeps nothing in the store."""
    session = session_of(record(Sure(), recording), lambda text: None)
    list(session.explain(session.read(logs).incidents, "en", "auto"))


def main() -> int:
    recording, *logs = sys.argv[1:]
    around = Surroundings(
        environ=os.environ,
        parse=parse,
        by=lambda: Origin("tester", "here", ""),
        make=lambda say: session_of(ReplayEngine(Path(recording)), say),
        lang="en",
    )
    full = EdgeopsApp(logs, around)
    full.run()
    if full.crash:
        raise full.crash
    return full.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
