"""The child's end of the pipes to its parent."""

from __future__ import annotations

import os
import select
import time

from edgeops.engines import wire

_BEAT_S = 1.0
_CHUNK = 1 << 16


class Channel:
    """Moved away from stdin and stdout, so that nothing printed by a library can get in between."""

    def __init__(self) -> None:
        self._in, self._out = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        os.close(nothing)
        self._frames = wire.Frames(wire.MOST_DOWN)
        self._messages: list[wire.Down] = []
        self._sent = time.monotonic()

    def send(self, message: wire.Up) -> None:
        """Write one message whole. Ends the process when the parent is gone."""
        data = memoryview(wire.frame(message))
        try:
            while data:
                data = data[os.write(self._out, data) :]
        except BrokenPipeError:
            raise SystemExit(0) from None
        self._sent = time.monotonic()

    def alive(self) -> None:
        """Give a sign of life, at most once a second."""
        if time.monotonic() - self._sent > _BEAT_S:
            self.send(wire.Alive())

    def receive(self) -> wire.Down:
        """The next message, waiting for it. Ends the process when the parent is gone."""
        while not self._messages:
            self._take()
        return self._messages.pop(0)

    def cancelled(self, run: int) -> bool:
        """Whether the parent wants this run to end. Never waits."""
        while select.select([self._in], [], [], 0)[0]:
            self._take()
        return any(isinstance(message, wire.Cancel) and message.run == run for message in self._messages)

    def _take(self) -> None:
        data = os.read(self._in, _CHUNK)
        if not data:
            raise SystemExit(0)
        self._messages += [wire.down(body) for body in self._frames.feed(data)]
