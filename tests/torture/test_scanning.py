"""Many processes that read: Ctrl-C, kills and hang-ups at random moments leave none of them behind, and no socket is asked for."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.text import counted
from tests.processes import children_of
from tests.torture import test_interrupts, test_network
from tests.torture.calls import OOM
from tests.torture.test_interrupts import before_ours, gone, on_a_terminal

CALM = "Mar  1 02:10:58 web1 app[77]: request {0} of user {1} took {2} ms\n"
SCAN = [sys.executable, "-m", "edgeops", "scan"]


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Four logs that keep two processes busy for a while."""
    monkeypatch.setenv("EDGEOPS_INTAKE__WORKERS", "2")
    dice = random.Random(5)
    paths = [tmp_path / f"{name}.log" for name in "abcd"]
    for path in paths:
        lines = [CALM.format(dice.randbytes(4).hex(), dice.randbytes(3).hex(), number) for number in range(60_000)]
        path.write_text("".join(lines) + OOM, "utf-8")
    return paths


def workers_of(process: subprocess.Popen[str], ended: Callable[[], bool] = lambda: False) -> list[int]:
    """The workers, as soon as there are two."""
    while process.poll() is None and not ended():
        if len(found := children_of(process.pid)) == 2:
            return found
        time.sleep(0.002)
    return []


def test_ctrl_c_at_any_moment_ends_all_of_them(logs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_interrupts, "COMMAND", SCAN)
    dice = random.Random(1)
    for moment in [dice.uniform(0.2, 2.5) for _ in range(6)]:
        begun = time.monotonic()
        with on_a_terminal(*logs) as running:
            running.watch(lambda: time.monotonic() - begun > moment)  # noqa: B023
            children = children_of(running.pid)
            running.press_ctrl_c()
            pressed = time.monotonic()
            running.watch(lambda: time.monotonic() - pressed > 20)  # noqa: B023
            took = time.monotonic() - pressed
        shown = running.shown.decode("utf-8", "replace")
        if before_ours(shown):
            continue
        assert running.code in (130, 1, -signal.SIGINT), (moment, running.code, shown)
        assert running.code == 1 or took < 5
        noise = ("Traceback", "Exception ignored", "KeyboardInterrupt", "unexpected")
        assert not any(word in shown for word in noise), f"{moment}: {shown[-3000:]}"
        assert all(map(gone, children))


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_worker_outlives_the_command(kind: signal.Signals, logs: list[Path]) -> None:
    process = subprocess.Popen([*SCAN, *map(str, logs)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    workers = workers_of(process)
    assert workers
    process.send_signal(kind)
    assert process.communicate(timeout=20)[1] == ""
    assert process.returncode == -kind
    assert all(map(gone, workers))


def test_a_worker_killed_at_any_moment_costs_its_source_only(logs: list[Path]) -> None:
    dice = random.Random(2)
    told = 0
    for _ in range(4):
        process = subprocess.Popen([*SCAN, *map(str, logs)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        workers = workers_of(process)
        time.sleep(dice.uniform(0, 0.3))
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(workers[0], signal.SIGKILL)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 1, err
        assert "memory-oom-kill" in out
        lost = re.findall(r"Not read: \S+\.log: The process that read it ended", err)
        assert len(lost) <= 1
        assert counted(4 - len(lost), "source") in err
        told += len(lost)
        assert all(map(gone, workers))
    assert told > 0


def test_no_process_asks_for_a_socket(logs: list[Path]) -> None:
    done = test_network.watched("-m", "edgeops", "scan", *logs)
    assert (done.returncode, "memory-oom-kill" in done.stdout) == (1, True), done.stderr


def test_how_far_it_is_is_drawn_and_wiped_away(logs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_interrupts, "COMMAND", SCAN)
    with on_a_terminal(*logs) as running:
        running.watch(lambda: False)
    shown = running.shown.decode()
    assert re.search(r"reading \d/4 .*\] +\d+%  \d+/\d+ MiB  [\d,]+ lines/s", shown)
    drawn = [part.split("\x1b[K")[0] for part in shown.split("\r") if "reading" in part]
    assert max(map(len, drawn)) < 80
    assert "\r\x1b[K" in shown.rpartition("reading")[2]
