"""Long commands with progress in one line: `[ 57/83] compiling llama-model.cpp`; on no terminal a line every ten seconds.

Everything that they print goes to a log, whose path is named when one of them fails.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

_QUIET_S = 10.0
_STEP = re.compile(r"\[(\d+)/(\d+)\] ")
_COMPILED = re.compile(r" -c \S*?([^/\s]+)$")
_LINKED = re.compile(r" -o \S*?(lib[^/\s]+) ")
_BYTES = re.compile(r"Progress (\d+) of (\d+)")
_NAMED = re.compile(
    r"\s*(Collecting|Downloading|Using cached|Installing collected packages:|Preparing|Building) ?(\S*)"
)
_CAUSES = (
    (
        r"DO NOT MATCH THE HASHES|HASHES ARE REQUIRED",
        "A package is not the one that was locked; nothing of it was installed.",
    ),
    (r"No space left on device|ENOSPC", "The disk is full; make room and run make again."),
    (
        r"Killed signal terminated|cannot allocate memory|out of memory",
        "The compiler ran out of memory; close other programs and run make again.",
    ),
    (
        r"name resolution|Name or service not known|Connection(?:Error| refused| reset)|Network is unreachable|NewConnectionError"
        r"|Read timed out|ConnectTimeout|ProxyError|SSLError|No matching distribution",
        "A package could not be fetched: is this machine connected? A mirror or a folder of packages is set as for pip (pip.conf).",
    ),
    (
        r"No CMAKE_CX?X?_COMPILER|compiler .* not found|is not able to compile",
        "The compiler does not work here; install gcc and g++ (Debian: apt-get install gcc g++).",
    ),
)


class Failed(Exception):
    """One sentence for the person at the terminal."""


class Steps:
    """Runs the commands of a few named steps, one after another. Use it in a `with`."""

    def __init__(self, log: Path, total: int) -> None:
        self._path, self._total, self._number, self._name = log, total, 0, ""
        self._live = sys.stderr.isatty()
        self._begun = self._told = time.monotonic()

    def __enter__(self) -> Self:
        self._log = self._path.open("w", encoding="utf-8", errors="replace")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._log.close()
        self._wipe()
        if kind is None:
            sys.stderr.write(f"Ready after {_duration(time.monotonic() - self._begun)}.\n")

    def begin(self, name: str) -> None:
        """The next step."""
        self._number, self._name = self._number + 1, name
        self._wipe()
        sys.stderr.write(f"{self._number}/{self._total} {name}\n")
        sys.stderr.flush()

    def pip(self, command: list[str], **environ: str) -> None:
        """A pip command; shows what it fetches."""
        self._run([*command, "--progress-bar", "raw"] if self._raw(command) else command, environ, _told_by_pip)

    def compile(self, command: list[str], **environ: str) -> None:
        """A pip command that compiles; shows ninja's steps."""
        self._run(command, environ, _told_by_ninja)

    def _raw(self, command: list[str]) -> bool:
        """Whether this pip can tell its progress in numbers (24.1 and later: ours, not the one that Python brings)."""
        return (Path(command[0]).parents[1] / "stamp").exists()

    def _run(self, command: list[str], environ: dict[str, str], told: Callable[[str], str]) -> None:
        self._log.write(f"\n$ {' '.join(command)}\n")
        self._log.flush()
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "PIP_ROOT_USER_ACTION": "ignore",
                **environ,
            },
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert child.stdout
        try:
            for line in child.stdout:
                if not _BYTES.match(line):
                    self._log.write(line)
                if state := told(line):
                    self._show(state)
            code = child.wait()
        except BaseException:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait()
            raise
        self._log.flush()
        if code:
            raise Failed(self._why(command))

    def _why(self, command: list[str]) -> str:
        self._wipe()
        tail = self._path.read_text("utf-8", "replace").rpartition("\n$ ")[2][-20_000:]
        cause = next((sentence for pattern, sentence in _CAUSES if re.search(pattern, tail, re.IGNORECASE)), "")
        if not cause:
            errors = [line for line in tail.splitlines() if re.search(r"\berror\b", line, re.IGNORECASE)]
            cause = f"The step '{self._name}' failed" + (f": {errors[-1].strip()[:200]}." if errors else ".")
        return f"{cause} All that was printed is in {self._path}."

    def _show(self, state: str) -> None:
        now = time.monotonic()
        if self._live:
            room = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[K{f'  {state}  ({_duration(now - self._begun)})'[:room]}")
        elif now - self._told >= _QUIET_S:
            self._told = now
            sys.stderr.write(f"  {state}  ({_duration(now - self._begun)})\n")
        sys.stderr.flush()

    def _wipe(self) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[K")


def _told_by_pip(line: str) -> str:
    if found := _BYTES.match(line):
        done, total = int(found[1]), int(found[2])
        return f"{done >> 20}/{total >> 20} MB" if total > 1 << 20 else ""
    found = _NAMED.match(line)
    return (
        f"{found[1].lower().rstrip(':')} {Path(found[2]).name}".replace("collected packages", "packages")
        if found
        else ""
    )


def _told_by_ninja(line: str) -> str:
    step = _STEP.search(line)
    if not step:
        return ""
    number = f"[{step[1]:>{len(step[2])}}/{step[2]}]"
    if compiled := _COMPILED.search(line.rstrip()):
        return f"{number} compiling {compiled[1]}"
    linked = _LINKED.search(line)
    return f"{number} linking {linked[1]}" if linked else number


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
