"""The app in a real terminal (a pty): what it writes, and that it leaves the terminal as it was."""

from __future__ import annotations

import re
import subprocess
import sys
import termios
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops import paths
from edgeops.knowledge.entry import Draft, Kind, Origin, Result
from edgeops.knowledge.store import Store
from tests.tui.stage import numbered, write
from tests.tui.terminal import PATIENCE_S, Launch
from tests.tui.test_hostile import PAYLOADS

# All that the driver may send: modes, colours, cursor moves, queries, the pointer's shape; and a copy when `y` is pressed.
_OURS = re.compile(rb"\x1b(?:\[[0-9;?<=>:]*[ \$]?[A-Za-z]|[=>78]|P\+q[0-9a-fA-F;]*\x1b\\|\]22;[a-z]+\x07)")
_COPY = re.compile(rb"\x1b\]52;c;[A-Za-z0-9+/=]*\x07")


@pytest.fixture
def hostile_log(tmp_path: Path) -> Path:
    lines = [
        f"2026-04-14T10:00:{at % 60:02}Z web1 app[7]: ERROR task {at} broke {one} down"
        for at, one in enumerate(PAYLOADS)
    ]
    return write(tmp_path / "a.log", "\n".join(lines).encode("utf-8", "surrogatepass"))


@pytest.fixture
def hostile_store() -> None:
    """Knowledge and a conversation that speak to the terminal."""
    now = datetime(2026, 4, 15, tzinfo=UTC)
    evil = " ".join(PAYLOADS)
    paths.writable(paths.find().store_file.parent)
    with Store(paths.find().store_file) as store:
        by = Origin("e\x1b[2J", "m\x9b2J", "")
        store.entries.put(Draft(Kind.NOTE, f"Zebrafish {evil}", f"B\n{evil}\n", by, id="evil"), now)
        store.entries.judge("evil", Result.FAILED, by, now, evil)


@pytest.mark.parametrize(("place", "most"), [(b"1", 200), (b"2", 200), (b"4", 200), (b"5", 3000)])
def test_while_nothing_happens_next_to_nothing_is_written(
    place: bytes, most: int, tmp_path: Path, launch: Launch
) -> None:
    terminal = launch(str(write(tmp_path / "a.log", numbered(300))))
    terminal.until(b"lines read")
    terminal.press(place)
    end = time.monotonic() + PATIENCE_S
    while terminal.watch(2.0) > most:
        assert time.monotonic() < end, terminal.seen[-2000:]
    terminal.press(b"q")
    terminal.press(b"q")
    terminal.leave()


@pytest.mark.usefixtures("hostile_store")
def test_the_terminal_gets_our_own_sequences_only_and_is_left_as_it_was(hostile_log: Path, launch: Launch) -> None:
    terminal = launch(str(hostile_log))
    terminal.until(b"lines read")
    terminal.press(b"\r")
    terminal.until(b"explain")
    terminal.press(b"2")
    terminal.until(b"filter")
    for rows, columns in ((10, 30), (60, 200), (3, 10), (24, 80)) * 5:
        terminal.resize(rows, columns)
    terminal.press(b"  G")
    terminal.until(b"follow")
    terminal.press(b"y")
    terminal.until(b"Copied")
    for keys, shown in (
        (b"t", b"its lines"), (b"4/zebrafish\r", b"found for"), (b"\r", b" version"), (b"e", b"ctrl-s"), (b"\x1b", b" version"),
        (b"3azebrafish?\r", b"ERROR task"), (b"5", b"processors"), (b"6", b" fetch"), (b"?", b"Everywhere"),
    ):  # fmt: skip
        terminal.press(keys)
        terminal.until(shown)
    terminal.press(b"\x03")
    assert terminal.leave() == 0
    assert b"\x1b[?1049l" in terminal.seen
    assert len(_COPY.findall(terminal.seen)) == 1
    rest = _OURS.sub(b"", _COPY.sub(b"", terminal.seen)).decode()
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", rest), ascii(
        rest
    )
    assert termios.tcgetattr(terminal.slave) == terminal.before


def test_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edgeops", "tui", str(tmp_path)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
    )
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr


def test_the_app_leaves_when_its_terminal_is_gone(hostile_log: Path, launch: Launch) -> None:
    terminal = launch(str(hostile_log))
    terminal.until(b"a.log")
    terminal.hang_up()
    # Not its controlling terminal: no signal tells it.
    assert terminal.process.wait(PATIENCE_S) is not None
