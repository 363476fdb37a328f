"""A model file in a child process (llama.cpp, or onnxruntime): started when first asked, kept, watched, restarted, given up after three strikes."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from edgeops.engines import wire
from edgeops.engines.child import Child, command
from edgeops.engines.order import check, checked, cleaned
from edgeops.engines.settings import EngineSettings
from edgeops.errors import ContextOverflow, EngineError, EngineLost, EngineOff, EngineTimeout, ModelUnfit, UsageError
from edgeops.records import Finished, Reply, Script

STRIKES = 3
"""Failures one after another (the child dies, hangs or babbles) after which the engine is off."""
_BACK_OFF_S = 0.5
_SLOWEST_DISK = 10_000_000
"""Bytes per second. The kernel reads a model in one go when it is mapped, and the child can say nothing meanwhile."""


class LlamaEngine:
    """The Engine of a model file. One run at a time; close it, or leave it: the child never outlives this process.

    program, clock and sleep are for tests; the rest comes from the settings.
    """

    def __init__(
        self,
        settings: EngineSettings,
        program: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = _absolute(settings)
        self._program = list(program) or command()
        self._clock, self._sleep = clock, sleep
        self._busy = threading.Lock()
        self._child: Child | None = None
        self._closer: weakref.finalize[..., LlamaEngine] | None = None
        self._runs = 0
        self._strikes = 0
        self._struck = 0.0
        self._off: EngineError | None = None
        self._load_s = 0.0

    def run(self, script: Script) -> Iterator[Reply]:
        """See Engine. Raises EngineOff once it has failed three times in a row, ModelUnfit for a file that cannot be used."""
        check(script)
        script = cleaned(script)
        if not self._busy.acquire(blocking=False):
            raise EngineError("The model is already answering; wait for that answer to end.")
        try:
            yield from self._run(script)
        finally:
            self._busy.release()

    def close(self) -> None:
        """End the child. The next run starts another."""
        if self._closer is not None:
            self._closer()
        self._child, self._closer = None, None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid if self._child and self._child.running else None

    def _run(self, script: Script) -> Iterator[Reply]:
        self._runs += 1
        number, begun, ended = self._runs, self._clock(), False
        try:
            message = wire.run_of(number, script)
            if len(wire.frame(message)) > wire.MOST_DOWN:
                raise UsageError("The script is larger than any context; give less evidence (--budget-chars).")
            child = self._told(message)
            for reply in checked(script, self._replies(child, number)):
                if isinstance(reply, Finished):
                    ended = True
                    self._strikes = 0
                    reply = self._timed(reply, begun)
                yield reply
        except (EngineLost, EngineTimeout) as error:
            ended = True
            self._strike(error)
            raise
        except EngineError:
            ended = True
            raise
        finally:
            if not ended:
                self._cancel(number)

    def _told(self, message: wire.Run) -> Child:
        """The child that has the message. One that died after its last answer is replaced, which is no strike."""
        before, child = self._child, self._ready()
        try:
            child.send(message, self._settings.timeout_s)
        except EngineLost:
            if child is not before:
                raise
            self.close()
            child = self._ready()
            child.send(message, self._settings.timeout_s)
        return child

    def _ready(self) -> Child:
        """The child with its model open, a new one if need be."""
        if self._off is not None:
            raise self._off
        if self._child is not None and self._child.running:
            return self._child
        self.close()
        if self._strikes:
            wait = self._struck + _BACK_OFF_S * 2 ** (self._strikes - 1) - self._clock()
            self._sleep(max(0.0, wait))
        begun = self._clock()
        child = Child(self._program, self._settings.fd, self._settings.adapter_fd)
        self._child, self._closer = child, weakref.finalize(self, child.close)
        patience = self._settings.timeout_s + _size(self._settings) / _SLOWEST_DISK
        child.send(wire.Load(self._settings, os.getpid()), patience)
        while isinstance(message := child.receive(patience), wire.Alive):
            pass
        if isinstance(message, wire.Failed):
            self._off = _error(message)
            self.close()
            raise self._off
        if not isinstance(message, wire.Ready):
            raise EngineLost("The model's process spoke out of turn while loading; it was stopped.")
        self._load_s = self._clock() - begun
        return child

    def _replies(self, child: Child, number: int) -> Iterator[Reply]:
        """The replies to one run; what is left over from a cancelled one is passed over."""
        while True:
            message = child.receive(self._settings.timeout_s)
            if isinstance(message, wire.Told) and message.run == number:
                yield wire.reply_of(message.reply)
            elif isinstance(message, wire.Failed) and message.run == number:
                raise _error(message)
            elif isinstance(message, (wire.Ready, wire.Seen)) or getattr(message, "run", 0) > number:
                raise EngineLost("The model's process spoke out of turn; it was stopped.")

    def _timed(self, reply: Finished, begun: float) -> Finished:
        timings = replace(reply.timings, load_s=self._load_s, total_s=self._clock() - begun)
        self._load_s = 0.0
        return replace(reply, timings=timings)

    def _strike(self, error: EngineError) -> None:
        self.close()
        self._strikes += 1
        self._struck = self._clock()
        if self._strikes >= STRIKES:
            self._off = EngineOff(
                f"The model failed {STRIKES} times in a row and is not tried again. The last time: {error}"
            )

    def _cancel(self, number: int) -> None:
        """Tell the child to stop; if it cannot even be told, end it."""
        if self._child is None:
            return
        try:
            self._child.send(wire.Cancel(number), 0.1)
        except (EngineLost, EngineTimeout):
            self.close()


def _absolute(settings: EngineSettings) -> EngineSettings:
    """The child's working directory is /, so paths must not be relative."""
    path = str(Path(settings.path).absolute()) if settings.path else ""
    adapter = str(Path(settings.adapter).absolute()) if settings.adapter else ""
    cache = str(Path(settings.cache).absolute()) if settings.cache else ""
    return replace(settings, path=path, adapter=adapter, cache=cache)


def _size(settings: EngineSettings) -> int:
    with contextlib.suppress(OSError):
        return os.stat(settings.fd if settings.fd >= 0 else settings.path).st_size  # noqa: PTH116 (it may be a descriptor)
    return 0


def _error(failed: wire.Failed) -> EngineError:
    """The child's error as ours, if it is of a kind that a child may raise."""
    if failed.kind == "ContextOverflow":
        return ContextOverflow(failed.needed, failed.room)
    kinds: tuple[type[EngineError], ...] = (ModelUnfit, EngineOff, EngineError)
    kind = next((kind for kind in kinds if kind.__name__ == failed.kind), EngineError)
    return kind(failed.message)
