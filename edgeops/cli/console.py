"""The terminal as our commands see it: stdout is data, stderr is for people, and nothing goes out unshown."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TextIO

from edgeops.text import show, to_json, width

UNWRAPPED = 100_000
"""Columns of a stdout that is no terminal: a program that reads it wants whole lines."""

_LEAST_SECONDS = 0.1
_CELLS = 24
_LEAST_LABEL = 12
_UNTOLD = 80
"""Columns of a terminal that does not say how many it has."""


@dataclass(frozen=True)
class Console:
    """Where a command writes. colour and columns are about out; live is whether err can draw a progress bar."""

    out: TextIO
    err: TextIO
    columns: int = UNWRAPPED
    colour: bool = False
    ascii_only: bool = False
    live: bool = False

    def say(self, text: str) -> None:
        """One line of data, made safe."""
        self.out.write(show(text, ascii_only=self.ascii_only) + "\n")

    def write(self, lines: Iterable[str]) -> None:
        """Lines that are safe already (painted by our own code from shown text)."""
        for line in lines:
            self.out.write(line + "\n")

    def json(self, record: Any) -> None:
        """A record as one line of JSON."""
        text = to_json(record)
        self.out.write((json.dumps(json.loads(text)) if self.ascii_only else text) + "\n")

    def note(self, text: str) -> None:
        """One line for the person, on stderr, made safe."""
        self.out.flush()
        self.hint(show(text, ascii_only=self.ascii_only) + "\n")

    def hint(self, shown: str) -> None:
        """Safe text to stderr. Nobody has to listen there: a full disk or a closed pipe costs the hint only."""
        with contextlib.suppress(OSError):
            self.err.write(shown)
            self.err.flush()

    def progress(self, label: str, unit: str = "") -> Progress:
        """A progress bar on stderr, drawn only on a terminal; unit `B` shows MiB."""
        return Progress(self, label, unit)


@dataclass
class Progress:
    """A bar that is drawn at most ten times a second and wiped away at the end. Use it in a `with`."""

    console: Console
    label: str
    unit: str = ""
    clock: Callable[[], float] = time.monotonic
    _drawn: float = field(default=-1.0, init=False)
    _began: float = field(default=0.0, init=False)

    def __enter__(self) -> Self:
        self._began = self.clock()
        return self

    def __call__(self, done: int, total: int = 0, label: str = "", extra: str = "") -> None:
        """How much is done, of how much (0 = unknown), what it is now, and a figure of its own."""
        self.label = label or self.label
        now = self.clock()
        if self.console.live and now - self._drawn >= _LEAST_SECONDS:
            self._drawn = now
            self._draw(states(done, total, self.unit, now - self._began, extra))

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return self.clock() - self._began

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn >= 0:
            self.console.hint("\r\x1b[K")

    def _draw(self, wordings: tuple[str, ...]) -> None:
        """The fullest state that leaves a label room enough, and as much of the label as there is room for."""
        columns = self._room() - 1
        label = show(self.label, ascii_only=self.console.ascii_only)
        least = min(width(label), _LEAST_LABEL) + 1
        state = next((one for one in wordings if width(one) + least <= columns), wordings[-1])
        room = max(columns - width(state) - 1, 0)
        while width(label) > room:
            label = label[:-1]
        self.console.hint(f"\r{label} {state}\x1b[K" if columns >= width(state) + 1 else "\r\x1b[K")

    def _room(self) -> int:
        try:
            return os.get_terminal_size(self.console.err.fileno()).columns or _UNTOLD
        except (OSError, ValueError):
            return _UNTOLD


def states(done: int, total: int, unit: str, seconds: float, extra: str = "") -> tuple[str, ...]:
    """What a bar says, from many words to few."""
    whole = bar(done, total, unit, seconds, extra)
    if total <= 0:
        return (whole, bar(done, total, unit, seconds))
    share = f"{min(done / total, 1.0):4.0%}"
    return (whole, share + _tail(done, total, seconds, extra), share + _tail(done, total, seconds, ""), share)


def bar(done: int, total: int, unit: str, seconds: float, extra: str = "") -> str:
    """`[######      ]  25%  118/469 MiB  42 s left`; without a total only what is done."""
    scale, name = (1 << 20, " MiB") if unit == "B" else (1, f" {unit}" if unit else "")
    if total <= 0:
        return f"{done // scale}{name}" + (f"  {extra}" if extra else "")
    share = min(done / total, 1.0)
    full = int(share * _CELLS)
    tail = _tail(done, total, seconds, extra)
    return f"[{'#' * full}{' ' * (_CELLS - full)}] {share:4.0%}  {done // scale}/{total // scale}{name}{tail}"


def _tail(done: int, total: int, seconds: float, extra: str) -> str:
    share = min(done / total, 1.0)
    left = f"  {_duration(seconds * (1 - share) / share)} left" if 0 < share < 1 and seconds >= 1 else ""
    return (f"  {extra}" if extra else "") + left


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def open_console(environ: Mapping[str, str] = os.environ) -> Console:
    """The console of this process."""
    out, err = sys.stdout, sys.stderr
    screen = _is_terminal(out)
    return Console(
        out=out,
        err=err,
        columns=_columns(environ, screen),
        colour=screen and not environ.get("NO_COLOR") and environ.get("TERM", "dumb") != "dumb",
        ascii_only=(out.encoding or "ascii").lower().replace("-", "") not in ("utf8", "gb18030"),
        live=_is_terminal(err) and environ.get("TERM", "dumb") != "dumb",
    )


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _columns(environ: Mapping[str, str], screen: bool) -> int:
    given = environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    return shutil.get_terminal_size().columns if screen else UNWRAPPED
