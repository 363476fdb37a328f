"""Ctrl-C in the places where Python would print and forget it, or make another error of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from edgeops.cli.failure import INTERRUPTED, guarded
from edgeops.cli.interrupt import came_of_one

LOST = """
import time
from edgeops.cli.interrupt import press_again_when_lost

class Last:
    def __del__(self):
        raise {0}

press_again_when_lost()
try:
    Last()
    for _ in range(100):
        time.sleep(0.01)
    print("forgotten")
except KeyboardInterrupt:
    print("heard")
"""


def told(error: str) -> tuple[str, str]:
    done = subprocess.run([sys.executable, "-c", LOST.format(error)], capture_output=True, text=True, timeout=60)
    return done.stdout.strip(), done.stderr


def test_one_that_a_finalizer_swallowed_is_raised_again() -> None:
    assert told("KeyboardInterrupt") == ("heard", "")


def test_other_errors_of_finalizers_are_printed_as_ever() -> None:
    out, err = told("ValueError('really')")
    assert out == "forgotten" and "ValueError: really" in err


def making_a_class() -> int:
    class Part:
        def __set_name__(self, owner: type, name: str) -> None:
            raise KeyboardInterrupt

    type("Whole", (), {"part": Part()})
    return 0


def test_one_that_became_another_error_ends_as_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(making_a_class) == INTERRUPTED
    assert capsys.readouterr() == ("", "")


def test_an_error_of_its_own_is_none() -> None:
    def own() -> BaseException:
        try:
            try:
                raise KeyboardInterrupt
            except KeyboardInterrupt:
                raise ValueError("of its own") from None
        except ValueError as error:
            return error

    assert not came_of_one(own()) and not came_of_one(ValueError()) and not came_of_one(None)
    assert came_of_one(KeyboardInterrupt())
