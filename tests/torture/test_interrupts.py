"""Ctrl-C, kills, hangs and hang-ups at random moments: an answer or a quiet end, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import pty
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import children_of
from tests.torture.calls import home

COMMAND = [sys.executable, "-m", "edgeops", "explain", "--tier", "reasoned"]


def awaited_child(pid: int, ended: Callable[[], bool]) -> int | None:
    """The model's process, as soon as it runs its own program: before that the one that starts it waits for it."""
    while not ended():
        for child in children_of(pid):
            if command_of(child) not in (b"", command_of(pid)):
                return child
        time.sleep(0.002)
    return None


def command_of(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def gone(pid: int | None) -> bool:
    """Whether a process ends within two seconds (one that nobody has reaped yet has ended)."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return pid is None


def before_ours(shown: str) -> bool:
    """Whether Ctrl-C came while Python started or looked for our first module: nothing of ours was there to answer."""
    if "init_import_site" in shown:
        return True
    return "<frozen runpy>" in shown and not any(word in shown for word in (", in main\r", "Exception ignored"))


def leftovers() -> list[Path]:
    return [path for path in home().rglob("*") if path.name.endswith((".tmp", ".new", ".part", "-journal"))]


@dataclass
class Running:
    """edgeops as the leader of its own session on a terminal."""

    pid: int
    screen: int
    shown: bytes = b""
    code: int | None = None

    def watch(self, until: Callable[[], bool]) -> None:
        """Take in what is shown until something is so, or the program ends."""
        while self.code is None and not until():
            if select.select([self.screen], [], [], 0.005)[0]:
                with contextlib.suppress(OSError):
                    self.shown += os.read(self.screen, 1 << 16)
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.code = os.waitstatus_to_exitcode(status)

    def press_ctrl_c(self) -> None:
        os.write(self.screen, b"\x03")


@contextlib.contextmanager
def on_a_terminal(*arguments: object) -> Iterator[Running]:
    pid, screen = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(COMMAND[0], [*COMMAND, *map(str, arguments)])
    running = Running(pid, screen)
    try:
        yield running
    finally:
        os.close(screen)
        if running.code is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_at_any_moment_ends_it_quietly_or_gives_what_is_known(presses: int, log: Path, tiny_model: str) -> None:
    dice = random.Random(presses)
    for moment in [dice.uniform(0, 1.6) for _ in range(8)]:
        begun = time.monotonic()
        with on_a_terminal(log) as running:
            running.watch(lambda: time.monotonic() - begun > moment)  # noqa: B023
            children = children_of(running.pid)
            for _ in range(presses):
                running.press_ctrl_c()
                pressed = time.monotonic()
                running.watch(lambda: time.monotonic() - pressed > 0.05)  # noqa: B023
            running.watch(lambda: time.monotonic() - begun > 20)  # noqa: B023
        shown = running.shown.decode("utf-8", "replace")
        if before_ours(shown):
            continue
        assert running.code in (130, 1, -signal.SIGINT), (moment, running.code, shown)
        assert running.code != 1 or "java" in shown
        noise = [
            word for word in ("Traceback", "Exception ignored", "unexpected", "KeyboardInterrupt") if word in shown
        ]
        assert not noise, f"{moment}: {shown[-3000:]}"
        assert "\x1b[?" not in shown, "a cursor or a screen is not as it was"
        assert all(map(gone, children))
        assert leftovers() == []


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL])
def test_the_models_process_never_outlives_ours(kind: signal.Signals, log: Path, tiny_model: str) -> None:
    process = subprocess.Popen([*COMMAND, str(log)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    child = awaited_child(process.pid, lambda: process.poll() is not None)
    process.send_signal(kind)
    assert process.communicate(timeout=20)[1] == b""
    assert process.returncode == -kind
    assert gone(child)


def test_a_terminal_that_is_closed_takes_everything_along(log: Path, tiny_model: str) -> None:
    with on_a_terminal(log) as running:
        child = awaited_child(running.pid, lambda: False)
        os.close(running.screen)
        _, status = os.waitpid(running.pid, 0)
        running.code = os.waitstatus_to_exitcode(status)
        running.screen = os.open(os.devnull, os.O_RDONLY)
    assert running.code in (-signal.SIGHUP, 1)
    assert gone(child)


def test_a_model_killed_at_any_moment_costs_its_tier_only(log: Path, tiny_model: str) -> None:
    dice = random.Random(7)
    for _ in range(6):
        process = subprocess.Popen([*COMMAND, str(log)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        child = awaited_child(process.pid, lambda: process.poll() is not None)  # noqa: B023
        time.sleep(dice.uniform(0, 0.6))
        with contextlib.suppress(ProcessLookupError):
            os.kill(child or 0, signal.SIGKILL)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (1, "")
        assert "java" in out
        assert "[known:" in out or "[reasoned:" in out or "[insufficient:" in out
        assert gone(child)
        assert leftovers() == []


def test_a_model_that_hangs_is_given_up(log: Path, tiny_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOPS_MODEL__TIMEOUT_S", "1")
    process = subprocess.Popen([*COMMAND, str(log)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    child = awaited_child(process.pid, lambda: process.poll() is not None)
    assert child
    os.kill(child, signal.SIGSTOP)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (1, "")
    assert "was silent for 1 s" in " ".join(out.split())
    assert "java" in out
    assert gone(child)


def test_a_model_without_room_costs_its_tier_only(log: Path, tiny_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOPS_MODEL__CONTEXT", "131072")
    process = subprocess.run(
        ["/bin/bash", "-c", 'ulimit -v 700000; exec "$@"', "bash", *COMMAND, str(log)], capture_output=True, text=True
    )
    assert process.returncode == 1
    assert "java" in process.stdout
