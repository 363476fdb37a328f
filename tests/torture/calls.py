"""Ways to call edgeops as a stranger would: through a shell, on a terminal; and a log with something wrong in it."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OOM = """\
Mar  1 02:10:58 web1 systemd[1]: Started Session 12 of user root.
Mar  1 02:11:09 web1 kernel: Out of memory: Killed process 4312 (java) total-vm:8123440kB, anon-rss:6120404kB
Mar  1 02:11:10 web1 systemd[1]: tomcat.service: Failed with result 'oom-kill'.
"""


def home() -> Path:
    return Path(os.environ["EDGEOPS_HOME"])


def shell(command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """What a shell makes of `edgeops` with these arguments (in "$@") and the redirections of command."""
    line = command.replace("edgeops", f'"{sys.executable}" -m edgeops')
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", line, "bash", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def terminal(*arguments: object) -> tuple[int, str]:
    """Exit status and all that reaches a terminal, stderr included."""
    pid, screen = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="200")
        os.execv(sys.executable, [sys.executable, "-m", "edgeops", *map(str, arguments)])
    seen = b""
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while data := os.read(screen, 1 << 16):
            seen += data
    os.close(screen)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode("utf-8")
