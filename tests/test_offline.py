"""The guards of conftest.py guard."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from edgeops import paths

pytestmark = pytest.mark.usefixtures("trespassing")


def test_no_socket_of_the_internet_can_be_made() -> None:
    for family in (socket.AF_INET, socket.AF_INET6):
        with pytest.raises(Exception, match="must not reach the network"):
            socket.socket(family)
    socket.socket(socket.AF_UNIX).close()


def test_a_download_fails_loudly() -> None:
    with pytest.raises(Exception, match="must not"):
        urllib.request.urlopen("http://example.invalid/", timeout=1)


def test_loopback_is_only_this_machine(loopback: str) -> None:
    with socket.socket() as listener:
        listener.bind((loopback, 0))
    with socket.socket() as caller, pytest.raises(Exception, match="reached for 192"):
        caller.connect(("192.0.2.1", 80))


def test_python_processes_are_guarded_too() -> None:
    code = "import socket; socket.socket()"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert "must not reach the network" in process.stderr


def test_home_is_an_empty_one_of_the_test(no_home: Path) -> None:
    assert Path.home() == no_home
    assert paths.find().data == no_home / "edgeops"
    assert list(no_home.iterdir()) == []


def test_the_real_home_cannot_be_touched() -> None:
    real = Path(os.environ["EDGEOPS_TESTS_REAL_HOME"])
    with pytest.raises(Exception, match="must not touch the real home"):
        (real / ".config" / "edgeops" / "config.toml").read_text("utf-8")
    with pytest.raises(Exception, match="must not touch the real home"):
        (real / ".local" / "share" / "edgeops").mkdir()


def test_what_a_library_swallows_is_noted() -> None:
    with contextlib.suppress(Exception):
        urllib.request.urlopen("http://example.invalid/", timeout=1)
    assert "example.invalid" in Path(os.environ["EDGEOPS_TESTS_TRESPASSES"]).read_text("utf-8")
