"""Ctrl-C that fell where it is lost (a finalizer, a callback) or was made into another error on its way."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any

_AGAIN_S = 0.05


def press_again_when_lost() -> None:
    """From now on a KeyboardInterrupt that Python could only print and forget is raised once more a moment later."""
    known = sys.unraisablehook

    def heard(said: Any) -> None:
        if not issubclass(said.exc_type, KeyboardInterrupt):
            known(said)
            return
        # What is raised in here is lost as well: nothing may be pressed before this has ended.
        ending = threading.Event()
        threading.Thread(target=_press, args=(ending,), daemon=True).start()
        ending.set()

    sys.unraisablehook = heard


def _press(ending: threading.Event) -> None:
    ending.wait()
    time.sleep(_AGAIN_S)
    os.kill(os.getpid(), signal.SIGINT)


def came_of_one(error: BaseException | None) -> bool:
    """Whether a KeyboardInterrupt is behind an error: Python itself makes a RuntimeError of one that a class in the making meets."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return error is not None
