"""Starts the watches of bench.torture.watch by forking a process that has imported everything, for runs that are to be short.

python -m bench.torture.nursery LOGS     reads `instant,times` a line, tells the process ids of its children and their commits
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.torture.watch import child


@dataclass
class Child:
    """A watch in a process of its own. It is the nursery's child, so it is held by a descriptor."""

    pid: int
    told: IO[str]
    _heard: str = "nothing yet"

    def __post_init__(self) -> None:
        self._handle = os.pidfd_open(self.pid)

    def committed(self) -> bool:
        """Wait for its first commit; False when it was killed before."""
        self._heard = self.told.readline()
        return self._heard == "committed\n"

    def wait(self, seconds: float) -> bool:
        """Whether it is over, waiting at most so long."""
        return bool(select.select([self._handle], [], [], seconds)[0])

    def end(self) -> None:
        """SIGTERM."""
        signal.pidfd_send_signal(self._handle, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, and the end of it."""
        if not self.wait(0):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        self.wait(10)
        os.close(self._handle)
        while self._heard not in ("ended\n", ""):
            self._heard = self.told.readline()


class Nursery:
    """Give its `start` to `torture`."""

    def __init__(self, logs: Path, environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.torture.nursery", str(logs)],
            env=dict(environ), cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def start(self, instant: str, times: int) -> Child:
        """A watch that kills itself when it passes the instant so many times."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{instant},{times}\n")
        self._process.stdin.flush()
        return Child(int(self._process.stdout.readline()), self._process.stdout)

    def close(self) -> None:
        """It has no more children."""
        self._process.communicate(timeout=10)


def main(logs: Path) -> None:
    """Fork a watch for each order, one after the other."""
    for order in sys.stdin:
        instant, times = order.rstrip("\n").split(",")
        pid = os.fork()
        if pid == 0:
            print(os.getpid(), flush=True)
            child(logs, instant, int(times))
            os._exit(0)
        os.waitpid(pid, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
