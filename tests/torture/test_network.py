"""No command opens a socket of the network. The kernel itself watches: a filter kills whoever asks for one.

It needs no strace and no root, holds for every child and every library, and works wherever our own sandbox does.
"""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.calls import ROOT

WATCHED = f"""
import ctypes, os, platform, struct, sys
sys.path.insert(0, {str(ROOT)!r})
from edgeops.engines import sandbox as s
dies = [(s._RETURN, 0, 0, s._KILL)]
io_uring_setup, machine = 425, s._MACHINES[platform.machine()]
unless_local = [(s._LOAD, 0, 0, s._ARG0), (s._EQUAL, 1, 0, 1), *dies, (s._RETURN, 0, 0, s._ALLOW)]
lines = [(s._LOAD, 0, 0, s._NUMBER), *s._when(machine.socket, unless_local), *s._when(io_uring_setup, dies), s._allow()]
code = b"".join(struct.pack("=HBBI", *line) for line in lines)
buffer = ctypes.create_string_buffer(code, len(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(s._PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
filters = s._Program(len(code) // 8, ctypes.addressof(buffer))
assert libc.prctl(s._PR_SET_SECCOMP, s._FILTER, ctypes.byref(filters)) == 0, os.strerror(ctypes.get_errno())
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "aarch64"), reason="the filter is for x86-64 and aarch64"
)


def watched(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A Python program under the filter."""
    command = [sys.executable, "-I", "-c", WATCHED, *map(str, arguments)]
    # Without the suite's own guard, which would refuse the socket before the kernel saw it.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT, env=environ)


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK"])
def test_the_filter_kills_who_asks_for_a_socket(family: str) -> None:
    assert watched("-I", "-c", f"import socket; socket.socket(socket.{family})").returncode == -signal.SIGSYS
    assert watched("-I", "-c", "import socket; socket.socket(socket.AF_UNIX)").returncode == 0


def test_a_child_cannot_slip_through() -> None:
    code = "import subprocess, sys; print(subprocess.call([sys.executable, '-I', '-c', 'import socket; socket.socket(2)']))"
    assert watched("-I", "-c", code).stdout.strip() == str(-signal.SIGSYS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["explain", "--no-model"],
        ["explain", "--json", "--no-model"],
        ["scan"],
        ["evidence"],
        ["incidents", "list"],
        ["model", "list"],
        ["model", "verify"],
    ],
)
def test_no_command_but_pull_asks_for_one(arguments: list[str], log: Path) -> None:
    takes_a_log = arguments[0] in ("explain", "scan", "evidence")
    done = watched("-m", "edgeops", *arguments, *([log] if takes_a_log else []))
    assert done.returncode == int(takes_a_log), done.stderr


def test_an_answer_of_the_model_asks_for_none(log: Path, tiny_model: str) -> None:
    done = watched("-m", "edgeops", "explain", "--tier", "reasoned", log)
    assert done.returncode == 1, done.stderr
    assert "java" in done.stdout
    assert "ended unexpectedly" not in done.stdout
    assert "did not answer" not in done.stdout


@pytest.mark.model
def test_an_answer_of_the_real_model_asks_for_none(log: Path, real_model: Path) -> None:
    assert watched("-m", "edgeops", "model", "import", "--link", real_model).returncode == 0
    done = watched("-m", "edgeops", "explain", "--tier", "reasoned", log)
    assert done.returncode == 1, done.stderr
    assert "[reasoned: written by the model ops-qwen2.5-coder-0.5b" in done.stdout
