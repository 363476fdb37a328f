"""Shuts the network and the real home off, in the test process and (by PYTHONPATH) in the Python processes it starts.

An audit hook cannot be removed or patched around: it sees every socket and every file that Python opens.
"""

from __future__ import annotations

import os
import sys
from typing import Any

_INTERNET = (2, 10)  # AF_INET, AF_INET6: importing socket would slow every process that tests start
LOOPBACK = ("127.0.0.1", "::1", "localhost")
ALLOW_LOOPBACK = "EDGEOPS_TESTS_ALLOW_LOOPBACK"
_REAL_HOME = "EDGEOPS_TESTS_REAL_HOME"
_MODEL = "EDGEOPS_TEST_MODEL"
_NOTES = "EDGEOPS_TESTS_TRESPASSES"
_OPENING = {"open", "os.mkdir", "os.listdir", "os.scandir", "os.remove", "os.rename", "sqlite3.connect"}


class Forbidden(Exception):
    """A test reached for the network or for the real home. No OSError, so that no code takes it for an ordinary failure."""


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Raises Forbidden at the first socket that could leave this machine, or file of the real home's edgeops."""
    if event == "socket.__new__":
        if arguments[1] in _INTERNET and ALLOW_LOOPBACK not in os.environ:
            # Not noted: urllib3 makes one when it is imported, to see whether there is IPv6, and sends nothing.
            raise Forbidden("a test must not reach the network; ask for the fixture `loopback` to serve on 127.0.0.1")
    elif event in ("socket.connect", "socket.bind", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            _forbid(f"a test must not reach the network, but it reached for {address[0]}")
    elif event == "socket.getaddrinfo" and arguments[0] not in (*LOOPBACK, None):
        _forbid(f"a test must not look up names, but it looked up {arguments[0]}")
    elif event in _OPENING and isinstance(arguments[0], str | bytes | os.PathLike):
        _keep_out(os.fsdecode(arguments[0]))


def _forbid(said: str) -> None:
    """Raises, and notes it in the file that the environment names: a library may well swallow the error."""
    if notes := os.environ.get(_NOTES):
        file = os.open(notes, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.write(file, f"{said}\n".encode())
        os.close(file)
    raise Forbidden(said)


def _keep_out(path: str) -> None:
    real = os.environ.get(_REAL_HOME, "")
    if real and path.startswith(real) and path != os.environ.get(_MODEL):
        parts = path[len(real) :].split("/")
        if "edgeops" in parts[:4] and parts[1:2] in ([".config"], [".cache"], [".local"]):
            _forbid(f"a test must not touch the real home, but it touched {path}")


sys.addaudithook(watch)
