"""A program in a pty, timed from what is pressed to what it paints."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE_S = 120


class Screened:
    """It runs, on a screen of so many rows and columns. `slave` stays open, so that the terminal's settings can be asked for later."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], rows: int = 50, columns: int = 160) -> None:
        self.master, self.slave = pty.openpty()
        self._size(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        about = {**os.environ, **environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave, env=about, start_new_session=True, cwd=ROOT
        )

    def _size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows: int, columns: int) -> None:
        """Another window."""
        self._size(rows, columns)
        self.process.send_signal(signal.SIGWINCH)

    def press(self, keys: bytes) -> float:
        """Press keys; when that was."""
        os.write(self.master, keys)
        return time.monotonic()

    def until(self, text: bytes) -> float:
        """When this was painted. Raises TimeoutError."""
        seen, end = b"", time.monotonic() + PATIENCE_S
        while text not in seen:
            if time.monotonic() > end:
                raise TimeoutError(f"{text!r} never came after {seen[-2000:]!r}")
            seen += self.read(0.05)
        return time.monotonic()

    def settle(self, quiet_s: float = 0.15) -> None:
        """Read on until nothing is painted any more."""
        while self.read(quiet_s):
            pass

    def watch(self, seconds: float) -> int:
        """Read for so long; how many bytes were painted."""
        painted, end = 0, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            painted += len(self.read(left))
        return painted

    def read(self, seconds: float) -> bytes:
        """What it paints next; nothing after so long."""
        return os.read(self.master, 65536) if select.select([self.master], [], [], seconds)[0] else b""

    @property
    def pids(self) -> list[int]:
        """The process and all below it."""
        found = [self.process.pid]
        for one in found:
            for task in Path(f"/proc/{one}/task").glob("*/children"):
                found += map(int, task.read_text().split())
        return found

    def memory_mb(self) -> int:
        """MiB that it and what it started hold, each page once."""
        total = 0
        for one in self.pids:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
        return total >> 10

    def cpu_s(self) -> float:
        """Seconds of CPU that it and what it started took."""
        ticks = 0
        for one in self.pids:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Take it away."""
        self.process.kill()
        self.process.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """The terminal is gone."""
        for end in {self.master, self.slave} - {-1}:
            os.close(end)
        self.master = self.slave = -1


@contextmanager
def screened(command: Sequence[str], environ: Mapping[str, str]) -> Iterator[Screened]:
    """The program while it is looked at."""
    program = Screened(command, environ)
    try:
        yield program
    finally:
        program.end()


def share(values: Sequence[float], part: float) -> float:
    """The value that this part of them does not exceed."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]
