"""The `journalctl` that follows the journal for us: a child whose output is read without ever waiting for it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from edgeops.intake.pipe import enlarge, in_pipe

_PLACES = ("/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin")
_JOURNALS = (Path("/var/log/journal"), Path("/run/log/journal"))
# What units, boots and faults are told by. What is left out may be large (core dumps, command lines, environments) or says
# nothing that these do not say. journalctl adds cursor, times and boot by itself.
_FIELDS = (
    "MESSAGE MESSAGE_ID PRIORITY ERRNO SYSLOG_IDENTIFIER SYSLOG_PID SYSLOG_FACILITY _HOSTNAME _BOOT_ID _MACHINE_ID "
    "_TRANSPORT _PID _UID _COMM _EXE _SYSTEMD_UNIT _SYSTEMD_USER_UNIT UNIT USER_UNIT INVOCATION_ID RESULT JOB_TYPE JOB_RESULT "
    "COMMAND EXIT_CODE EXIT_STATUS COREDUMP_UNIT COREDUMP_EXE COREDUMP_COMM COREDUMP_PID COREDUMP_SIGNAL_NAME "
    "CONTAINER_NAME CONTAINER_ID DEVICE _KERNEL_DEVICE _KERNEL_SUBSYSTEM NM_DEVICE SESSION_ID USER_ID"
).split()
# Ties the child to us, then becomes journalctl. Done in a small program of its own, since code between fork and exec is not
# safe in a process with threads.
_LAUNCH = (
    "import ctypes, os, signal, sys; signal.signal(signal.SIGPIPE, signal.SIG_DFL); "
    "ctypes.CDLL(None).prctl(1, 9, 0, 0, 0); "
    "os.getppid() == int(sys.argv[1]) and os.execv(sys.argv[2], sys.argv[2:])"
)
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}
_CLOSED = "it closed its output"
DONE = frozenset(("exit code 0", _CLOSED))
"""How a child ends that had no trouble."""
_LAST_WORDS = 2000
_REAP_S = 1.0
_CHUNK = 1 << 18


def found() -> str | None:
    """Where journalctl is; only where systems keep their programs is it looked for."""
    return shutil.which("journalctl", path=os.pathsep.join(_PLACES))


def arguments(cursor: str, since: str, *, follow: bool) -> list[str]:
    """How to read from this cursor on, the entry at the cursor included; without one, from since or the oldest entry on.

    Not --after-cursor: where the entry is gone, it passes over the first one that is left.
    """
    start = [f"--cursor={cursor}"] if cursor else [f"--since={since}"] if since else []
    fields = "--output-fields=" + ",".join(_FIELDS)
    return ["--output=json", *["--follow"] * follow, "--no-tail", "--all", "--no-pager", fields, *start]


def obstacle(journals: Sequence[Path] = _JOURNALS) -> str:
    """Why not all of the system's journal can be read, in a sentence; empty when it can."""
    kept = [folder for folder in journals if folder.is_dir()]
    if not kept:
        return (
            f"No journal is kept on this machine (there is no {' and no '.join(map(str, journals))}); "
            "follow its log files instead."
        )
    if not all(os.access(path, os.R_OK) for folder in kept for path in _system(folder)):
        return (
            "The system's journal may not be read by this user, so at most the user's own messages are followed; "
            "add the user to the group systemd-journal (usermod -aG systemd-journal NAME) and log in again."
        )
    return ""


def _system(folder: Path) -> list[Path]:
    """The folders of journals, and in them the files of the system's."""
    inner = [one for one in folder.iterdir() if one.is_dir()] if os.access(folder, os.R_OK | os.X_OK) else []
    files = [one / "system.journal" for one in inner if os.access(one, os.X_OK)]
    return [folder, *inner, *(one for one in files if one.exists())]


class Child:
    """One running journalctl. Start it from the thread that reads it: when that ends, so does the child. Raises OSError."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *command],
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=_ENVIRONMENT,
            process_group=0,
        )
        assert process.stdout and process.stderr
        self.descriptor, self._errors = process.stdout.fileno(), process.stderr.fileno()
        for descriptor in (self.descriptor, self._errors):
            os.set_blocking(descriptor, False)
        enlarge(self.descriptor)
        self._words = b""

    @property
    def waiting(self) -> int:
        """How many bytes it has written that were not read."""
        return in_pipe(self.descriptor)

    def read(self, most: int) -> bytes | None:
        """At most so many bytes; None when there are none yet, empty when there will be none any more."""
        self._listen()
        try:
            return os.read(self.descriptor, min(most, _CHUNK))
        except BlockingIOError:
            return None

    def end(self) -> str:
        """Kill what is left of it; returns its last words, or how it ended."""
        code = self._process.poll()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAP_S)
        self._listen()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()
        words = self._words.decode("utf-8", "replace").strip().splitlines()
        how = _CLOSED if code is None else f"signal {-code}" if code < 0 else f"exit code {code}"
        return words[-1] if words else how

    def _listen(self) -> None:
        with suppress(BlockingIOError):
            while heard := os.read(self._errors, _CHUNK):
                self._words = (self._words + heard)[-_LAST_WORDS:]
