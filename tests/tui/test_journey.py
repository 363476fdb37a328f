"""One journey in a real terminal (tmux): open, explain, jump to a cited line, record a fix, leave; and ends that nobody wants."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops import paths
from edgeops.knowledge.store import Store
from edgeops.records import State
from tests.processes import children_of
from tests.tui.played import SAID, recorded
from tests.tui.stage import SAMPLES, numbered, write
from tests.tui.terminal import Launch
from tests.tui.test_incidents import STRANGE

PATIENCE_S = 60
ROOT = Path(__file__).parents[2]


class Tmux:
    """A terminal of 100 columns and 30 rows that keeps what is drawn in it, with a shell around what is run."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._socket, self.folder = str(folder / "tmux"), folder
        script = write(
            folder / "run.sh",
            f'stty -g > before; (cd {ROOT} && exec "$@"); echo $? > code; stty -g > after; echo THE END; sleep 600\n'.encode(),
        )
        self._call("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "sh", str(script), *command)

    def _call(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *arguments],
            env={**os.environ, "TERM": "xterm-256color"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        for key in keys:
            self._call("send-keys", key)

    def type(self, text: str) -> None:
        self._call("send-keys", "-l", text)
        self._call("send-keys", "Enter")

    def shown(self) -> str:
        return self._call("capture-pane", "-p")

    def resize(self, columns: int, rows: int) -> None:
        self._call("resize-window", "-x", str(columns), "-y", str(rows))

    def until(self, text: str) -> str:
        end = time.monotonic() + PATIENCE_S
        while text not in (shown := self.shown()):
            assert time.monotonic() < end, f"{text!r} never came:\n{shown}"
            time.sleep(0.05)
        return shown

    def alternate(self) -> bool:
        return self._call("display", "-p", "#{alternate_on}").strip() == "1"

    def close(self) -> None:
        self._call("kill-server")


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Tmux]:
    if not shutil.which("tmux"):
        pytest.skip("needs tmux")
    log = write(tmp_path / "strange.log", STRANGE)
    recorded(tmp_path / "recording.json", [str(log)])
    terminal = Tmux(tmp_path, [sys.executable, "-m", "tests.tui.played", str(tmp_path / "recording.json"), str(log)])
    yield terminal
    terminal.close()


def test_from_a_log_to_a_fix_and_out_again(journey: Tmux) -> None:
    journey.until("lines read")
    assert journey.alternate()
    journey.press("Enter")
    journey.until("flux capacitor")
    journey.press("x")
    journey.until(SAID)
    journey.until("checked against the lines")
    journey.press("Enter")
    journey.until("strange.log:52  81%")
    for columns, rows in ((40, 10), (200, 60), (20, 5), (100, 30)):
        journey.resize(columns, rows)
    journey.until("strange.log:52  81%")
    journey.press("x")
    journey.until("f outcome")
    journey.press("f")
    journey.until("What was done")
    journey.type("replaced the capacitor")
    journey.until("Did it help")
    journey.type("y")
    journey.until("it worked 1 of 1")
    journey.press("q", "q")
    journey.until("THE END")
    assert not journey.alternate()
    assert (journey.folder / "before").read_text() == (journey.folder / "after").read_text()
    assert (journey.folder / "code").read_text() == "0\n"
    with Store(paths.find().store_file, readonly=True) as store:
        assert [one.state for one in store.incidents(10)] == [State.RESOLVED]


@pytest.mark.parametrize("after_s", [0.0, 0.3, 1.0])
def test_killed_it_leaves_the_store_whole_no_process_and_a_terminal_that_stty_mends(
    tmp_path: Path, after_s: float, launch: Launch
) -> None:
    log = write(tmp_path / "a.log", (SAMPLES / "01-oom-kill-behind-502.log").read_bytes() + numbered(20_000))
    terminal = launch(str(log))
    terminal.until(b"Incidents")
    time.sleep(after_s)
    children = _children(terminal.process.pid)
    terminal.process.send_signal(signal.SIGKILL)
    assert terminal.leave() == -signal.SIGKILL
    end = time.monotonic() + PATIENCE_S
    while any(Path(f"/proc/{one}/cmdline").exists() and _alive(one) for one in children):
        assert time.monotonic() < end
        time.sleep(0.05)
    if (file := paths.find().store_file).exists():
        with Store(file, readonly=True) as store:
            store.database.check(whole=True)
    subprocess.run(["stty", "sane"], stdin=terminal.slave, check=True)
    flags = termios.tcgetattr(terminal.slave)[3]
    assert flags & termios.ECHO
    assert flags & termios.ICANON
    again = launch(str(log))
    again.until(b"lines read")
    again.press(b"q")
    assert again.leave() == 0


def _children(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        found += children_of(one)
    return found[1:]


def _alive(pid: int) -> bool:
    """Whether it runs; an orphan that ended may wait to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
