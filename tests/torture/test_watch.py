"""A watch that is killed again and again, or its model's process, under a writer that rotates: each line counts once.

The long form is `python -m bench.torture.watch`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.torture.crowd import crowd
from bench.torture.nursery import Nursery
from bench.torture.watch import torture
from edgeops.intake.feed import Checkpoint, Feed
from edgeops.intake.tail import Tail
from edgeops.session import Session
from edgeops.watch.service import Ears, running
from tests.torture.test_interrupts import gone
from tests.watch.test_faults_inside import until
from tests.watch.test_loop import chatter, text


def test_a_watch_that_is_killed_thirty_times_under_rotation_counts_every_line_once(tmp_path: Path) -> None:
    logs, home = tmp_path / "logs", tmp_path / "home"
    logs.mkdir()
    nursery = Nursery(logs, {**os.environ, "EDGEOPS_HOME": str(home)})
    try:
        outcome = torture(30, 1000, 0.7, seed=5, logs=logs, home=home, start=nursery.start, longest=10)
    finally:
        nursery.close()
    assert outcome.good, outcome
    assert outcome.kills == 30
    assert outcome.files > 5


def test_a_watch_readers_notes_and_backups_at_one_store_hinder_nobody(tmp_path: Path) -> None:
    outcome = crowd(4.0, 300, tmp_path)
    assert outcome.good, outcome
    assert outcome.notes and outcome.reads and outcome.backups
    assert outcome.longest_log_mb < 64


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_models_process_that_is_killed_or_stopped_is_no_concern_of_the_tail(
    tmp_path: Path, tiny_model: str, number: int, born: Callable[[], list[int]]
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    log = logs / "app.log"
    log.write_bytes(text([*chatter(50), b"2026-03-01T12:00:00Z web1 frob[4]: ERROR the frobnicator is out of phase"]))
    ears = Ears(lambda _: None, lambda _: None, lambda _: None, lambda _: None)
    session = Session(os.environ, lambda: datetime.now(UTC), lambda sentence: None)

    def feeds(known: Sequence[Checkpoint]) -> Sequence[Feed]:
        return [Tail([str(logs)], known)]

    with running(session, feeds, ears, time.monotonic, explain=True, lang="en", pause=lambda: "") as watch:
        until(lambda: bool(born()), "the model's process", watch.step)
        (child,) = born()
        os.kill(child, number)
        with log.open("ab") as more:
            more.write(text(chatter(100)))
        until(lambda: watch.loop.counters.lines == 151, "the lines after it", watch.step)
        began = time.monotonic()
    assert time.monotonic() - began < 5.0, "a model's process that hangs does not hold up the end"
    if number == signal.SIGSTOP:
        os.kill(child, signal.SIGKILL)
    assert gone(child)
