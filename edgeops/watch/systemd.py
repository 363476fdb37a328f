"""What systemd wants to hear of a service: that it is ready, that it lives, that it ends (sd_notify(3))."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass


@dataclass
class Notifier:
    """Speaks to the socket that the environment names; silent where it names none."""

    environ: Mapping[str, str]
    clock: Callable[[], float]
    _beaten: float = float("-inf")

    def tell(self, state: str) -> None:
        """`READY=1`, `STOPPING=1`, `STATUS=…`: assignments, one a line."""
        place = self.environ.get("NOTIFY_SOCKET", "")
        if not place.startswith(("/", "@")):
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
            speaker.sendto(state.encode("utf-8", "replace"), place.replace("@", "\0", 1) if place[0] == "@" else place)

    def beat(self) -> None:
        """I am alive: told twice in the time after which systemd would think otherwise."""
        given = self.environ.get("WATCHDOG_USEC", "")
        mine = self.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        if given.isdecimal() and mine and self.clock() - self._beaten >= int(given) / 2e6:
            self._beaten = self.clock()
            self.tell("WATCHDOG=1")
