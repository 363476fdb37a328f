"""Progress of a long transfer: the bar on a terminal; elsewhere a plain line every tenth or every 15 seconds, so that a log shows it too."""

from __future__ import annotations

import time
from collections.abc import Callable

from edgeops.cli.console import Console, bar

_LINE_S = 15.0


class Meter:
    """Told how many bytes (or what unit names) are done, of how many; says sentences in between. Use it in a `with`.

    plain says whether there are lines where there is no terminal: right for minutes, noise for seconds.
    """

    def __init__(
        self,
        console: Console,
        label: str,
        plain: bool = False,
        clock: Callable[[], float] = time.monotonic,
        unit: str = "B",
    ) -> None:
        self._console, self._label, self._plain, self._clock, self._unit = console, label, plain, clock, unit
        self._bar = console.progress(label, unit)
        self._began = self._last = clock()
        self._tenth = 0

    def __enter__(self) -> Meter:
        self._bar.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.__exit__(None, None, None)

    def __call__(self, done: int, total: int) -> None:
        if self._console.live:
            return self._bar(done, total)
        now, tenth = self._clock(), 10 * done // max(total, 1)
        if self._plain and (tenth > self._tenth or now - self._last >= _LINE_S):
            self._tenth, self._last = tenth, now
            self._console.note(f"{self._label} {bar(done, total, self._unit, now - self._began)}")
        return None

    def say(self, sentence: str) -> None:
        """A sentence on a line of its own, over the bar where there is one."""
        self._bar.__exit__(None, None, None)
        self._console.note(sentence)
