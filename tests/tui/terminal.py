"""The app in a pty, for tests."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from bench.screened import Screened

PATIENCE_S = 40


class Terminal(Screened):
    """A pty with the app in it; what it wrote is kept."""

    def __init__(self, *arguments: str) -> None:
        super().__init__([sys.executable, "-m", "edgeops", "tui", *arguments], {}, 24, 80)
        self.seen = b""

    def read(self, seconds: float) -> bytes:
        data = super().read(seconds)
        self.seen += data
        return data

    def leave(self) -> int:
        """Read until it has ended; its exit code."""
        end = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.1)
        self.settle()
        return self.process.wait(1)


Launch = Callable[..., Terminal]
